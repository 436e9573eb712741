use std::io::{self, IsTerminal, Write};

/// Where the figures are shown: a table that is drawn again in place on a terminal, a line each
/// time elsewhere.
#[derive(Debug)]
pub(super) struct Screen {
    is_terminal: bool,
    /// Lines of the table that stands there.
    drawn: usize,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self { is_terminal: io::stdout().is_terminal(), drawn: 0 }
    }

    pub(super) fn show(&mut self, line: &str, table: &[String]) {
        if self.is_terminal {
            self.draw(table);
        } else {
            println!("{line}");
        }
    }

    /// The table as it stays.
    pub(super) fn close(&mut self, table: &[String]) {
        self.draw(table);
    }

    fn draw(&mut self, lines: &[String]) {
        let mut text = String::new();
        if self.drawn > 0 {
            text.push_str(&format!("\x1b[{}A\x1b[J", self.drawn));
        }
        // A line that is wider than the terminal must not become two.
        let (clip, wrap) = if self.is_terminal { ("\x1b[?7l", "\x1b[?7h") } else { ("", "") };
        text.push_str(&format!("{clip}{}\n{wrap}", lines.join("\n")));
        if self.is_terminal {
            self.drawn = lines.len();
        }
        let mut out = io::stdout().lock();
        // Nobody looks any more if this fails; the exit code still counts.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

/// The head of the first column.
const NAMES: &str = "transport";

/// A column: its head, its width, and what it has for a transport.
pub(super) type Column<F> = (&'static str, usize, fn(&F) -> String);

/// A line of heads, and one for each transport.
pub(super) fn grid<'a, F: 'a>(
    columns: &[Column<F>],
    all: impl Iterator<Item = (&'static str, &'a F)> + Clone,
) -> Vec<String> {
    let names = all.clone().map(|(name, _)| name).chain([NAMES]);
    let name_width = names.map(str::len).max().unwrap_or_default() + 1;
    let row = |name: &str, cell: &dyn Fn(&Column<F>) -> String| {
        let cells = columns.iter().map(|column| format!("{:>1$}", cell(column), column.1));
        format!("{name:name_width$}{}", cells.collect::<String>())
    };
    let mut lines = vec![row(NAMES, &|column| column.0.to_owned())];
    lines.extend(all.map(|(name, figures)| row(name, &|column| column.2(figures))));
    lines
}
