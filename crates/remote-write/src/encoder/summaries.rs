use meterport_core::{Quantile, Summaries, Timestamp};
use meterport_prom::Part;
use meterport_prom::encoding::{Mark, Marks, keep_quantiles};

use super::head::Head;
use super::own_labels::OwnLabels;
use super::rows::LabelKey;
use super::writer::Writer;
use super::{STALE_NAN, number};

impl Writer<'_> {
    pub(super) fn summaries(
        &mut self,
        part: &Part,
        key: &LabelKey,
        points: &Summaries,
        head: &Head,
    ) {
        let mut marks = Marks::new(part, false);
        let mut own = OwnLabels::new("quantile", self.settings.bounds);
        let mut quantiles: Vec<Quantile> = Vec::new();
        let mut rows = points.iter().enumerate();
        for run in points.series().runs() {
            let labels = self.labels(run, key);
            for (row, (at, point)) in labels.rows().zip(&mut rows) {
                let mark = marks.read(at);
                if mark == Mark::Repeated {
                    continue;
                }
                let is_ended = mark == Mark::Ended;
                keep_quantiles(point.value.quantiles, false, &mut quantiles, &mut self.losses);
                own.set(quantiles.iter().map(|one| one.quantile), &mut self.labels);
                let value = |value: f64| if is_ended { STALE_NAN } else { number(value) };
                // Quantiles are gauges: they have no start.
                self.set_stamp(point.time, Timestamp::UNSET);
                for (place, one) in quantiles.iter().enumerate() {
                    self.sample(row, &head.base, own.at(place), value(one.value), &head.metadata);
                }
                self.set_stamp(point.time, if is_ended { Timestamp::UNSET } else { point.start });
                self.sample(row, &head.sum, &[], value(point.value.sum), &head.metadata);
                let count = point.value.count as f64;
                self.sample(row, &head.count, &[], value(count), &head.metadata);
            }
            self.pause();
        }
    }
}
