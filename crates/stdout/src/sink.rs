//! Where the text goes.

use std::io::{self, Write};

/// A writer that takes whole texts.
pub(crate) struct Sink {
    target: Target,
    /// The last text was cut short.
    torn: bool,
}

enum Target {
    Stdout,
    Writer(Box<dyn Write + Send>),
}

/// A text that did not get through.
#[derive(Debug)]
pub(crate) struct Unwritten {
    pub(crate) cause: Cause,
    /// Bytes that the writer took before.
    pub(crate) written: usize,
}

#[derive(Debug)]
pub(crate) enum Cause {
    Deadline,
    Io(io::Error),
}

/// What one call of the writer gets: between two calls, the deadline is looked at.
const PIECE: usize = 64 * 1024;

impl Sink {
    pub(crate) fn stdout() -> Self {
        Self { target: Target::Stdout, torn: false }
    }

    pub(crate) fn writer(writer: Box<dyn Write + Send>) -> Self {
        Self { target: Target::Writer(writer), torn: false }
    }

    /// Writes and flushes all of `text`. Nobody else gets to write to the process's standard
    /// output in between.
    pub(crate) fn write(
        &mut self,
        text: &[u8],
        is_late: &dyn Fn() -> bool,
    ) -> Result<(), Unwritten> {
        let torn = self.torn;
        let result = self.locked(|writer| {
            // What follows a text that was cut short begins on a line of its own.
            if torn {
                write_all(writer, b"\n", is_late)
                    .map_err(|unwritten| Unwritten { written: 0, ..unwritten })?;
            }
            write_all(writer, text, is_late)
        });
        match &result {
            Ok(()) => self.torn = false,
            Err(unwritten) => self.torn |= (1..text.len()).contains(&unwritten.written),
        }
        result
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.locked(|writer| writer.flush())
    }

    fn locked<T>(&mut self, use_it: impl FnOnce(&mut dyn Write) -> T) -> T {
        match &mut self.target {
            Target::Stdout => use_it(&mut io::stdout().lock()),
            Target::Writer(writer) => use_it(writer),
        }
    }
}

fn write_all(
    writer: &mut dyn Write,
    text: &[u8],
    is_late: &dyn Fn() -> bool,
) -> Result<(), Unwritten> {
    let mut written = 0;
    while written < text.len() {
        if is_late() {
            return Err(Unwritten { cause: Cause::Deadline, written });
        }
        let piece = &text[written..text.len().min(written + PIECE)];
        match writer.write(piece) {
            Ok(0) => {
                let cause = Cause::Io(io::ErrorKind::WriteZero.into());
                return Err(Unwritten { cause, written });
            }
            // A writer that claims more than it was given is not believed.
            Ok(taken) => written += taken.min(piece.len()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Unwritten { cause: Cause::Io(error), written }),
        }
    }
    writer.flush().map_err(|error| Unwritten { cause: Cause::Io(error), written })
}
