use crate::DecompressError;

/// Output that grows up to a limit and never has room for more than one byte beyond it; that
/// byte tells "exactly the limit" from "too large".
#[derive(Debug)]
pub(crate) struct Bounded {
    pub(crate) bytes: Vec<u8>,
    limit: usize,
}

/// The first allocation, and the least by which the output grows.
const STEP: usize = 16 * 1024;

impl Bounded {
    pub(crate) fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit }
    }

    /// Makes room for `more` bytes if the input says so credibly, within the limit.
    pub(crate) fn expect(&mut self, more: usize) {
        let room = (self.limit - self.bytes.len().min(self.limit)).saturating_add(1);
        // One more than announced, so that the codec can say that it has ended.
        self.bytes.reserve_exact(more.saturating_add(1).min(room));
    }

    /// Makes room for at least one byte.
    pub(crate) fn make_room(&mut self) -> Result<(), DecompressError> {
        let len = self.bytes.len();
        if len > self.limit {
            return Err(self.too_large());
        }
        if len == self.bytes.capacity() {
            self.expect(len.max(STEP));
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>, DecompressError> {
        match self.bytes.len() > self.limit {
            true => Err(self.too_large()),
            false => Ok(self.bytes),
        }
    }

    pub(crate) fn too_large(&self) -> DecompressError {
        DecompressError::TooLarge { limit: self.limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_never_passes_the_limit_by_more_than_a_byte() {
        let mut out = Bounded::new(100_000);
        out.expect(usize::MAX);
        assert!(out.bytes.capacity() <= 100_001);
        let mut out = Bounded::new(100_000);
        while out.make_room().is_ok() {
            assert!(out.bytes.capacity() <= 100_001);
            out.bytes.resize(out.bytes.capacity(), 0);
        }
        assert_eq!(out.bytes.len(), 100_001);
        assert_eq!(out.finish(), Err(DecompressError::TooLarge { limit: 100_000 }));
    }

    #[test]
    fn exactly_the_limit_is_good() {
        for limit in [0, 1, STEP] {
            let mut out = Bounded::new(limit);
            out.make_room().unwrap();
            out.bytes.resize(limit, 0);
            assert_eq!(out.finish().unwrap().len(), limit);
        }
    }
}
