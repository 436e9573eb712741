use meterport_testkit::{Authority, Leaf};
use proptest::prelude::*;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use super::*;

fn der(leaf: Leaf) -> Vec<u8> {
    let issued = Authority::new("authority").issue(leaf);
    CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes()).unwrap().to_vec()
}

fn encode(tag: u8, text: &str) -> Vec<u8> {
    [&[tag, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

fn seconds(tag: u8, text: &str) -> Option<i64> {
    time(&encode(tag, text)).map(|(seconds, _)| seconds)
}

#[test]
fn a_certificate_says_when_it_is_valid() {
    let table = [
        (Leaf::client("me").expired(), "2000-01-01", 946_684_800, 978_307_200),
        // Years from 2050 on have another form.
        (Leaf::client("me").not_yet_valid(), "4000-01-01", 64_060_588_800, 67_090_118_400),
    ];
    for (leaf, what, not_before, not_after) in table {
        let validity = Validity::read(&der(leaf));
        assert_eq!(validity, Some(Validity { not_before, not_after }), "{what}");
    }
}

#[test]
fn both_ends_are_inside_and_a_clock_may_be_a_little_behind() {
    let validity = Validity { not_before: 10_000, not_after: 20_000 };
    let table = [
        (0, Some(Fault::NotYetValid(10_000))),
        (10_000 - CLOCK_SKEW - 1, Some(Fault::NotYetValid(10_000))),
        (10_000 - CLOCK_SKEW, None),
        (10_000, None),
        (20_000, None),
        (20_001, Some(Fault::Expired(20_000))),
    ];
    for (now, fault) in table {
        let now = UNIX_EPOCH + Duration::from_secs(now.try_into().unwrap());
        assert_eq!(validity.fault(now), fault, "{now:?}");
    }
    let before_1970 = UNIX_EPOCH - Duration::from_secs(1);
    assert_eq!(validity.fault(before_1970), Some(Fault::NotYetValid(10_000)));
    // No end (RFC 5280, 4.1.2.5).
    let endless = Validity { not_before: 0, not_after: seconds(0x18, "99991231235959Z").unwrap() };
    assert_eq!(endless.fault(SystemTime::now()), None);
}

#[test]
fn times_have_two_forms_and_no_others() {
    let table = [
        (UTC_TIME, "700101000000Z", Some(0)),
        (UTC_TIME, "500101000000Z", Some(-631_152_000)),
        (UTC_TIME, "491231235959Z", Some(2_524_607_999)),
        (UTC_TIME, "240229120000Z", Some(1_709_208_000)),
        (GENERALIZED_TIME, "20500101000000Z", Some(2_524_608_000)),
        (GENERALIZED_TIME, "00010101000000Z", Some(-62_135_596_800)),
        (GENERALIZED_TIME, "99991231235959Z", Some(253_402_300_799)),
        (UTC_TIME, "700101000000", None),
        (UTC_TIME, "7001010000Z", None),
        (UTC_TIME, "700101000000+0100", None),
        (UTC_TIME, "20500101000000Z", None),
        (GENERALIZED_TIME, "700101000000Z", None),
        (GENERALIZED_TIME, "20500101000000.5Z", None),
        (UTC_TIME, "701301000000Z", None),
        (UTC_TIME, "700001000000Z", None),
        (UTC_TIME, "700132000000Z", None),
        (UTC_TIME, "700100000000Z", None),
        (UTC_TIME, "700101240000Z", None),
        (UTC_TIME, "700101006000Z", None),
        (UTC_TIME, "700101000061Z", None),
        (UTC_TIME, "70010100000xZ", None),
        (UTC_TIME, "", None),
        (INTEGER, "700101000000Z", None),
    ];
    for (tag, text, expected) in table {
        assert_eq!(seconds(tag, text), expected, "{tag:#x} {text}");
    }
}

#[test]
fn words_are_found_for_every_date() {
    assert_eq!(date(i64::MIN), "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_eq!(date(i64::MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
}

#[test]
fn a_certificate_that_is_cut_off_anywhere_says_nothing() {
    let whole = der(Leaf::server(["localhost"]));
    for length in 0..whole.len() {
        assert_eq!(Validity::read(&whole[..length]), None, "{length}");
    }
}

proptest! {
    #[test]
    fn a_date_is_what_another_calendar_makes_of_it(at in 0_i64..253_402_300_800) {
        // "Sun, 06 Nov 1994 08:49:37 GMT"
        let text = date(at);
        let words: Vec<&str> = text.split([' ', ':']).collect();
        let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
        let month = months.find(words[2]).unwrap() / 3 + 1;
        let [day, year, hour, minute, second] = [1, 3, 4, 5, 6].map(|word| words[word]);
        let text = format!("{year}{month:02}{day}{hour}{minute}{second}Z");
        prop_assert_eq!(seconds(GENERALIZED_TIME, &text), Some(at));
    }

    #[test]
    fn no_bytes_are_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        Validity::read(&bytes);
    }

    #[test]
    fn no_damage_is_too_much(
        damage in proptest::collection::vec((0_usize..300, any::<u8>()), 1..6),
    ) {
        thread_local!(static WHOLE: Vec<u8> = der(Leaf::client("me")));
        let mut bytes = WHOLE.with(Clone::clone);
        for (at, byte) in damage {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        if let Some(validity) = Validity::read(&bytes) {
            // Whatever it says, there are words for it.
            validity.fault(SystemTime::now()).map(|fault| fault.to_string());
        }
    }
}
