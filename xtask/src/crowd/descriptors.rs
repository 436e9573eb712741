use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use socket2::{Domain, Socket, Type};

use super::shop::Shop;
use crate::failure::{Failure, Result};

/// How many wait for descriptors.
const WAITING: usize = 50;
/// For how long.
const DROUGHT: Duration = Duration::from_secs(4);
/// Of the processor's time that the whole process may take meanwhile.
const IDLE: Duration = Duration::from_millis(100);
/// The server looks again within a second; and this machine may be busy.
const AGAIN: Duration = Duration::from_secs(3);

/// Lets this process open so many files, if it may.
pub(super) fn raise(files: u64) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= files) {
        return Ok(());
    }
    if limit.maximum.is_some_and(|maximum| maximum < files) {
        let text = format!("{files} open files are needed, and {:?} allowed", limit.maximum);
        return Err(Failure::Missing(text));
    }
    set(Rlimit { current: Some(files), ..limit })
}

pub(super) fn run() -> Result<String> {
    let failed = |error: std::io::Error| Failure::while_doing("taking all descriptors", error);
    let shop = Shop::open(1_000, Duration::ZERO)?;
    let address = shop.address()?;
    // Made before the descriptors are gone, and connected after: the system takes them in without
    // the server, which finds nothing to accept them with.
    let sockets: Vec<Socket> = (0..WAITING)
        .map(|_| Socket::new(Domain::IPV4, Type::STREAM, None))
        .collect::<std::io::Result<_>>()
        .map_err(failed)?;
    let before = getrlimit(Resource::Nofile);
    let filled = fill(&sockets).map_err(failed)?;
    set(Rlimit { current: Some(filled.highest + 1), ..before })?;
    let measured = drought(&sockets, address);
    set(before)?;
    drop(filled);
    let spent = measured.map_err(failed)?;
    if spent > IDLE {
        let text = format!("without descriptors it took {spent:?} of the processor in {DROUGHT:?}");
        return Err(Failure::Failed(text));
    }
    let since = Instant::now();
    for socket in sockets {
        let mut stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(AGAIN)).map_err(failed)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(failed)?;
        if !answer.starts_with("HTTP/1.1 200 ") {
            return Err(Failure::Failed(format!("after the drought it answered {answer:?}")));
        }
    }
    let again = since.elapsed();
    shop.close()?;
    if again > AGAIN {
        let text = format!("those who waited were answered only {again:?} after");
        return Err(Failure::Failed(text));
    }
    Ok(format!(
        "with {WAITING} connections and none left for {DROUGHT:?}, {:.1} ms of the processor; all \
         were answered {:.0} ms after there were some",
        spent.as_secs_f64() * 1_000.0,
        again.as_secs_f64() * 1_000.0,
    ))
}

/// Connects and asks, and answers what of the processor's time is spent while nothing can happen.
fn drought(sockets: &[Socket], address: SocketAddr) -> std::io::Result<Duration> {
    for socket in sockets {
        socket.connect(&address.into())?;
        let mut stream: &Socket = socket;
        stream.write_all(b"GET /-/healthy HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")?;
    }
    let begin = processor_time();
    std::thread::sleep(DROUGHT);
    Ok(processor_time().saturating_sub(begin))
}

/// Files that leave no gap below the highest descriptor.
struct Filled {
    _files: Vec<File>,
    highest: u64,
}

fn fill(sockets: &[Socket]) -> std::io::Result<Filled> {
    let taken = sockets.iter().map(AsRawFd::as_raw_fd).max().unwrap_or_default();
    let mut files = Vec::new();
    loop {
        let file = File::open("/dev/null")?;
        let descriptor = file.as_raw_fd();
        files.push(file);
        if descriptor > taken {
            return Ok(Filled { _files: files, highest: u64::from(descriptor.unsigned_abs()) });
        }
    }
}

fn set(limit: Rlimit) -> Result<()> {
    setrlimit(Resource::Nofile, limit)
        .map_err(|error| Failure::while_doing("setting the limit of open files", error))
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}
