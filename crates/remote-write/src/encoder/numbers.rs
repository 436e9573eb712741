use meterport_core::{Numbers, Timestamp};
use meterport_prom::encoding::{Mark, Marks, float_at};
use meterport_prom::{FamilyKind, Part};

use super::head::Head;
use super::rows::LabelKey;
use super::writer::Writer;
use super::{STALE_NAN, number};

impl Writer<'_> {
    pub(super) fn numbers(
        &mut self,
        kind: FamilyKind,
        part: &Part,
        key: &LabelKey,
        points: &Numbers,
        head: &Head,
    ) {
        let is_counter = kind == FamilyKind::Counter;
        let mut marks = Marks::new(part, is_counter && self.settings.exemplars);
        let mut at = 0;
        for run in points.series().runs() {
            let labels = self.labels(run, key);
            for row in labels.rows() {
                let mark = marks.read(at);
                let time = points.times().at(at);
                match mark {
                    Mark::Repeated => {}
                    Mark::Ended => {
                        self.set_stamp(time, Timestamp::UNSET);
                        self.sample(row, &head.base, &[], STALE_NAN, &head.metadata);
                    }
                    Mark::Written(exemplars) => {
                        let start = points.starts().at(at);
                        self.set_stamp(time, if is_counter { start } else { Timestamp::UNSET });
                        let (value, rounded) = float_at(points.rows(), at);
                        self.rounded += u64::from(rounded);
                        if !exemplars.is_empty() {
                            self.put_exemplars(exemplars, part.rules(), |_| true);
                        }
                        self.sample(row, &head.base, &[], number(value), &head.metadata);
                        self.exemplars.clear();
                    }
                }
                at += 1;
            }
            self.pause();
        }
    }
}
