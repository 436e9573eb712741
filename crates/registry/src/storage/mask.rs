use std::ops::Range;

/// Some of a block's rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mask([u64; WORDS]);

const WORDS: usize = 4;
const WORD: usize = u64::BITS as usize;

impl Mask {
    pub(crate) fn insert(&mut self, row: usize) {
        self.0[row / WORD] |= 1 << (row % WORD);
    }

    pub(crate) fn remove(&mut self, row: usize) {
        self.0[row / WORD] &= !(1 << (row % WORD));
    }

    pub(crate) fn contains(&self, row: usize) -> bool {
        self.0[row / WORD] >> (row % WORD) & 1 == 1
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0 == [0; WORDS]
    }

    /// The rows, ascending.
    pub(crate) fn iter(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(at, mut word)| {
            std::iter::from_fn(move || {
                (word != 0).then(|| {
                    let row = at * WORD + word.trailing_zeros() as usize;
                    word &= word - 1;
                    row
                })
            })
        })
    }

    /// The rows in `within`, as ranges of neighbours.
    pub(crate) fn runs(self, within: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let mut at = within.start;
        std::iter::from_fn(move || {
            let first = (at..within.end).find(|row| self.contains(*row))?;
            let end = (first..within.end).find(|row| !self.contains(*row)).unwrap_or(within.end);
            at = end;
            Some(first..end)
        })
    }
}
