//! Pages with bytes that nobody meant: whatever comes, there is an answer.

use meterport_core::Timestamp;
use meterport_prom::{Escaping, Exposition, Format, Translation};
use meterport_prom_scrape::PageReader;
use meterport_testkit::strategy::{Numbers, batches};

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

/// What parsers stumble over.
const PIECES: [&[u8]; 14] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"\n",
    b" # {",
    b"=",
    b",",
    b"\0",
    b"\xff",
    b"# TYPE ",
    b"_bucket",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"1e999999999999",
];

fn mutate(page: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.below(3) {
        let at = dice.below(page.len());
        let to = (at + dice.below(12)).min(page.len());
        match dice.below(5) {
            0 => drop(page.splice(at..to, [])),
            1 => drop(page.splice(at..at, PIECES[dice.below(PIECES.len())].iter().copied())),
            2 => page.truncate(to),
            3 if at < page.len() => page[at] = dice.below(256) as u8,
            _ => {
                let copy = page[at..to].to_vec();
                let place = dice.below(page.len());
                drop(page.splice(place..place, copy));
            }
        }
    }
}

#[test]
fn no_page_is_too_odd() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut read, mut refused) = (0, 0);
    for batch in batches(Numbers::Any, 150, 31) {
        for format in [Format::OpenMetrics1, Format::Protobuf, Format::Text] {
            let exposition = Exposition::new(Translation::verbatim(), format, Escaping::AllowUtf8)
                .with_created_lines(true);
            let page = exposition.write(&batch).bytes;
            for _ in 0..40 {
                let mut page = page.clone();
                mutate(&mut page, &mut dice);
                let one = PageReader::new().read(&page, format, Timestamp::from_secs(1));
                match one {
                    // What was read can be written.
                    Ok(batch) => {
                        exposition.write(&batch);
                        read += 1;
                    }
                    Err(wrong) => {
                        assert!(!wrong.problem().is_empty());
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(read > 1_000 && refused > 1_000, "{read} read, {refused} refused");
}
