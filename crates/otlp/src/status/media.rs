/// The media type of a body, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    Json,
    /// Nobody said.
    Missing,
    /// None of the others.
    Other,
    Protobuf,
    /// For people to read.
    Text,
}

impl Media {
    /// From a `Content-Type`, whose parameters do not matter.
    pub(super) fn of(content_type: Option<&str>) -> Self {
        let Some(content_type) = content_type else { return Self::Missing };
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let is = |name: &str| essence.eq_ignore_ascii_case(name);
        if essence.is_empty() {
            Self::Missing
        } else if is("application/x-protobuf") || is("application/protobuf") {
            Self::Protobuf
        } else if is("application/json") {
            Self::Json
        } else if is("text/plain") || is("application/problem+json") {
            Self::Text
        } else {
            Self::Other
        }
    }
}
