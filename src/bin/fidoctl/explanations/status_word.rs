//! U2F's status words.

use fidoctl::u2f::StatusWord;

use super::{Explanation, LOOK_CLOSER};
use crate::failure::Kind;

/// Those with a meaning of their own.
pub const STATUS_WORDS: [StatusWord; 8] = [
    StatusWord::NO_ERROR,
    StatusWord::CONDITIONS_NOT_SATISFIED,
    StatusWord::COMMAND_NOT_ALLOWED,
    StatusWord::WRONG_DATA,
    StatusWord::WRONG_LENGTH,
    StatusWord::INS_NOT_SUPPORTED,
    StatusWord::CLA_NOT_SUPPORTED,
    StatusWord::NO_PRECISE_DIAGNOSIS,
];

/// Says what a status word means.
pub fn explain_status_word(status: StatusWord) -> Explanation {
    let (kind, sentence, next_step) = match status {
        StatusWord::NO_ERROR => {
            let sentence = "the key did what it was asked";
            return Explanation { sentence, next_step: None, kind: None };
        }
        StatusWord::CONDITIONS_NOT_SATISFIED => (
            Kind::NO_TOUCH,
            "the key wants a touch; to a check-only request it says that the key handle is known",
            "touch the key and send it again",
        ),
        StatusWord::COMMAND_NOT_ALLOWED => (
            Kind::UNSUPPORTED,
            "U2F is switched off on this key, as it always wants the user verified",
            "use CTAP2 with this key",
        ),
        StatusWord::WRONG_DATA => (
            Kind::NO_CREDENTIALS,
            "the key handle is not of this key, or not for this relying party",
            "check that this is the key that was registered",
        ),
        StatusWord::WRONG_LENGTH => {
            (Kind::REFUSED, "the message has a length that the key does not take", LOOK_CLOSER)
        }
        StatusWord::INS_NOT_SUPPORTED => (
            Kind::UNSUPPORTED,
            "the key does not know this instruction",
            "see what this key can do with 'fidoctl info'",
        ),
        StatusWord::CLA_NOT_SUPPORTED => (
            Kind::UNSUPPORTED,
            "the key does not know this class of instructions",
            "see what this key can do with 'fidoctl info'",
        ),
        StatusWord::NO_PRECISE_DIAGNOSIS => (
            Kind::REFUSED,
            "the key failed and does not say why",
            "unplug the key, plug it in again, then run it again",
        ),
        StatusWord(0x63C0..=0x63CF) => (
            Kind::PIN_INVALID,
            "a PIN of the vendor's own is wrong; the last digit counts the tries left",
            "unlock the key with its vendor's program",
        ),
        StatusWord(_) => {
            (Kind::REFUSED, "a number that the standard leaves unassigned", LOOK_CLOSER)
        }
    };
    Explanation { sentence, next_step: Some(next_step), kind: Some(kind) }
}
