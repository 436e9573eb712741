//! What the operating system says, as plain figures.

use std::collections::BTreeMap;
use std::env::consts::OS;
use std::time::Instant;

use meterport_core::Timestamp;
use sysinfo::{
    CpuRefreshKind, DiskRefreshKind, Disks, MINIMUM_CPU_UPDATE_INTERVAL, MemoryRefreshKind,
    Networks, Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System,
};

use crate::Family;
use crate::snapshot::{
    Cpu, CpuTime, Disk, Filesystem, Interface, Memory, Own, Paging, Snapshot, Traffic,
};
use crate::stat;

/// Takes snapshots, and keeps what they have in common.
#[derive(Debug)]
pub(crate) struct Source {
    boot: Timestamp,
    disks: Disks,
    networks: Networks,
    /// Apart from `system`: looking at a process reads the CPUs' figures too, and would spoil
    /// the interval over which their utilization is computed.
    own: System,
    physical_cpus: Option<u64>,
    system: System,
    /// When the CPUs' figures were read last.
    cpus_read: Option<Instant>,
    /// Whether they were read twice, so that a utilization is known.
    cpus_known: bool,
}

impl Source {
    pub(crate) fn new() -> Self {
        Self {
            // Once: some systems compute it from the wall clock, and it would wander.
            boot: seconds_since_1970(System::boot_time()),
            disks: Disks::new(),
            networks: Networks::new(),
            own: System::new(),
            physical_cpus: System::physical_core_count().map(|count| count as u64),
            system: System::new(),
            cpus_read: None,
            cpus_known: false,
        }
    }

    pub(crate) fn snapshot(&mut self, wants: &dyn Fn(Family) -> bool) -> Snapshot {
        let mut snapshot = Snapshot { boot: self.boot, ..Snapshot::default() };
        if wants(Family::Cpu) {
            snapshot.cpus = self.cpus();
            snapshot.logical_cpus = some(self.system.cpus().len() as u64);
            snapshot.physical_cpus = self.physical_cpus;
        }
        self.refresh_memory(wants(Family::Memory), wants(Family::Paging));
        if wants(Family::Memory) {
            snapshot.memory = memory(&self.system);
        }
        if wants(Family::Paging) {
            let total = some(self.system.total_swap());
            snapshot.paging = total.map(|total| Paging { free: self.system.free_swap(), total });
        }
        self.refresh_disks(wants(Family::Filesystem), wants(Family::Disk));
        if wants(Family::Filesystem) {
            snapshot.filesystems = filesystems(&self.disks);
        }
        if wants(Family::Disk) {
            snapshot.disks = disks(&self.disks);
        }
        if wants(Family::Network) {
            self.networks.refresh(true);
            snapshot.interfaces = interfaces(&self.networks);
        }
        if wants(Family::OwnProcess) {
            snapshot.own = self.own();
        }
        if wants(Family::ProcessCount) {
            snapshot.processes = processes();
        }
        if wants(Family::Uptime) {
            snapshot.uptime = some(System::uptime()).map(|seconds| seconds as f64);
        }
        snapshot
    }

    /// The library reads the CPUs at most that often and keeps its figures in between.
    fn cpus(&mut self) -> Vec<Cpu> {
        let now = Instant::now();
        let due = self
            .cpus_read
            .is_none_or(|read| now.duration_since(read) > MINIMUM_CPU_UPDATE_INTERVAL);
        if due {
            self.system.refresh_cpu_specifics(CpuRefreshKind::nothing().with_cpu_usage());
            self.cpus_known = self.cpus_read.is_some();
            self.cpus_read = Some(now);
        }
        if !self.cpus_known {
            return Vec::new();
        }
        let number = |position: usize, name: &str| {
            let number = name.strip_prefix("cpu").and_then(|number| number.parse().ok());
            number.unwrap_or(position as i64)
        };
        let cpus = self.system.cpus().iter().enumerate().map(|(position, cpu)| Cpu {
            number: number(position, cpu.name()),
            utilization: f64::from(cpu.cpu_usage()) / 100.0,
        });
        cpus.filter(|cpu| (0.0..=1.0).contains(&cpu.utilization)).collect()
    }

    fn refresh_memory(&mut self, ram: bool, swap: bool) {
        let mut kind = MemoryRefreshKind::nothing();
        if ram {
            kind = kind.with_ram();
        }
        if swap {
            kind = kind.with_swap();
        }
        self.system.refresh_memory_specifics(kind);
    }

    fn refresh_disks(&mut self, storage: bool, io: bool) {
        let mut kind = DiskRefreshKind::nothing();
        if storage {
            kind = kind.with_storage();
        }
        if io {
            kind = kind.with_io_usage();
        }
        if storage || io {
            self.disks.refresh_specifics(true, kind);
        }
    }

    fn own(&mut self) -> Option<Own> {
        let pid = Pid::from_u32(std::process::id());
        let mut kind = ProcessRefreshKind::nothing().with_cpu().with_memory().with_disk_usage();
        if OS != "linux" {
            kind = kind.without_tasks();
        }
        self.own.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
        self.own.process(pid).map(own)
    }
}

fn own(process: &Process) -> Own {
    let open = process.open_files().map(|files| files as u64);
    let (file_descriptors, handles) = if OS == "windows" { (None, open) } else { (open, None) };
    let disk = process.disk_usage();
    let stat = stat::read();
    Own {
        cpu: match &stat {
            Some(stat) => CpuTime::ByMode(stat.cpu),
            None => CpuTime::InAll(process.accumulated_cpu_time() as f64 / 1_000.0),
        },
        faults: stat.map(|stat| stat.faults),
        file_descriptors,
        handles,
        memory: process.memory(),
        read: disk.total_read_bytes,
        start: seconds_since_1970(process.start_time()),
        // The main thread is not among the tasks.
        threads: process.tasks().map(|tasks| tasks.len() as u64 + 1),
        uptime: process.run_time() as f64,
        virtual_memory: process.virtual_memory(),
        written: disk.total_written_bytes,
    }
}

fn memory(system: &System) -> Option<Memory> {
    let total = some(system.total_memory())?;
    let available = system.available_memory();
    // Where a container's figures contradict each other, the library's subtraction overflows.
    let used = (OS != "linux" || available <= total).then(|| system.used_memory());
    Some(Memory {
        available: (OS == "linux").then_some(available),
        free: system.free_memory(),
        total,
        used,
    })
}

/// One for each mount point; sorted.
fn filesystems(disks: &Disks) -> Vec<Filesystem> {
    let mut all: Vec<_> = disks
        .list()
        .iter()
        .filter(|disk| disk.total_space() > 0)
        .map(|disk| Filesystem {
            device: disk.name().to_string_lossy().into_owned(),
            free: disk.available_space().min(disk.total_space()),
            kind: disk.file_system().to_string_lossy().into_owned(),
            mode: if disk.is_read_only() { "ro" } else { "rw" },
            mountpoint: disk.mount_point().to_string_lossy().into_owned(),
            total: disk.total_space(),
        })
        .collect();
    all.sort_by(|a, b| (&a.mountpoint, &a.device).cmp(&(&b.mountpoint, &b.device)));
    all.dedup_by(|a, b| (&a.mountpoint, &a.device) == (&b.mountpoint, &b.device));
    all
}

/// One for each device, however often it is mounted; sorted.
fn disks(disks: &Disks) -> Vec<Disk> {
    let mut all: Vec<_> = disks
        .list()
        .iter()
        .map(|disk| {
            let usage = disk.usage();
            Disk {
                device: disk.name().to_string_lossy().into_owned(),
                read: usage.total_read_bytes,
                written: usage.total_written_bytes,
            }
        })
        // A mounted device has been read: without a byte, its figures are not known.
        .filter(|disk| disk.read > 0 || disk.written > 0)
        .collect();
    all.sort_by(|a, b| a.device.cmp(&b.device));
    all.dedup_by(|a, b| a.device == b.device);
    all
}

fn interfaces(networks: &Networks) -> Vec<Interface> {
    let interface = |(name, data): (&String, &sysinfo::NetworkData)| Interface {
        name: name.clone(),
        received: Traffic {
            bytes: data.total_received(),
            errors: data.total_errors_on_received(),
            packets: data.total_packets_received(),
        },
        transmitted: Traffic {
            bytes: data.total_transmitted(),
            errors: data.total_errors_on_transmitted(),
            packets: data.total_packets_transmitted(),
        },
    };
    let mut all: Vec<_> = networks.list().iter().map(interface).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn processes() -> Vec<(Option<&'static str>, u64)> {
    // Not kept: on Linux, it would hold a file open for each process of the machine.
    let mut system = System::new();
    let kind = ProcessRefreshKind::nothing().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
    let mut counts = BTreeMap::new();
    for process in system.processes().values() {
        // The library calls every process of Windows running.
        let state = (OS != "windows").then(|| state(process.status()));
        *counts.entry(state).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

/// The convention's words, and those of the systems for what it has none for.
fn state(status: ProcessStatus) -> &'static str {
    match status {
        ProcessStatus::Run => "running",
        ProcessStatus::LockBlocked
        | ProcessStatus::Sleep
        | ProcessStatus::UninterruptibleDiskSleep => "sleeping",
        ProcessStatus::Stop | ProcessStatus::Suspended | ProcessStatus::Tracing => "stopped",
        ProcessStatus::Zombie => "defunct",
        ProcessStatus::Dead => "dead",
        ProcessStatus::Idle => "idle",
        ProcessStatus::Parked => "parked",
        ProcessStatus::Wakekill => "wakekill",
        ProcessStatus::Waking => "waking",
        ProcessStatus::Unknown(_) => "unknown",
    }
}

/// The library says zero for what it could not read.
fn some(figure: u64) -> Option<u64> {
    (figure > 0).then_some(figure)
}

fn seconds_since_1970(seconds: u64) -> Timestamp {
    some(seconds).map_or(Timestamp::UNSET, Timestamp::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_of_nothing_is_absent() {
        assert_eq!((some(0), some(1)), (None, Some(1)));
        assert_eq!(seconds_since_1970(0), Timestamp::UNSET);
    }

    #[test]
    fn utilization_is_absent_until_the_library_has_an_interval() {
        let mut source = Source::new();
        assert_eq!(source.cpus(), []);
        // Sooner than the library reads again.
        assert_eq!(source.cpus(), []);
        assert!(!source.system.cpus().is_empty());
    }

    #[test]
    fn what_is_not_wanted_is_not_read() {
        let snapshot = Source::new().snapshot(&|_| false);
        assert_eq!(Snapshot { boot: Timestamp::UNSET, ..snapshot }, Snapshot::default());
    }
}
