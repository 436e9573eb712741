use super::labels::Labels;
use crate::BoundFormat;

/// The labels that buckets or quantiles have for themselves, ready to be put between others. Most
/// points have the bounds of the point before.
#[derive(Debug)]
pub(super) struct OwnLabels {
    name: &'static str,
    format: BoundFormat,
    bounds: Vec<f64>,
    bytes: Vec<u8>,
    /// Where each label ends.
    ends: Vec<usize>,
    text: Vec<u8>,
}

impl OwnLabels {
    pub(super) fn new(name: &'static str, format: BoundFormat) -> Self {
        let (bounds, bytes) = (Vec::new(), Vec::new());
        Self { name, format, bounds, bytes, ends: Vec::new(), text: Vec::new() }
    }

    /// Becomes those of these bounds.
    pub(super) fn set(&mut self, bounds: impl Iterator<Item = f64> + Clone, labels: &mut Labels) {
        if bounds.clone().eq(self.bounds.iter().copied()) && !self.ends.is_empty() {
            return;
        }
        self.bounds.clear();
        self.bytes.clear();
        self.ends.clear();
        for bound in bounds {
            self.format.write(bound, &mut self.text);
            // Numbers are ASCII.
            let text = str::from_utf8(&self.text).unwrap_or_default();
            let field = super::wire::v1::series::LABEL;
            labels.put(&mut self.bytes, field, self.name, text);
            self.bounds.push(bound);
            self.ends.push(self.bytes.len());
        }
    }

    /// The label of a bound, by its place.
    #[inline]
    pub(super) fn at(&self, place: usize) -> &[u8] {
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.bytes[start..self.ends[place]]
    }
}
