use meterport_core::{Number, SeriesChunk};

use super::*;
use crate::snapshot::{
    Cpu, CpuTime, CpuTimes, Disk, Faults, Filesystem, Interface, Memory, Own, Paging, Traffic,
};

const NOW: Timestamp = Timestamp::from_secs(1_000);

fn figures() -> Snapshot {
    let traffic = |bytes| Traffic { bytes, errors: 0, packets: bytes / 10 };
    let filesystem = |device: &str, mountpoint: &str, mode| Filesystem {
        device: device.into(),
        free: 25,
        kind: "ext4".into(),
        mode,
        mountpoint: mountpoint.into(),
        total: 100,
    };
    Snapshot {
        boot: Timestamp::from_secs(100),
        cpus: vec![Cpu { number: 3, utilization: 0.5 }],
        disks: vec![Disk { device: "/dev/sda".into(), read: 7, written: 8 }],
        filesystems: vec![filesystem("/dev/sda", "/", "rw")],
        interfaces: vec![Interface {
            name: "eth0".into(),
            received: traffic(100),
            transmitted: traffic(200),
        }],
        logical_cpus: Some(4),
        memory: Some(Memory { available: Some(60), free: 50, total: 200, used: Some(140) }),
        own: Some(Own {
            cpu: CpuTime::ByMode(CpuTimes { system: 0.5, user: 1.0 }),
            faults: Some(Faults { major: 3, minor: 120 }),
            file_descriptors: Some(9),
            handles: None,
            memory: 11,
            read: 12,
            start: Timestamp::from_secs(900),
            threads: Some(2),
            uptime: 100.0,
            virtual_memory: 13,
            written: 0,
        }),
        paging: Some(Paging { free: 30, total: 40 }),
        physical_cpus: Some(2),
        processes: vec![(Some("running"), 1), (Some("sleeping"), 70)],
        uptime: Some(900.0),
    }
}

fn assembly() -> Assembly {
    Assembly::new(AttributeSet::from([("host.name", "h")]), &[])
}

/// A line for each point: name, unit, kind with the start in seconds, attributes, value.
fn lines(batch: &MetricBatch) -> Vec<String> {
    let mut lines = Vec::new();
    for metric in batch.metrics() {
        let (kind, points) = match &metric.data {
            MetricData::Gauge(gauge) => ("gauge", &gauge.points),
            MetricData::Sum(sum) => {
                assert_eq!(sum.temporality, Temporality::Cumulative);
                (if sum.monotonic { "counter" } else { "up-down" }, &sum.points)
            }
            other => unreachable!("{other:?}"),
        };
        for point in points.iter() {
            assert_eq!(point.time, NOW);
            let start = point.start.as_nanos() / 1_000_000_000;
            let value = match point.value {
                Number::F64(value) => format!("{value:?}"),
                Number::I64(value) => value.to_string(),
                Number::U64(value) => value.to_string(),
            };
            let attributes: Vec<_> = point
                .attributes
                .iter()
                .map(|(key, value)| match value.as_str() {
                    Some(text) => format!("{key}={text} "),
                    None => format!("{key}={value:?} "),
                })
                .collect();
            let descriptor = &metric.descriptor;
            lines.push(format!(
                "{} {} {kind} {start} {}{value}",
                descriptor.name,
                descriptor.unit,
                attributes.concat()
            ));
        }
    }
    lines
}

fn check(snapshot: &Snapshot, expected: &str) {
    let batch = assembly().batch(snapshot, NOW, 1);
    let expected: Vec<_> = expected.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    assert_eq!(lines(&batch), expected);
}

#[test]
fn every_figure_becomes_the_conventions_metric() {
    check(
        &figures(),
        "system.uptime s gauge 0 900.0
        system.cpu.logical.count {cpu} up-down 100 4
        system.cpu.physical.count {cpu} up-down 100 2
        system.cpu.utilization 1 gauge 0 cpu.logical_number=Int(3) 0.5
        system.memory.limit By up-down 100 200
        system.memory.usage By up-down 100 system.memory.state=used 140
        system.memory.usage By up-down 100 system.memory.state=free 50
        system.memory.utilization 1 gauge 0 system.memory.state=used 0.7
        system.memory.utilization 1 gauge 0 system.memory.state=free 0.25
        system.memory.linux.available By up-down 100 60
        system.paging.usage By up-down 100 system.paging.state=used 10
        system.paging.usage By up-down 100 system.paging.state=free 30
        system.paging.utilization 1 gauge 0 system.paging.state=used 0.25
        system.paging.utilization 1 gauge 0 system.paging.state=free 0.75
        system.filesystem.limit By up-down 100 system.device=/dev/sda system.filesystem.mode=rw system.filesystem.mountpoint=/ system.filesystem.type=ext4 100
        system.filesystem.usage By up-down 100 system.device=/dev/sda system.filesystem.mode=rw system.filesystem.mountpoint=/ system.filesystem.state=used system.filesystem.type=ext4 75
        system.filesystem.usage By up-down 100 system.device=/dev/sda system.filesystem.mode=rw system.filesystem.mountpoint=/ system.filesystem.state=free system.filesystem.type=ext4 25
        system.filesystem.utilization 1 gauge 0 system.device=/dev/sda system.filesystem.mode=rw system.filesystem.mountpoint=/ system.filesystem.state=used system.filesystem.type=ext4 0.75
        system.filesystem.utilization 1 gauge 0 system.device=/dev/sda system.filesystem.mode=rw system.filesystem.mountpoint=/ system.filesystem.state=free system.filesystem.type=ext4 0.25
        system.disk.io By counter 100 disk.io.direction=read system.device=/dev/sda 7
        system.disk.io By counter 100 disk.io.direction=write system.device=/dev/sda 8
        system.network.io By counter 100 network.interface.name=eth0 network.io.direction=receive 100
        system.network.io By counter 100 network.interface.name=eth0 network.io.direction=transmit 200
        system.network.packet.count {packet} counter 100 network.io.direction=receive system.device=eth0 10
        system.network.packet.count {packet} counter 100 network.io.direction=transmit system.device=eth0 20
        system.network.errors {error} counter 100 network.interface.name=eth0 network.io.direction=receive 0
        system.network.errors {error} counter 100 network.interface.name=eth0 network.io.direction=transmit 0
        system.process.count {process} up-down 100 process.state=running 1
        system.process.count {process} up-down 100 process.state=sleeping 70
        process.uptime s gauge 0 100.0
        process.cpu.time s counter 900 cpu.mode=system 0.5
        process.cpu.time s counter 900 cpu.mode=user 1.0
        process.memory.usage By up-down 900 11
        process.memory.virtual By up-down 900 13
        process.disk.io By counter 900 disk.io.direction=read 12
        process.disk.io By counter 900 disk.io.direction=write 0
        process.paging.faults {fault} counter 900 system.paging.fault.type=major 3
        process.paging.faults {fault} counter 900 system.paging.fault.type=minor 120
        process.thread.count {thread} up-down 900 2
        process.unix.file_descriptor.count {file_descriptor} up-down 900 9",
    );
}

#[test]
fn what_is_not_known_is_absent() {
    check(&Snapshot::default(), "");
    let memory = Memory { available: None, free: 1, total: 4, used: None };
    check(
        &Snapshot { memory: Some(memory), processes: vec![(None, 3)], ..Snapshot::default() },
        "system.memory.limit By up-down 0 4
        system.memory.usage By up-down 0 system.memory.state=free 1
        system.memory.utilization 1 gauge 0 system.memory.state=free 0.25
        system.process.count {process} up-down 0 3",
    );
}

#[test]
fn a_start_after_the_clocks_time_is_left_out() {
    let snapshot = Snapshot {
        boot: Timestamp::from_secs(1_001),
        logical_cpus: Some(1),
        ..Snapshot::default()
    };
    check(&snapshot, "system.cpu.logical.count {cpu} up-down 0 1");
}

#[test]
fn envelopes_name_schema_scope_and_resource() {
    let batch = assembly().batch(&figures(), NOW, 42);
    let [resource] = batch.resources() else { unreachable!() };
    let [scope] = &*resource.scopes else { unreachable!() };
    assert_eq!((&*resource.schema_url, &*scope.schema_url), (SCHEMA_URL, SCHEMA_URL));
    assert_eq!(&*scope.scope.name, "meterport-host");
    let expected = AttributeSet::from([("host.name", "h")]).with("process.pid", 42);
    assert_eq!(resource.resource.attributes, expected);
}

fn chunks(batch: &MetricBatch) -> Vec<(Arc<str>, Arc<SeriesChunk>)> {
    let chunks = batch.metrics().flat_map(|metric| {
        let points = match &metric.data {
            MetricData::Gauge(gauge) => &gauge.points,
            MetricData::Sum(sum) => &sum.points,
            other => unreachable!("{other:?}"),
        };
        let name = &metric.descriptor.name;
        points.series().runs().iter().map(|run| (Arc::clone(name), Arc::clone(run.chunk())))
    });
    chunks.collect()
}

fn changed(before: &MetricBatch, after: &MetricBatch) -> Vec<Arc<str>> {
    let (before, after) = (chunks(before), chunks(after));
    assert_eq!(before.len(), after.len());
    let pairs = before.into_iter().zip(after);
    pairs.filter(|(a, b)| !Arc::ptr_eq(&a.1, &b.1)).map(|(a, _)| a.0).collect()
}

#[test]
fn chunks_stay_until_a_disk_or_an_interface_appears() {
    let mut assembly = assembly();
    let mut batch = |snapshot: &Snapshot| assembly.batch(snapshot, NOW, 1);
    let mut snapshot = figures();
    let first = batch(&snapshot);
    snapshot.disks[0].read += 1;
    snapshot.interfaces[0].received.bytes += 1;
    let second = batch(&snapshot);
    assert_eq!(changed(&first, &second), []);
    snapshot.disks.push(Disk { device: "/dev/sdb".into(), read: 1, written: 1 });
    let third = batch(&snapshot);
    assert_eq!(changed(&second, &third), ["system.disk.io".into()]);
    snapshot.interfaces[0].name = "eth1".into();
    let network = ["system.network.io", "system.network.packet.count", "system.network.errors"];
    assert_eq!(changed(&third, &batch(&snapshot)), network.map(Arc::from));
}

#[test]
fn families_left_out_are_neither_read_nor_given() {
    let assembly = Assembly::new(AttributeSet::empty(), &[Family::Network, Family::Cpu]);
    assert!(!assembly.wants(Family::Network) && !assembly.wants(Family::Cpu));
    assert!(assembly.wants(Family::Disk));
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = INSTRUMENTS.iter().map(|row| row.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), INSTRUMENTS.len());
}
