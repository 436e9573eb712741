use std::sync::Arc;

use meterport_core::{AttributeSet, Series};

use super::*;

fn series(rows: std::ops::Range<i64>) -> Series {
    rows.map(|row| AttributeSet::from([("row", row)])).collect()
}

#[test]
fn a_series_keeps_its_number_in_whatever_chunk_it_comes() {
    let (mut slots, mut room) = (Slots::default(), 1_000);
    let first = slots.resolve(&series(0..300), &mut room);
    assert_eq!(first, (0..300).collect::<Vec<_>>());
    assert_eq!(slots.resolve(&series(100..400), &mut room), (100..400).collect::<Vec<_>>());
    assert_eq!((room, slots.len()), (600, 400));
}

#[test]
fn without_room_there_is_no_number_until_one_is_given_back() {
    let (mut slots, mut room) = (Slots::default(), 2);
    let all = series(0..3);
    assert_eq!(slots.resolve(&all, &mut room), [0, 1, NO_SLOT]);
    room += slots.retain(|slot| slot != 0);
    assert_eq!(slots.resolve(&series(1..3), &mut room), [1, 0]);
    assert_eq!(slots.resolve(&all, &mut room), [NO_SLOT, 1, 0], "nothing stale is remembered");
}

#[test]
fn chunks_that_have_gone_are_forgotten() {
    let (mut slots, mut room) = (Slots::default(), 10);
    for _ in 0..1_000 {
        slots.resolve(&series(0..1), &mut room);
    }
    assert!(slots.chunks.len() <= 19, "{}", slots.chunks.len());
}

#[test]
fn a_row_that_was_not_asked_for_takes_no_room() {
    let chunk = Arc::clone(series(0..5).runs()[0].chunk());
    let (mut slots, mut room) = (Slots::default(), 5);
    let some = Series::from_runs([(chunk, 3..5)]);
    assert_eq!(slots.resolve(&some, &mut room), [0, 1]);
    assert_eq!((room, slots.get(&AttributeSet::from([("row", 0)]))), (3, None));
}
