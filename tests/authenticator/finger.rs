//! Fingers by script.

use std::time::Duration;

use fidoctl::authenticator::{Finger, FingerScript, FingerSource};
use fidoctl::ctap2::SampleStatus;

const NOW: Duration = Duration::from_secs(5);

fn script(text: &str) -> FingerScript {
    text.parse().unwrap()
}

#[test]
fn fingers_come_in_turn_and_the_last_one_stays() {
    let mut fingers = script("wrong,too-fast,auto");
    let felt: Vec<_> = (0..4).map(|_| fingers.finger(NOW, NOW)).collect();
    let too_fast = Finger::Unusable(SampleStatus::TOO_FAST);
    assert_eq!(felt, [Finger::Wrong, too_fast, Finger::Right, Finger::Right]);
}

#[test]
fn a_missing_finger_stays_away_for_one_question() {
    let mut fingers = script("never,wrong");
    let (first, second) = (Duration::from_secs(1), Duration::from_secs(2));
    assert_eq!(fingers.finger(first, NOW), Finger::Waiting);
    assert_eq!(fingers.finger(first, NOW), Finger::Waiting);
    assert_eq!(fingers.finger(second, NOW), Finger::Wrong);
}

#[test]
fn every_fault_of_a_sample_has_a_word() {
    for status in SampleStatus::ALL.iter().filter(|status| **status != SampleStatus::GOOD) {
        let felt = script(status.word()).finger(NOW, NOW);
        assert_eq!(felt, Finger::Unusable(*status));
    }
}

#[test]
fn words_without_a_meaning_are_refused() {
    for text in ["", "right", "auto,", "good", "unassigned", "auto never"] {
        assert!(text.parse::<FingerScript>().is_err(), "{text:?}");
    }
}

#[test]
fn a_script_is_written_as_it_is_read() {
    let text = "never,wrong,no-user-activity,auto";
    assert_eq!(script(text).to_string(), text);
}
