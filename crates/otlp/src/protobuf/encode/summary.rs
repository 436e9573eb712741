use meterport_core::{Quantile, SummaryRows};

use super::super::field::{quantile, summary};
use super::out::{Out, Wire, message_len};
use super::points::{Head, Kind, Plan, Replay};

fn quantile_len(entry: &Quantile) -> usize {
    9 * (usize::from(entry.quantile != 0.0) + usize::from(entry.value != 0.0))
}

fn value_len(rows: &SummaryRows, row: usize) -> usize {
    let value = rows.value(row);
    let quantiles = value.quantiles.iter();
    9 * (usize::from(value.count != 0) + usize::from(value.sum != 0.0))
        + quantiles.map(|entry| message_len(summary::QUANTILES, quantile_len(entry))).sum::<usize>()
}

impl Kind for SummaryRows {
    const ATTRIBUTES: u32 = summary::ATTRIBUTES;
    const EXEMPLARS: Option<u32> = None;
    type Scratch = ();

    fn value_len(&self, row: usize, plan: &mut Plan) -> usize {
        plan.dear(value_len(self, row))
    }

    fn value_len_again(replay: &mut Replay<'_>) -> usize {
        replay.dear()
    }

    fn write(
        &self,
        out: &mut Out<'_>,
        row: usize,
        head: &Head<'_>,
        (): &mut (),
        _: &mut Replay<'_>,
    ) -> u64 {
        let value = self.value(row);
        head.begin(out);
        if value.count != 0 {
            out.fixed(summary::COUNT, value.count);
        }
        if value.sum != 0.0 {
            out.fixed(summary::SUM, value.sum.to_bits());
        }
        for entry in value.quantiles {
            out.len_prefix(summary::QUANTILES, quantile_len(entry));
            if entry.quantile != 0.0 {
                out.fixed(quantile::QUANTILE, entry.quantile.to_bits());
            }
            if entry.value != 0.0 {
                out.fixed(quantile::VALUE, entry.value.to_bits());
            }
        }
        out.raw(head.attributes);
        if head.flags != 0 {
            out.tag(summary::FLAGS, Wire::Varint);
            out.varint(head.flags.into());
        }
        0
    }
}
