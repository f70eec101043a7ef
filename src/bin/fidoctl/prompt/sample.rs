//! What a fingerprint sensor says of a sample, in sentences.

use fidoctl::ctap2::SampleStatus;

/// Says what became of a sample and how many are still wanted.
pub fn sample_text(status: SampleStatus, remaining: u64) -> String {
    let left = match remaining {
        0 => "that was the last one".to_owned(),
        1 => "1 more".to_owned(),
        more => format!("{more} more"),
    };
    match fault(status) {
        None => format!("good sample, {left}"),
        Some(fault) => format!("{fault} ({left})"),
    }
}

/// Says what was wrong with a sample and what to do; `None` for a good one.
fn fault(status: SampleStatus) -> Option<String> {
    let text = match status {
        SampleStatus::GOOD => return None,
        SampleStatus::TOO_HIGH => "too high: put the finger lower",
        SampleStatus::TOO_LOW => "too low: put the finger higher",
        SampleStatus::TOO_LEFT => "too far left: put the finger more to the right",
        SampleStatus::TOO_RIGHT => "too far right: put the finger more to the left",
        SampleStatus::TOO_FAST => "too fast: leave the finger on the sensor a little longer",
        SampleStatus::TOO_SLOW => "too slow: move the finger faster",
        SampleStatus::POOR_QUALITY => "poor sample: clean and dry finger and sensor",
        SampleStatus::TOO_SKEWED => "the finger lay at an angle: put it on straight",
        SampleStatus::TOO_SHORT => "too little of the finger: cover the whole sensor",
        SampleStatus::MERGE_FAILURE => "does not fit the other samples: use the same finger",
        SampleStatus::EXISTS => "this finger is enrolled already: use another",
        SampleStatus::NO_USER_ACTIVITY => "no finger seen: put it on the sensor",
        SampleStatus::NO_USER_PRESENCE_TRANSITION => "lift the finger, then put it on again",
        SampleStatus(number) => {
            return Some(format!("not usable (status 0x{number:02x}): try again"));
        }
    };
    Some(text.to_owned())
}
