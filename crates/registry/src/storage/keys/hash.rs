//! The hash of a series.

use std::hash::{BuildHasher, Hasher};

use hashbrown::DefaultHashBuilder;

use crate::storage::form::Plain;

/// Hashes the values of a series, each multiplied by a factor of its key, so that the order in
/// which they come does not matter. Whoever does not know the seeds cannot make values that meet.
#[derive(Default)]
pub(super) struct Hash(DefaultHashBuilder);

impl Hash {
    /// What the values of a key are multiplied by.
    pub(super) fn factor(&self, key: &str) -> u64 {
        self.0.hash_one(key) | 1
    }

    #[inline]
    pub(super) fn add(&self, sum: u64, factor: u64, value: Plain<'_>) -> u64 {
        let mut state = self.0.build_hasher();
        match value {
            Plain::Text(text) => write(&mut state, text.as_bytes()),
            Plain::Scalar(kind, number) => {
                state.write_u128(u128::from(kind) << u64::BITS | u128::from(number));
            }
        }
        sum.wrapping_add(state.finish().wrapping_mul(factor))
    }

    /// The upper half, which all bits of a product come into, is enough to find an entry by, and
    /// halves what it takes.
    #[inline]
    pub(super) fn finish(&self, sum: u64) -> u32 {
        (sum >> u32::BITS) as u32
    }
}

/// Up to 16 bytes the hasher takes without a call: twice as many, as the ends that meet.
#[inline]
fn write(state: &mut impl Hasher, text: &[u8]) {
    const INLINE: usize = 16;
    match (text.first_chunk::<INLINE>(), text.last_chunk::<INLINE>()) {
        (Some(first), Some(last)) if text.len() > INLINE && text.len() <= 2 * INLINE => {
            state.write(first);
            state.write(last);
        }
        _ => state.write(text),
    }
}
