use meterport_core::{Number, NumberRows};

use super::super::field::number;
use super::exemplars::{NumberField, number_bits, write_exemplars};
use super::out::{Out, Wire};
use super::points::{Head, Kind, Plan, Replay};

impl Kind for NumberRows {
    const ATTRIBUTES: u32 = number::ATTRIBUTES;
    const EXEMPLARS: Option<u32> = Some(number::EXEMPLARS);
    type Scratch = ();

    #[inline(always)]
    fn value_len(&self, _: usize, _: &mut Plan) -> usize {
        9
    }

    #[inline(always)]
    fn value_len_again(_: &mut Replay<'_>) -> usize {
        9
    }

    #[inline(always)]
    fn write(
        &self,
        out: &mut Out<'_>,
        row: usize,
        head: &Head<'_>,
        (): &mut (),
        _: &mut Replay<'_>,
    ) -> u64 {
        let (kind, bits, rounded) = match self {
            Self::F64(values) => number_bits(Number::F64(values[row])),
            Self::I64(values) => number_bits(Number::I64(values[row])),
            Self::Mixed(values) => number_bits(values[row]),
        };
        let kind = match kind {
            NumberField::AsDouble => number::AS_DOUBLE,
            NumberField::AsInt => number::AS_INT,
        };
        head.begin_with(out, kind, bits);
        let mut rounded = u64::from(rounded);
        if !head.exemplars.is_empty() {
            rounded += write_exemplars(out, number::EXEMPLARS, head.exemplars);
        }
        out.raw(head.attributes);
        if head.flags != 0 {
            out.tag(number::FLAGS, Wire::Varint);
            out.varint(head.flags.into());
        }
        rounded
    }
}
