//! The operating system's own metrics as a [`MetricProducer`]: CPU, memory, paging, file systems,
//! disks, network, processes, and the process that asks.
//!
//! Names, units, kinds and attributes are those of OpenTelemetry's semantic conventions, version
//! 1.40.0 ([`SCHEMA_URL`]). A figure that the operating system does not give is absent, never
//! zero.
//!
//! ```
//! use meterport_core::MetricExporter;
//! use meterport_host::{Family, HostProducer};
//!
//! let host = HostProducer::builder().service_name("checkout").without(Family::Network).build();
//! let batch = host.collect();
//! assert!(batch.metrics().any(|metric| &*metric.descriptor.name == "system.memory.limit"));
//! ```
//!
//! # What it gives
//!
//! | [`Family`] | Metrics | Where |
//! |---|---|---|
//! | `Cpu` | `system.cpu.utilization` (by `cpu.logical_number`, without `cpu.mode`; from the second snapshot on), `system.cpu.logical.count`, `system.cpu.physical.count` | everywhere |
//! | `Disk` | `system.disk.io` (by `system.device`, `disk.io.direction`) | everywhere |
//! | `Filesystem` | `system.filesystem.usage`, `.limit`, `.utilization` | everywhere; no network and no memory file systems on Linux |
//! | `Memory` | `system.memory.usage`, `.limit`, `.utilization` | everywhere |
//! | | `system.memory.linux.available` | Linux |
//! | `Network` | `system.network.io`, `.packet.count`, `.errors` | everywhere |
//! | `OwnProcess` | `process.cpu.time` (by `cpu.mode` on Linux, in all elsewhere), `process.memory.usage`, `process.memory.virtual`, `process.disk.io`, `process.uptime` | everywhere |
//! | | `process.paging.faults` (by `system.paging.fault.type`) | Linux |
//! | | `process.thread.count`; `process.unix.file_descriptor.count`; `process.windows.handle.count` | Linux; Unix; Windows |
//! | `Paging` | `system.paging.usage`, `.utilization` | where there is swap |
//! | `ProcessCount` | `system.process.count` (by `process.state`, which Windows does not tell) | everywhere |
//! | `Uptime` | `system.uptime` | everywhere |
//!
//! Sums are cumulative: since the boot of the machine for `system.*`, since its start for the own
//! process. A counter that falls, such as that of a network interface made anew, starts again at
//! the time of the snapshot before.
//!
//! # Cost
//!
//! A snapshot is synchronous. Measured on a Linux machine with 2 CPUs and about 80 processes, in a
//! release build: 1.6 ms, of which 1.1 ms go into counting the processes and grow with their
//! number. The sets of series are kept from one snapshot to the next until a disk, an interface
//! or a state appears or goes, so that what encoders remember of them stays.
//!
//! On Linux, the first look at any process raises the soft limit of open files to the hard limit:
//! a habit of the library below. Without [`Family::OwnProcess`] and [`Family::ProcessCount`] it
//! does not happen. A file system whose server hangs can make a snapshot hang: leave
//! [`Family::Filesystem`] and [`Family::Disk`] out where such are mounted.
//!
//! [`MetricProducer`]: meterport_core::MetricProducer

mod builder;
mod metrics;
mod producer;
mod resource;
mod series;
mod snapshot;
mod source;
mod stat;

pub use builder::HostBuilder;
pub use metrics::{Family, SCHEMA_URL};
pub use producer::HostProducer;
pub use resource::host_attributes;
