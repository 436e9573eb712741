use http::HeaderMap;

/// What is in a request, or what of it was written: Remote Write counts these, and not points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the specification's three")]
pub struct Written {
    /// Samples that are floats. A classic histogram has one for each bucket, and two more.
    pub samples: u64,
    /// Native histograms.
    pub histograms: u64,
    /// Exemplars.
    pub exemplars: u64,
}

const SAMPLES: &str = "x-prometheus-remote-write-samples-written";
const HISTOGRAMS: &str = "x-prometheus-remote-write-histograms-written";
const EXEMPLARS: &str = "x-prometheus-remote-write-exemplars-written";

impl Written {
    /// What the headers of an answer say; one that is missing or no number means zero (Remote
    /// Write 2.0, "Required Written Response Headers").
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let number = |name| {
            let text = headers.get(name).and_then(|value| value.to_str().ok());
            text.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
        };
        Self {
            samples: number(SAMPLES),
            histograms: number(HISTOGRAMS),
            exemplars: number(EXEMPLARS),
        }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Samples and histograms.
    pub(crate) fn values(&self) -> u64 {
        self.samples.saturating_add(self.histograms)
    }

    /// What of this is not in `other`.
    pub(crate) fn without(&self, other: &Self) -> Self {
        Self {
            samples: self.samples.saturating_sub(other.samples),
            histograms: self.histograms.saturating_sub(other.histograms),
            exemplars: self.exemplars.saturating_sub(other.exemplars),
        }
    }
}
