//! The instruments, as a table: what is read from a snapshot, and how it is called.

use crate::series::Values;
use crate::snapshot::{CpuTime, CpuTimes, Interface, Own, Snapshot, Traffic};

/// The version of the semantic conventions that names and attributes follow.
pub const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.40.0";

/// Figures that are collected together, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Family {
    /// Utilization and number of CPUs.
    Cpu,
    /// Bytes read and written by device.
    Disk,
    /// Space by mount point.
    Filesystem,
    /// Physical memory.
    Memory,
    /// Bytes, packets and errors by interface.
    Network,
    /// The process that asks.
    OwnProcess,
    /// Swap or page file.
    Paging,
    /// Number of processes by state.
    ProcessCount,
    /// Time since boot.
    Uptime,
}

/// One metric.
pub(crate) struct Instrument {
    pub(crate) family: Family,
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) kind: Kind,
    pub(crate) description: &'static str,
    pub(crate) read: fn(&Snapshot, &mut Values),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    UpDown,
}

const fn row(
    family: Family,
    name: &'static str,
    unit: &'static str,
    kind: Kind,
    description: &'static str,
    read: fn(&Snapshot, &mut Values),
) -> Instrument {
    Instrument { family, name, unit, kind, description, read }
}

use Family as F;
use Kind as K;

/// In the order in which they stand in a batch.
#[rustfmt::skip]
pub(crate) static INSTRUMENTS: &[Instrument] = &[
    row(F::Uptime, "system.uptime", "s", K::Gauge,
        "The time the system has been running.",
        |s, to| one(to, s.uptime)),
    row(F::Cpu, "system.cpu.logical.count", "{cpu}", K::UpDown,
        "Logical processors that the operating system has.",
        |s, to| one(to, s.logical_cpus)),
    row(F::Cpu, "system.cpu.physical.count", "{cpu}", K::UpDown,
        "Physical processor cores.",
        |s, to| one(to, s.physical_cpus)),
    row(F::Cpu, "system.cpu.utilization", "1", K::Gauge,
        "The part of the time since the last measurement that each logical CPU was not idle.",
        |s, to| for cpu in &s.cpus {
            to.push([("cpu.logical_number", cpu.number)], cpu.utilization);
        }),
    row(F::Memory, "system.memory.limit", "By", K::UpDown,
        "Total memory of the system.",
        |s, to| one(to, s.memory.as_ref().map(|memory| memory.total))),
    row(F::Memory, "system.memory.usage", "By", K::UpDown,
        "Memory by state.",
        |s, to| for (state, bytes) in memory(s) {
            to.push([("system.memory.state", state)], bytes);
        }),
    row(F::Memory, "system.memory.utilization", "1", K::Gauge,
        "The part of the memory in each state.",
        |s, to| for (state, bytes) in memory(s) {
            let total = s.memory.as_ref().map_or(0, |memory| memory.total);
            ratio(to, [("system.memory.state", state)], bytes, total);
        }),
    row(F::Memory, "system.memory.linux.available", "By", K::UpDown,
        "An estimate of the memory that new applications can have without swapping.",
        |s, to| one(to, s.memory.as_ref().and_then(|memory| memory.available))),
    row(F::Paging, "system.paging.usage", "By", K::UpDown,
        "Swap or page file by state.",
        |s, to| for (state, bytes) in paging(s) {
            to.push([("system.paging.state", state)], bytes);
        }),
    row(F::Paging, "system.paging.utilization", "1", K::Gauge,
        "The part of swap or page file in each state.",
        |s, to| for (state, bytes) in paging(s) {
            let total = s.paging.as_ref().map_or(0, |paging| paging.total);
            ratio(to, [("system.paging.state", state)], bytes, total);
        }),
    row(F::Filesystem, "system.filesystem.limit", "By", K::UpDown,
        "The capacity of a file system.",
        |s, to| for fs in &s.filesystems {
            to.push([
                ("system.device", &*fs.device),
                ("system.filesystem.mode", fs.mode),
                ("system.filesystem.mountpoint", &fs.mountpoint),
                ("system.filesystem.type", &fs.kind),
            ], fs.total);
        }),
    row(F::Filesystem, "system.filesystem.usage", "By", K::UpDown,
        "The space of a file system by state; what is reserved for the superuser counts as used.",
        |s, to| spaces(s, |attributes, bytes, _| to.push(attributes, bytes))),
    row(F::Filesystem, "system.filesystem.utilization", "1", K::Gauge,
        "The part of a file system's space in each state.",
        |s, to| spaces(s, |attributes, bytes, total| ratio(to, attributes, bytes, total))),
    row(F::Disk, "system.disk.io", "By", K::Counter,
        "Bytes read from and written to a disk.",
        |s, to| for disk in &s.disks {
            for (direction, bytes) in [("read", disk.read), ("write", disk.written)] {
                let device = ("system.device", &*disk.device);
                to.push([device, ("disk.io.direction", direction)], bytes);
            }
        }),
    row(F::Network, "system.network.io", "By", K::Counter,
        "Bytes received and transmitted.",
        |s, to| traffic(s, to, "network.interface.name", |traffic| traffic.bytes)),
    // The convention names the device here, and the interface in the two others.
    row(F::Network, "system.network.packet.count", "{packet}", K::Counter,
        "Packets received and transmitted.",
        |s, to| traffic(s, to, "system.device", |traffic| traffic.packets)),
    row(F::Network, "system.network.errors", "{error}", K::Counter,
        "Errors while receiving and transmitting.",
        |s, to| traffic(s, to, "network.interface.name", |traffic| traffic.errors)),
    row(F::ProcessCount, "system.process.count", "{process}", K::UpDown,
        "Processes in each state.",
        |s, to| for (state, count) in &s.processes {
            to.push(state.map(|state| ("process.state", state)).into_iter().collect::<Set>(), *count);
        }),
    row(F::OwnProcess, "process.uptime", "s", K::Gauge,
        "The time the process has been running.",
        |s, to| one(to, own(s, |own| Some(own.uptime)))),
    row(F::OwnProcess, "process.cpu.time", "s", K::Counter,
        "CPU time that the process has used.",
        |s, to| match own(s, |own| Some(own.cpu)) {
            Some(CpuTime::ByMode(CpuTimes { system, user })) => {
                to.push([("cpu.mode", "system")], system);
                to.push([("cpu.mode", "user")], user);
            }
            Some(CpuTime::InAll(seconds)) => to.push(Set::empty(), seconds),
            None => {}
        }),
    row(F::OwnProcess, "process.memory.usage", "By", K::UpDown,
        "Physical memory in use.",
        |s, to| one(to, own(s, |own| Some(own.memory)))),
    row(F::OwnProcess, "process.memory.virtual", "By", K::UpDown,
        "Virtual memory of the process.",
        |s, to| one(to, own(s, |own| Some(own.virtual_memory)))),
    row(F::OwnProcess, "process.disk.io", "By", K::Counter,
        "Bytes that the process has read from and written to disks.",
        |s, to| if let Some(own) = &s.own {
            to.push([("disk.io.direction", "read")], own.read);
            to.push([("disk.io.direction", "write")], own.written);
        }),
    row(F::OwnProcess, "process.paging.faults", "{fault}", K::Counter,
        "Page faults that the process has made.",
        |s, to| if let Some(faults) = own(s, |own| own.faults) {
            to.push([("system.paging.fault.type", "major")], faults.major);
            to.push([("system.paging.fault.type", "minor")], faults.minor);
        }),
    row(F::OwnProcess, "process.thread.count", "{thread}", K::UpDown,
        "Threads of the process.",
        |s, to| one(to, own(s, |own| own.threads))),
    row(F::OwnProcess, "process.unix.file_descriptor.count", "{file_descriptor}", K::UpDown,
        "File descriptors that the process has open.",
        |s, to| one(to, own(s, |own| own.file_descriptors))),
    row(F::OwnProcess, "process.windows.handle.count", "{handle}", K::UpDown,
        "Handles that the process holds.",
        |s, to| one(to, own(s, |own| own.handles))),
];

type Set = meterport_core::AttributeSet;

fn one(to: &mut Values, number: Option<impl Into<meterport_core::Number>>) {
    if let Some(number) = number {
        to.push(Set::empty(), number);
    }
}

fn own<T>(snapshot: &Snapshot, figure: impl Fn(&Own) -> Option<T>) -> Option<T> {
    snapshot.own.as_ref().and_then(figure)
}

fn ratio(to: &mut Values, attributes: impl Into<Set>, part: u64, whole: u64) {
    if whole > 0 {
        to.push(attributes, part as f64 / whole as f64);
    }
}

fn memory(snapshot: &Snapshot) -> impl Iterator<Item = (&'static str, u64)> + '_ {
    snapshot.memory.iter().flat_map(|memory| {
        memory.used.map(|used| ("used", used)).into_iter().chain([("free", memory.free)])
    })
}

fn paging(snapshot: &Snapshot) -> impl Iterator<Item = (&'static str, u64)> + '_ {
    snapshot.paging.iter().flat_map(|paging| {
        [("used", paging.total.saturating_sub(paging.free)), ("free", paging.free)]
    })
}

fn spaces(snapshot: &Snapshot, mut push: impl FnMut([(&str, &str); 5], u64, u64)) {
    for fs in &snapshot.filesystems {
        for (state, bytes) in [("used", fs.total.saturating_sub(fs.free)), ("free", fs.free)] {
            let attributes = [
                ("system.device", &*fs.device),
                ("system.filesystem.mode", fs.mode),
                ("system.filesystem.mountpoint", &fs.mountpoint),
                ("system.filesystem.state", state),
                ("system.filesystem.type", &fs.kind),
            ];
            push(attributes, bytes, fs.total);
        }
    }
}

fn traffic(snapshot: &Snapshot, to: &mut Values, key: &str, figure: fn(&Traffic) -> u64) {
    for Interface { name, received, transmitted } in &snapshot.interfaces {
        for (direction, traffic) in [("receive", received), ("transmit", transmitted)] {
            to.push([(key, &**name), ("network.io.direction", direction)], figure(traffic));
        }
    }
}
