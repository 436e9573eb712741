//! What the columns of all point kinds are made of.

use std::ops::Range;

/// One value per row, held once where all rows share it.
#[derive(Clone, Debug)]
pub enum Column<T> {
    /// A value for each row.
    Each(Box<[T]>),
    /// One value for all rows.
    Same(T),
}

impl<T: Copy + PartialEq> Column<T> {
    /// The value of a row.
    ///
    /// # Panics
    /// Beyond the last row.
    pub fn at(&self, row: usize) -> T {
        match self {
            Self::Each(values) => values[row],
            Self::Same(value) => *value,
        }
    }

    /// From the values of all rows.
    pub fn from_values(values: Vec<T>) -> Self
    where
        T: Default,
    {
        let first = values.first().copied().unwrap_or_default();
        if values.iter().all(|value| *value == first) {
            Self::Same(first)
        } else {
            Self::Each(values.into())
        }
    }

    /// The value that all rows share, where it is known that they do.
    pub fn shared(&self) -> Option<T> {
        match self {
            Self::Each(_) => None,
            Self::Same(value) => Some(*value),
        }
    }

    pub(super) fn footprint(&self) -> usize {
        match self {
            Self::Each(values) => size_of_val(&**values),
            Self::Same(_) => 0,
        }
    }

    /// Whether it can serve that many rows.
    pub(super) fn fits(&self, rows: usize) -> bool {
        match self {
            Self::Each(values) => values.len() == rows,
            Self::Same(_) => true,
        }
    }

    pub(super) fn select(&self, rows: &[Range<usize>]) -> Self {
        match self {
            Self::Each(values) => Self::Each(select(values, rows)),
            Self::Same(value) => Self::Same(*value),
        }
    }

    pub(super) fn concat(parts: &[(&Self, usize)]) -> Self
    where
        T: Default,
    {
        let all = |value| parts.iter().all(|part| matches!(part.0, Self::Same(v) if *v == value));
        match parts.first() {
            Some((Self::Same(value), _)) if all(*value) => Self::Same(*value),
            _ => Self::from_values(
                parts.iter().flat_map(|(part, rows)| (0..*rows).map(|row| part.at(row))).collect(),
            ),
        }
    }
}

/// Values that few rows have, by ascending row.
#[derive(Clone, Debug)]
pub(super) struct Sparse<T>(Box<[(usize, T)]>);

impl<T> Default for Sparse<T> {
    fn default() -> Self {
        Self(Box::default())
    }
}

impl<T: Clone> Sparse<T> {
    pub(super) fn new(entries: Vec<(usize, T)>) -> Self {
        Self(entries.into())
    }

    pub(super) fn entries(&self) -> &[(usize, T)] {
        &self.0
    }

    pub(super) fn at(&self, row: usize) -> Option<&T> {
        if self.0.is_empty() {
            return None;
        }
        let at = self.0.binary_search_by_key(&row, |entry| entry.0).ok()?;
        Some(&self.0[at].1)
    }

    pub(super) fn select(&self, rows: &[Range<usize>]) -> Self {
        if self.0.is_empty() {
            return Self::default();
        }
        let mut kept = Vec::new();
        let mut before = 0;
        for range in rows {
            let from = self.0.partition_point(|entry| entry.0 < range.start);
            let inside = self.0[from..].iter().take_while(|entry| entry.0 < range.end);
            kept.extend(inside.map(|(row, value)| (row - range.start + before, value.clone())));
            before += range.len();
        }
        Self::new(kept)
    }

    pub(super) fn concat(parts: &[(&Self, usize)]) -> Self {
        let mut all = Vec::new();
        let mut before = 0;
        for (part, rows) in parts {
            all.extend(part.0.iter().map(|(row, value)| (row + before, value.clone())));
            before += rows;
        }
        Self::new(all)
    }
}

/// The rows in `ranges`, which ascend.
pub(super) fn select<T: Clone>(values: &[T], ranges: &[Range<usize>]) -> Box<[T]> {
    let mut kept = Vec::with_capacity(ranges.iter().map(ExactSizeIterator::len).sum());
    for range in ranges {
        kept.extend_from_slice(&values[range.clone()]);
    }
    kept.into()
}

pub(super) fn concat<'a, T: Clone + 'a>(parts: impl Iterator<Item = &'a [T]>) -> Box<[T]> {
    let mut all = Vec::new();
    parts.for_each(|part| all.extend_from_slice(part));
    all.into()
}
