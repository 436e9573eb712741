use std::sync::{Mutex, PoisonError};

use meterport_core::ConfigError;

/// The id of this process among the replicas of its service: a random UUID (RFC 9562, version 4),
/// drawn once. A fork draws its own.
pub(super) fn id() -> Result<String, ConfigError> {
    static DRAWN: Mutex<Option<(u32, String)>> = Mutex::new(None);
    let mut drawn = DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some((of, id)) = &*drawn
        && *of == process
    {
        return Ok(id.clone());
    }
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| {
        let problem = "the operating system gives no random numbers";
        ConfigError::new("service.instance.id", problem).with_source(error)
    })?;
    let id = uuid(random);
    *drawn = Some((process, id.clone()));
    Ok(id)
}

/// The text of a version 4 UUID (RFC 9562, sections 4 and 5.4).
fn uuid(mut random: [u8; 16]) -> String {
    random[6] = random[6] & 0x0f | 0x40;
    random[8] = random[8] & 0x3f | 0x80;
    let digits = format!("{:032x}", u128::from_be_bytes(random));
    let part = |from: usize, to: usize| &digits[from..to];
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_its_version_and_variant() {
        assert_eq!(uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let counted = std::array::from_fn(|at| at as u8);
        assert_eq!(uuid(counted), "00010203-0405-4607-8809-0a0b0c0d0e0f");
    }

    #[test]
    fn the_id_is_stable() {
        assert_eq!(id().unwrap(), id().unwrap());
    }
}
