use std::net::IpAddr;
use std::sync::Arc;

/// Hosts that are reached directly, as `no_proxy` names them.
#[derive(Clone, Debug, Default)]
pub(super) struct Bypass(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    host: Host,
    port: Option<u16>,
}

#[derive(Clone, Debug)]
enum Host {
    Any,
    /// An address and how many of its leading bits count.
    Net(IpAddr, u32),
    /// A name, in lower case; with `below` only what ends in it.
    Name {
        name: Arc<str>,
        below: bool,
    },
}

impl Bypass {
    pub(super) fn parse(list: &str) -> Self {
        let mut bypass = Self::default();
        bypass.add(list);
        bypass
    }

    pub(super) fn add(&mut self, list: &str) {
        let entries = list.split(|c: char| c == ',' || c.is_whitespace());
        self.0.extend(entries.filter_map(Rule::parse));
    }

    pub(super) fn covers(&self, host: &str, port: u16) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let address = host.parse::<IpAddr>().ok().map(|address| address.to_canonical());
        self.0.iter().any(|rule| {
            let right_port = rule.port.is_none_or(|only| only == port);
            right_port && rule.host.covers(&host, address)
        })
    }
}

impl Rule {
    fn parse(entry: &str) -> Option<Self> {
        if let Some((address, bits)) = entry.split_once('/') {
            let address: IpAddr = address.parse().ok()?;
            let bits = bits.parse().ok().filter(|&bits| bits <= width(address))?;
            return Some(Self { host: Host::Net(address, bits), port: None });
        }
        // An IPv6 address may stand without brackets; then its last part is no port.
        if let Some(host) = Host::address(entry) {
            return Some(Self { host, port: None });
        }
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (entry, None),
        };
        let host = match host.to_ascii_lowercase().trim_end_matches('.') {
            "" | "." => return None,
            "*" => Host::Any,
            name => match Host::address(name) {
                Some(address) => address,
                None => {
                    let name = name.strip_prefix('*').unwrap_or(name);
                    Host::Name { name: name.into(), below: name.starts_with('.') }
                }
            },
        };
        Some(Self { host, port })
    }
}

impl Host {
    fn address(text: &str) -> Option<Self> {
        let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        let address: IpAddr = inside.unwrap_or(text).parse().ok()?;
        let address = address.to_canonical();
        Some(Self::Net(address, width(address)))
    }

    fn covers(&self, host: &str, address: Option<IpAddr>) -> bool {
        match (self, address) {
            (Self::Any, _) => true,
            (&Self::Net(net, bits), Some(address)) => is_in(address, net, bits),
            (Self::Name { name, below: true }, None) => host.ends_with(&**name),
            (Self::Name { name, below: false }, None) => {
                let above = host.strip_suffix(&**name);
                above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
            }
            _ => false,
        }
    }
}

/// Go's rule: the machine itself is never reached through the environment's proxy.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let address = host.parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn is_in(address: IpAddr, net: IpAddr, bits: u32) -> bool {
    match (address, net) {
        (IpAddr::V4(address), IpAddr::V4(net)) => {
            let differ = address.to_bits() ^ net.to_bits();
            differ.leading_zeros() >= bits
        }
        (IpAddr::V6(address), IpAddr::V6(net)) => {
            let differ = address.to_bits() ^ net.to_bits();
            differ.leading_zeros() >= bits
        }
        _ => false,
    }
}
