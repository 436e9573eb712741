use meterport_core::Summaries;

use super::line::{Head, write_tail};
use super::{Version, Writer};
use crate::families::Part;
use crate::loss::Loss;
use crate::marks::Marks;
use crate::number::write_f64;
use crate::quantiles::keep_quantiles;

impl Writer<'_, '_> {
    pub(super) fn summaries(&mut self, name: &str, part: &Part, points: &Summaries) {
        let [quantile, sum, count, created] =
            ["", "_sum", "_count", "_created"].map(|suffix| Head::new(name, suffix));
        let mut marks = Marks::new(part, false);
        let (mut quantiles, mut tail) = (Vec::new(), Vec::new());
        let mut row = 0;
        for run in points.series().runs() {
            let block = Self::labels(run, part);
            for labels in block.rows(run.rows()) {
                let at = row;
                row += 1;
                if marks.at(at, &mut self.losses).is_none() {
                    continue;
                }
                let value = points.rows().value(at);
                let is_strict = self.version != Version::Plain;
                keep_quantiles(value.quantiles, is_strict, &mut quantiles, &mut self.losses);
                for one in &quantiles {
                    tail.clear();
                    write_tail(&mut tail, "quantile", one.quantile, self.style);
                    quantile.write_with(&mut self.out.bytes, labels, &tail);
                    write_f64(&mut self.out.bytes, one.value, self.style);
                    self.out.bytes.push(b'\n');
                }
                // OpenMetrics 1.0, "Summary": the sum is a counter.
                if self.version == Version::Plain || value.sum >= 0.0 {
                    sum.write(&mut self.out.bytes, labels);
                    write_f64(&mut self.out.bytes, value.sum, self.style);
                    self.out.bytes.push(b'\n');
                } else {
                    self.losses.add(Loss::SumOmitted, 1);
                }
                count.write(&mut self.out.bytes, labels);
                self.count(value.count);
                self.out.bytes.push(b'\n');
                self.created_line(&created, labels, points.starts().at(at));
                self.out.pause();
            }
        }
    }
}
