//! The figures of one moment, in plain types. What the operating system does not say is absent.

use meterport_core::Timestamp;

/// All figures of one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Snapshot {
    pub(crate) boot: Timestamp,
    pub(crate) cpus: Vec<Cpu>,
    pub(crate) disks: Vec<Disk>,
    pub(crate) filesystems: Vec<Filesystem>,
    pub(crate) interfaces: Vec<Interface>,
    pub(crate) logical_cpus: Option<u64>,
    pub(crate) memory: Option<Memory>,
    pub(crate) own: Option<Own>,
    pub(crate) paging: Option<Paging>,
    pub(crate) physical_cpus: Option<u64>,
    /// By state, where the states are known.
    pub(crate) processes: Vec<(Option<&'static str>, u64)>,
    /// Seconds.
    pub(crate) uptime: Option<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cpu {
    pub(crate) number: i64,
    /// 0 to 1.
    pub(crate) utilization: f64,
}

/// Bytes since boot.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Disk {
    pub(crate) device: String,
    pub(crate) read: u64,
    pub(crate) written: u64,
}

/// Sizes in bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filesystem {
    pub(crate) device: String,
    pub(crate) free: u64,
    pub(crate) kind: String,
    pub(crate) mode: &'static str,
    pub(crate) mountpoint: String,
    pub(crate) total: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Interface {
    pub(crate) name: String,
    pub(crate) received: Traffic,
    pub(crate) transmitted: Traffic,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Traffic {
    pub(crate) bytes: u64,
    pub(crate) errors: u64,
    pub(crate) packets: u64,
}

/// Sizes in bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Memory {
    /// Linux's own estimate; no other system has it.
    pub(crate) available: Option<u64>,
    pub(crate) free: u64,
    pub(crate) total: u64,
    pub(crate) used: Option<u64>,
}

/// Sizes in bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Paging {
    pub(crate) free: u64,
    pub(crate) total: u64,
}

/// CPU time since the start, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum CpuTime {
    InAll(f64),
    ByMode(CpuTimes),
}

/// CPU time in the kernel and outside of it, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct CpuTimes {
    pub(crate) system: f64,
    pub(crate) user: f64,
}

/// Page faults since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Faults {
    /// Those for which a disk was read.
    pub(crate) major: u64,
    pub(crate) minor: u64,
}

/// The process that asks. Sizes in bytes, times in seconds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Own {
    pub(crate) cpu: CpuTime,
    pub(crate) faults: Option<Faults>,
    pub(crate) file_descriptors: Option<u64>,
    pub(crate) handles: Option<u64>,
    pub(crate) memory: u64,
    pub(crate) read: u64,
    pub(crate) start: Timestamp,
    pub(crate) threads: Option<u64>,
    pub(crate) uptime: f64,
    pub(crate) virtual_memory: u64,
    pub(crate) written: u64,
}
