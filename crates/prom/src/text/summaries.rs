use meterport_core::Summaries;

use super::head::Head;
use super::line::write_last_label;
use super::{Rows, Version, Writer};
use crate::families::Part;
use crate::loss::Loss;
use crate::number::write_f64;
use crate::quantiles::keep_quantiles;

impl Writer<'_, '_> {
    pub(super) fn summaries(&mut self, name: &str, part: &Part, points: &Summaries) {
        let [quantile, sum, count, created] =
            ["", "_sum", "_count", "_created"].map(|suffix| Head::new(name, suffix));
        let mut rows = Rows::new(part, false);
        let mut quantiles = Vec::new();
        while let Some(row) = rows.next(&mut self.losses) {
            let value = points.rows().value(row.at);
            let is_strict = self.version != Version::Plain;
            keep_quantiles(value.quantiles, is_strict, &mut quantiles, &mut self.losses);
            for one in &quantiles {
                quantile.write_open(&mut self.out.bytes, row.labels);
                write_last_label(&mut self.out.bytes, "quantile", one.quantile, self.style);
                write_f64(&mut self.out.bytes, one.value, self.style);
                self.out.bytes.push(b'\n');
            }
            // OpenMetrics 1.0, "Summary": the sum is a counter.
            if self.version == Version::Plain || value.sum >= 0.0 {
                sum.write(&mut self.out.bytes, row.labels);
                write_f64(&mut self.out.bytes, value.sum, self.style);
                self.out.bytes.push(b'\n');
            } else {
                self.losses.add(Loss::SumOmitted, 1);
            }
            count.write(&mut self.out.bytes, row.labels);
            self.count(value.count);
            self.out.bytes.push(b'\n');
            self.created_line(&created, row.labels, points.starts().at(row.at));
            self.out.pause();
        }
    }
}
