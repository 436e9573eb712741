use super::clause::clauses;

/// How an answer's body is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentEncoding {
    /// gzip.
    Gzip,
    /// Not at all.
    #[default]
    Identity,
    /// zstd.
    Zstd,
}

impl ContentEncoding {
    /// The name in Accept-Encoding and Content-Encoding.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Identity => "identity",
            Self::Zstd => "zstd",
        }
    }
}

/// The compression for an `Accept-Encoding` header (RFC 9110, section 12.5.3): of those `offered`
/// the one liked best, of equally liked ones the one offered first. Nothing else leads to
/// [`ContentEncoding::Identity`], also where that is refused: an answer is better than none.
///
/// ```
/// use meterport_prom::{ContentEncoding, negotiate_encoding};
///
/// let offered = [ContentEncoding::Zstd, ContentEncoding::Gzip];
/// assert_eq!(negotiate_encoding("gzip", &offered), ContentEncoding::Gzip);
/// assert_eq!(negotiate_encoding("gzip, zstd", &offered), ContentEncoding::Zstd);
/// assert_eq!(negotiate_encoding("", &offered), ContentEncoding::Identity);
/// ```
pub fn negotiate_encoding(accept_encoding: &str, offered: &[ContentEncoding]) -> ContentEncoding {
    let clauses = clauses(accept_encoding);
    let quality = |encoding: ContentEncoding| {
        let named = |name: &str| {
            let found = clauses.iter().find(|clause| clause.value.eq_ignore_ascii_case(name));
            found.map(|clause| clause.quality)
        };
        let gzip = || (encoding == ContentEncoding::Gzip).then(|| named("x-gzip")).flatten();
        named(encoding.as_str()).or_else(gzip).or_else(|| named("*"))
    };
    // Uncompressed can be had without being named, but what is named comes first.
    let mut best = (ContentEncoding::Identity, quality(ContentEncoding::Identity).unwrap_or(0.0));
    for encoding in offered.iter().copied().filter(|one| *one != ContentEncoding::Identity) {
        let liked = quality(encoding).unwrap_or(0.0);
        let is_better =
            if best.0 == ContentEncoding::Identity { liked >= best.1 } else { liked > best.1 };
        if liked > 0.0 && is_better {
            best = (encoding, liked);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use ContentEncoding::{Gzip, Identity, Zstd};

    #[test]
    fn what_is_liked_best_and_offered_is_taken() {
        #[rustfmt::skip]
        let table: [(&str, &[ContentEncoding], ContentEncoding); 17] = [
            ("", &[Gzip, Zstd], Identity),
            ("identity", &[Gzip, Zstd], Identity),
            ("gzip", &[Gzip, Zstd], Gzip),
            ("GZIP", &[Gzip, Zstd], Gzip),
            ("x-gzip", &[Gzip, Zstd], Gzip),
            ("gzip, zstd", &[Gzip, Zstd], Gzip),
            ("gzip, zstd", &[Zstd, Gzip], Zstd),
            ("gzip;q=0.5, zstd;q=0.9", &[Gzip, Zstd], Zstd),
            ("gzip, deflate, br, zstd", &[Gzip], Gzip),
            ("br", &[Gzip, Zstd], Identity),
            ("gzip;q=0", &[Gzip, Zstd], Identity),
            ("*", &[Gzip, Zstd], Gzip),
            ("*, gzip;q=0", &[Gzip, Zstd], Zstd),
            ("identity;q=0.9, gzip;q=0.5", &[Gzip], Identity),
            ("identity;q=0.5, gzip;q=0.5", &[Gzip], Gzip),
            ("identity;q=0", &[Gzip], Identity),
            ("zstd", &[], Identity),
        ];
        for (header, offered, expected) in table {
            assert_eq!(negotiate_encoding(header, offered), expected, "{header:?} of {offered:?}");
        }
    }
}
