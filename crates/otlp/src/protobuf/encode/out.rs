//! Protobuf's wire format, written into one buffer.

/// The length of a piece: large enough that handing it over costs nothing, small enough that a
/// compressor finds it in the cache.
const PIECE: usize = 64 * 1024;

/// The output: the whole of it, or a piece at a time.
pub(super) struct Out<'a> {
    buf: Vec<u8>,
    piece: Option<Piece<'a>>,
}

type Piece<'a> = &'a mut dyn FnMut(&[u8]);

impl<'a> Out<'a> {
    pub(super) fn whole(len: usize) -> Self {
        Self::over(Vec::new(), len)
    }

    /// The whole in place of what is in `buf`.
    pub(super) fn over(mut buf: Vec<u8>, len: usize) -> Self {
        buf.clear();
        if buf.capacity() < len {
            // Where it was too small once, a few more series are to fit the next time.
            let spare = if buf.capacity() == 0 { 0 } else { len / 16 };
            buf = Vec::with_capacity(len + spare);
        }
        Self { buf, piece: None }
    }

    pub(super) fn pieces(len: usize, piece: Piece<'a>) -> Self {
        // A piece is handed over once it is full, with what one point adds beyond that.
        Self { buf: Vec::with_capacity(len.min(PIECE + PIECE / 8)), piece: Some(piece) }
    }

    /// Ends the output; the bytes are those that have not been handed over.
    pub(super) fn finish(self) -> Vec<u8> {
        match self.piece {
            Some(piece) => {
                if !self.buf.is_empty() {
                    piece(&self.buf);
                }
                Vec::new()
            }
            None => self.buf,
        }
    }

    /// How much has been written and not handed over.
    pub(super) fn len(&self) -> usize {
        self.buf.len()
    }

    /// To be called between points.
    #[inline(always)]
    pub(super) fn hand_over(&mut self) {
        if let Some(piece) = &mut self.piece
            && self.buf.len() >= PIECE
        {
            piece(&self.buf);
            self.buf.clear();
        }
    }

    #[inline(always)]
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.buf.extend_from_slice(bytes);
    }

    #[inline(always)]
    pub(super) fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.buf.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.buf.push(number as u8);
    }

    pub(super) fn tag(&mut self, field: u32, wire: Wire) {
        self.varint(u64::from(field << 3 | wire as u32));
    }

    pub(super) fn len_prefix(&mut self, field: u32, len: usize) {
        self.tag(field, Wire::Len);
        self.varint(len as u64);
    }

    /// Texts and bytes; nothing where they are empty.
    pub(super) fn bytes(&mut self, field: u32, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.len_prefix(field, bytes.len());
            self.raw(bytes);
        }
    }

    #[inline(always)]
    pub(super) fn fixed(&mut self, field: u32, bits: u64) {
        debug_assert!(field < 16, "the tag is one byte");
        let mut all = [0; 9];
        all[0] = (field << 3 | Wire::Fixed64 as u32) as u8;
        all[1..].copy_from_slice(&bits.to_le_bytes());
        self.raw(&all);
    }

    /// Two such fields: one look at the buffer's capacity instead of two.
    #[inline(always)]
    pub(super) fn fixed_pair(&mut self, first: (u32, u64), second: (u32, u64)) {
        debug_assert!(first.0 < 16 && second.0 < 16, "the tags are one byte each");
        let mut all = [0; 18];
        for (place, (field, bits)) in all.as_chunks_mut::<9>().0.iter_mut().zip([first, second]) {
            place[0] = (field << 3 | Wire::Fixed64 as u32) as u8;
            place[1..].copy_from_slice(&bits.to_le_bytes());
        }
        self.raw(&all);
    }

    /// The tag and length of a message that is short, as points are.
    #[inline(always)]
    pub(super) fn short_len_prefix(&mut self, field: u32, len: usize) {
        debug_assert!(field < 16, "the tag is one byte");
        let tag = field << 3 | Wire::Len as u32;
        // Four bytes at once, of which the last one or two are taken back: one look at the
        // buffer's capacity, and a store of a register.
        let low = len as u32;
        let (bytes, used) = match len {
            0..0x80 => (tag | low << 8, 2),
            0x80..0x4000 => (tag | (low & 0x7f | 0x80) << 8 | low >> 7 << 16, 3),
            _ => return self.len_prefix(field, len),
        };
        let end = self.buf.len() + used;
        self.raw(&bytes.to_le_bytes());
        self.buf.truncate(end);
    }

    /// Fixed-width numbers side by side.
    pub(super) fn packed_fixed<T: Copy>(&mut self, values: &[T], bits: impl Fn(T) -> u64) {
        let (blocks, rest) = values.as_chunks::<4>();
        for block in blocks {
            let mut bytes = [0; 32];
            for (place, value) in bytes.as_chunks_mut().0.iter_mut().zip(block) {
                *place = bits(*value).to_le_bytes();
            }
            self.raw(&bytes);
        }
        rest.iter().for_each(|value| self.raw(&bits(*value).to_le_bytes()));
    }

    /// Varints side by side.
    pub(super) fn packed_varints(&mut self, values: &[u64]) {
        if values.iter().fold(0, |all, value| all | value) < 0x80 {
            self.buf.extend(values.iter().map(|value| *value as u8));
        } else {
            values.iter().for_each(|value| self.varint(*value));
        }
    }
}

#[derive(Clone, Copy)]
pub(super) enum Wire {
    Varint = 0,
    Fixed64 = 1,
    Len = 2,
}

#[inline(always)]
pub(super) const fn varint_len(number: u64) -> usize {
    if number < 1 << 7 {
        1
    } else if number < 1 << 14 {
        2
    } else {
        // Seven bits a byte, rounded up.
        ((70 - number.leading_zeros()) / 7) as usize
    }
}

/// A field with a length in front; nothing where it is empty.
pub(super) const fn bytes_len(field: u32, len: usize) -> usize {
    if len == 0 { 0 } else { message_len(field, len) }
}

/// A message with its tag and length in front, also where it is empty.
pub(super) const fn message_len(field: u32, len: usize) -> usize {
    tag_len(field) + varint_len(len as u64) + len
}

pub(super) const fn tag_len(field: u32) -> usize {
    varint_len((field << 3) as u64)
}

/// A number that is left out where it is zero.
pub(super) const fn varint_field_len(field: u32, number: u64) -> usize {
    if number == 0 { 0 } else { tag_len(field) + varint_len(number) }
}

pub(super) const fn zigzag(number: i32) -> u64 {
    ((number << 1) ^ (number >> 31)) as u32 as u64
}

pub(super) fn packed_varints_len(values: &[u64]) -> usize {
    if values.iter().fold(0, |all, value| all | value) < 0x80 {
        values.len()
    } else {
        values.iter().map(|value| varint_len(*value)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varint_lengths_are_those_of_the_bytes() {
        for bits in 0..64 {
            for number in [1 << bits, (1 << bits) - 1, u64::MAX >> (63 - bits)] {
                let mut out = Out::whole(0);
                out.varint(number);
                assert_eq!(varint_len(number), out.finish().len(), "{number}");
            }
        }
    }

    #[test]
    fn pieces_are_handed_over_when_full_and_nothing_is_lost() {
        let mut pieces = Vec::new();
        let mut piece = |bytes: &[u8]| pieces.push(bytes.len());
        let mut out = Out::pieces(1 << 20, &mut piece);
        for _ in 0..3 {
            out.raw(&[0; PIECE - 1]);
            out.hand_over();
        }
        assert!(out.finish().is_empty());
        assert_eq!(pieces, [2 * (PIECE - 1), PIECE - 1]);
    }
}
