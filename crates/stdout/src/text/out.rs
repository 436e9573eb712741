use meterport_core::TooLarge;

/// Text up to a limit. What is beyond is counted, not kept.
pub(super) struct Out {
    limit: u64,
    size: u64,
    text: String,
}

impl Out {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, size: 0, text: String::new() }
    }

    /// A line, indented by two spaces a level, without spaces at its end.
    pub(super) fn line(&mut self, level: usize, text: &str) {
        let text = text.trim_end_matches(' ');
        let indent = if text.is_empty() { 0 } else { 2 * level };
        self.size = self.size.saturating_add((indent + text.len() + 1) as u64);
        if self.size > self.limit {
            self.text = String::new();
            return;
        }
        self.text.extend(std::iter::repeat_n(' ', indent));
        self.text.push_str(text);
        self.text.push('\n');
    }

    pub(super) fn finish(self) -> Result<String, TooLarge> {
        if self.size > self.limit { Err(TooLarge { size: self.size }) } else { Ok(self.text) }
    }
}
