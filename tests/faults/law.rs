//! What may come of a fault.

use fidoctl::client::Error;

use crate::Case;
use crate::operations::{Ended, Keys, Worth};

/// What came of a case.
pub(crate) struct Verdict {
    /// The result's worth, or the name of the error.
    pub(crate) what: String,
    /// What is wrong with that.
    pub(crate) problem: Option<String>,
}

pub(crate) const RIGHT: &str = "right result";
pub(crate) const INCOMPLETE: &str = "told incomplete";
pub(crate) const ALTERED: &str = "altered";

/// Errors with which the client says that the PIN was not taken.
const PIN_ERRORS: [&str; 3] = ["PinInvalid", "PinAuthBlocked", "PinBlocked"];

pub(crate) fn judge(keys: &Keys, case: &Case) -> Verdict {
    let faults = case.script().parse().unwrap();
    let Ended { result, run } = keys.attempt(case.operation, &faults);
    let Some(result) = result else {
        return Verdict { what: "panic".to_owned(), problem: Some("it panicked".to_owned()) };
    };
    let what = match &result {
        Ok(Worth::Right) => RIGHT.to_owned(),
        Ok(Worth::Incomplete) => INCOMPLETE.to_owned(),
        Ok(Worth::Altered) => ALTERED.to_owned(),
        Ok(Worth::Wrong) => "wrong result".to_owned(),
        Err(error) => name(error),
    };
    let spent = run.state.summary().pin_retries < keys.tries_before(case.operation);
    // A key that reports success cannot be seen through.
    let told = PIN_ERRORS.contains(&what.as_str())
        || what == ALTERED
        || run.heard.iter().any(|heard| heard.contains("PinTryUncertain"));
    let problem = if !run.in_time {
        Some(format!("it did not end in time, but with {what}"))
    } else if spent && !told {
        Some(format!("a PIN try was spent and not told: {what}, {:?}", run.heard))
    } else if !is_right(case, &what, &run.heard, &result) {
        Some(format!("{result:?}"))
    } else {
        None
    };
    Verdict { what, problem }
}

/// Tells whether this may come of the fault.
fn is_right(case: &Case, what: &str, heard: &[String], result: &Result<Worth, Error>) -> bool {
    let fault = case.fault.split('=').next().unwrap_or_default();
    let bytes_differ = matches!(fault, "corrupt" | "truncate") || case.fault == "status=0x00";
    match result {
        Ok(Worth::Wrong) => return false,
        Ok(Worth::Altered) => return bytes_differ,
        // Nobody would expect it with the wrong PIN.
        Ok(Worth::Right) if case.operation.has_wrong_pin() => return false,
        _ => {}
    }
    let fell_back = heard.iter().any(|heard| heard == "FallingBackToU2f");
    let ends_alike = if case.operation.has_wrong_pin() { "PinInvalid" } else { RIGHT };
    let opening = case.place == "message" && case.number == 1;
    let allowed: &[&str] = match (case.fault, case.place) {
        ("vanish", _) => &["Transport(Pipe(Gone))"],
        ("busy" | "busy=5" | "delay=300", "message") => &[],
        ("busy=always", _) => &["Transport(Busy)"],
        ("keepalive" | "keepalive=touch", _) if opening => &["Transport(NoAnswer)"],
        ("keepalive" | "keepalive=touch", _) => &["Transport(Interrupted)"],
        ("drop" | "channel" | "delay=20000", "message") => &["Transport(NoAnswer)"],
        // A new channel: what the key remembered for the old one is gone.
        ("error=0x0b", _) => &["Refused"],
        // Its answer to the first question says that it does not speak CTAP2.
        ("error=0x01", _) if fell_back => return true,
        _ if fault == "error" => &["Transport(Refused)"],
        _ => return !what.starts_with("Transport(Interrupted"),
    };
    what == ends_alike || allowed.contains(&what)
}

/// Names an error as far as it is told apart.
fn name(error: &Error) -> String {
    let text = format!("{error:?}");
    let word = |text: &str| -> String {
        text.chars().take_while(|character| character.is_alphanumeric()).collect()
    };
    let outer = word(&text);
    if outer != "Transport" {
        return outer;
    }
    let inner = text.trim_start_matches("Transport(");
    match word(inner).as_str() {
        "Pipe" => format!("Transport(Pipe({}))", word(inner.trim_start_matches("Pipe("))),
        inner => format!("Transport({inner})"),
    }
}
