use meterport_core::TooLarge;

/// A piece is handed over once it is this long.
const PIECE: usize = 64 * 1024;

/// Takes a piece of the output.
type Piece<'a> = &'a mut dyn FnMut(&[u8]);

/// The output as it grows: the whole of it, or a piece at a time, up to a limit.
pub(crate) struct Out<'a> {
    /// What is there and not handed over.
    pub(crate) bytes: Vec<u8>,
    piece: Option<Piece<'a>>,
    /// Bytes that are in `bytes` no more.
    gone: u64,
    limit: u64,
    /// The length of `bytes` at which there is something to do.
    mark: usize,
}

impl<'a> Out<'a> {
    /// Keeps everything, as long as it is not longer than `limit`.
    pub(crate) fn whole(capacity: usize, limit: u64) -> Self {
        let mark = usize::try_from(limit).unwrap_or(usize::MAX);
        Self { bytes: Vec::with_capacity(capacity.min(mark)), piece: None, gone: 0, limit, mark }
    }

    /// Hands everything over in pieces, as long as it is not longer than `limit`.
    pub(crate) fn pieces(limit: u64, piece: Piece<'a>) -> Self {
        // What is written between two looks fits as a rule.
        let capacity = PIECE + PIECE / 8;
        Self {
            bytes: Vec::with_capacity(capacity),
            piece: Some(piece),
            gone: 0,
            limit,
            mark: PIECE,
        }
    }

    /// To be called between points: hands over what is there, if that is much. Beyond the limit it
    /// is thrown away, so that only its length grows.
    #[inline(always)]
    pub(crate) fn pause(&mut self) {
        if self.bytes.len() >= self.mark {
            self.hand_over();
        }
    }

    #[cold]
    fn hand_over(&mut self) {
        let total = self.total();
        if total > self.limit {
            self.mark = PIECE;
        } else if let Some(piece) = &mut self.piece {
            piece(&self.bytes);
        } else {
            return;
        }
        self.gone = total;
        self.bytes.clear();
    }

    /// Forgets what was written since the output was that long, which must not have been handed over.
    pub(crate) fn take_back(&mut self, total: u64) {
        let kept = usize::try_from(total.saturating_sub(self.gone)).unwrap_or(usize::MAX);
        self.bytes.truncate(kept);
    }

    /// The length of all that was written.
    pub(crate) fn total(&self) -> u64 {
        self.gone.saturating_add(self.bytes.len() as u64)
    }

    /// The bytes that have not been handed over, and the length of all.
    pub(crate) fn finish(mut self) -> Result<(Vec<u8>, u64), TooLarge> {
        let size = self.total();
        if size > self.limit {
            return Err(TooLarge { size });
        }
        if let Some(piece) = &mut self.piece {
            if !self.bytes.is_empty() {
                piece(&self.bytes);
            }
            self.bytes.clear();
        }
        Ok((self.bytes, size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_nothing_beyond_the_limit_is_kept() {
        let steps = 1_000;
        let write = |mut out: Out<'_>| {
            for _ in 0..steps {
                out.bytes.extend_from_slice(&[7; 1_000]);
                out.pause();
                assert!(out.bytes.len() <= 1_000_000);
            }
            out.finish()
        };
        let size = steps * 1_000;
        assert_eq!(write(Out::whole(0, size)).unwrap(), (vec![7; 1_000_000], size));
        assert_eq!(write(Out::whole(0, size - 1)), Err(TooLarge { size }));
        assert_eq!(write(Out::whole(0, 10)), Err(TooLarge { size }));
        for (limit, expected) in [(u64::MAX, Ok((vec![], size))), (70_000, Err(TooLarge { size }))]
        {
            let mut received = 0;
            let mut piece = |bytes: &[u8]| received += bytes.len() as u64;
            assert_eq!(write(Out::pieces(limit, &mut piece)), expected);
            assert!(received == size || received <= limit);
        }
    }
}
