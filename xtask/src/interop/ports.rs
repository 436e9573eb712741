use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::failure::{Failure, Result};

/// Loopback addresses whose ports are free now, all different. Another process may take one
/// before its user does: whoever uses them is ready to try again.
pub(super) fn free<const N: usize>() -> Result<[SocketAddr; N]> {
    let failed = |error| Failure::while_doing("looking for a free port", error);
    // All are held until all are known.
    let mut held = Vec::new();
    let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); N];
    for address in &mut addresses {
        let listener = TcpListener::bind(*address).map_err(failed)?;
        *address = listener.local_addr().map_err(failed)?;
        held.push(listener);
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_different_and_can_be_bound() {
        let [a, b] = free::<2>().unwrap();
        assert_ne!(a, b);
        assert!(a.ip().is_loopback() && a.port() != 0);
    }
}
