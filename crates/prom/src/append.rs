/// Appends the first `len` of `bytes`. All are copied and the others taken back: a copy of fixed
/// length is a store or two, one of any length a call.
#[inline(always)]
pub(crate) fn append<const N: usize>(out: &mut Vec<u8>, bytes: [u8; N], len: usize) {
    debug_assert!(len <= N, "{len} of {N} bytes");
    let end = out.len() + len;
    out.extend_from_slice(&bytes);
    out.truncate(end);
}
