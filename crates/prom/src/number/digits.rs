//! Digits of small integers, side by side in a register.

/// The lowest number that has more digits.
pub(super) const EIGHT_DIGITS: u64 = 100_000_000;
/// All of them zero, as text.
const ZEROS: u64 = u64::from_le_bytes(*b"00000000");

/// The eight digits of a number, a byte each, the first in the lowest byte.
#[derive(Clone, Copy)]
pub(super) struct Digits(u64);

impl Digits {
    /// Of a number below 10^8. Halves are divided side by side: into two numbers of four digits,
    /// these into two of two, and so on.
    #[inline(always)]
    pub(super) fn of(number: u64) -> Self {
        let fours = (number / 10_000) | ((number % 10_000) << 32);
        // Divided by 100: exact below 10,000.
        let hundreds = ((fours * 10_486) >> 20) & 0x7f_0000_007f;
        let twos = hundreds | (fours - 100 * hundreds) << 16;
        // Divided by 10: exact below 100.
        let tens = ((twos * 103) >> 10) & 0xf_000f_000f_000f;
        Self(tens | (twos - 10 * tens) << 8)
    }

    /// How many digits it has without zeros in front, but one.
    #[inline(always)]
    pub(super) fn len(self) -> usize {
        8 - self.zeros() as usize
    }

    /// As text without zeros in front; of its bytes only the first [`len`](Self::len) count, and
    /// the others are zero.
    #[inline(always)]
    pub(super) fn text(self) -> u64 {
        (self.0 | ZEROS) >> (8 * self.zeros())
    }

    /// All eight as text.
    #[inline(always)]
    pub(super) fn all(self) -> [u8; 8] {
        (self.0 | ZEROS).to_le_bytes()
    }

    /// How many digits there are up to the last that is not zero.
    #[inline(always)]
    pub(super) fn significant(self) -> usize {
        8 - self.0.leading_zeros() as usize / 8
    }

    #[inline(always)]
    fn zeros(self) -> u32 {
        (self.0.trailing_zeros() / 8).min(7)
    }
}
