//! CTAP2's status bytes (CTAP 2.2 §8.2).

use std::ops::RangeInclusive;

use fidoctl::ctap2::Status;

use super::{Explanation, LOOK_CLOSER};
use crate::failure::Kind;

const SEE_INFO: &str = "see what this key can do with 'fidoctl info'";
const TOUCH: &str = "run it again and touch the key when it blinks";
const FEWER: &str = "name fewer credentials, or shorter names";
const AGAIN: &str = "close other programs that use the key, then run it again";
const REPLUG: &str = "unplug the key, plug it in again, then run it again";
const PIN_AGAIN: &str = "run it again and give the PIN once more";
const NONE: &str = "";

/// Status bytes, what kind of failure they are, the sentence, the next step.
type Row = (RangeInclusive<u8>, Kind, &'static str, &'static str);

/// Everything but success. The first row that holds a status counts; the last one holds them all.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    (0x01..=0x01, Kind::UNSUPPORTED, "the key does not know this command", SEE_INFO),
    (0x02..=0x02, Kind::REFUSED, "a parameter of the request is out of range, or not allowed here", LOOK_CLOSER),
    (0x03..=0x03, Kind::REFUSED, "the request, or something in it, has a length that the key does not take", "try shorter names or less data"),
    (0x04..=0x04, Kind::KEY_BUSY, "the parts of a message came out of order, as when two programs use the key at once", AGAIN),
    (0x05..=0x05, Kind::KEY_SILENT, "the key waited in vain, for the rest of a message or for a touch", REPLUG),
    (0x06..=0x06, Kind::KEY_BUSY, "another program is using the key", AGAIN),
    (0x0A..=0x0A, Kind::KEY_BUSY, "the key takes this only from a program that has locked it", AGAIN),
    (0x0B..=0x0B, Kind::KEY_BUSY, "the key has forgotten the channel that this program speaks on", "run it again"),
    (0x11..=0x11, Kind::REFUSED, "the key found a value of an unexpected type in the request", LOOK_CLOSER),
    (0x12..=0x12, Kind::REFUSED, "the key could not read the request", LOOK_CLOSER),
    (0x14..=0x14, Kind::REFUSED, "the key misses a parameter in the request", LOOK_CLOSER),
    (0x15..=0x15, Kind::UNSUPPORTED, "the request holds more than the key takes at once", FEWER),
    (0x16..=0x16, Kind::UNSUPPORTED, "the key does not support an extension in the request", SEE_INFO),
    (0x17..=0x17, Kind::KEY_FULL, "the key has no room for another fingerprint", "remove a fingerprint that is no longer needed"),
    (0x18..=0x18, Kind::KEY_FULL, "the key has no room for this large blob", "delete a blob that is no longer needed, or store a smaller one"),
    (0x19..=0x19, Kind::ALREADY_REGISTERED, "this key is already registered: a credential that the request excludes is on it", "use another key, or sign in with this one; some keys say so of another service's credential too: leave it off the list"),
    (0x21..=0x21, Kind::KEY_BUSY, "the key is still at work", "wait a moment, then run it again"),
    (0x22..=0x22, Kind::NO_CREDENTIALS, "the credential is not one of this key", "check that this is the key that was registered"),
    (0x23..=0x23, Kind::NO_TOUCH, "the key is waiting for a touch", TOUCH),
    (0x24..=0x24, Kind::KEY_BUSY, "the key is still at work on something else", "wait a moment, then run it again"),
    (0x25..=0x25, Kind::REFUSED, "nothing is under way on the key that could go on", "run it again from the start"),
    (0x26..=0x26, Kind::UNSUPPORTED, "the key supports none of the algorithms asked for", SEE_INFO),
    (0x27..=0x27, Kind::DENIED, "the request was denied on the key: by the person, by the key's policy, or for want of a touch", TOUCH),
    (0x28..=0x28, Kind::KEY_FULL, "the key has no room for another discoverable credential", "delete a credential that is no longer needed, or enroll with --rk discouraged"),
    (0x29..=0x2A, Kind::REFUSED, "nothing is under way on the key, it says in words that CTAP 2.0 gave up", "run it again from the start"),
    (0x2B..=0x2B, Kind::UNSUPPORTED, "the key does not support an option in the request", SEE_INFO),
    (0x2C..=0x2C, Kind::REFUSED, "an option in the request is not valid now: what it needs is not set up, or what it names is not there", "see what is set up on this key with 'fidoctl info'"),
    (0x2D..=0x2D, Kind::INTERRUPTED, "the request was cancelled", NONE),
    (0x2E..=0x2E, Kind::NO_CREDENTIALS, "no matching credential is on this key, or it shows itself only after user verification", "check that this is the key that was registered; some credentials show only with --uv required"),
    (0x2F..=0x2F, Kind::NO_TOUCH, "nobody touched the key in time", TOUCH),
    (0x30..=0x30, Kind::REFUSED, "the key does not allow this now", "for a reset, unplug the key, plug it in again and confirm within seconds"),
    (0x31..=0x31, Kind::PIN_INVALID, "the PIN is wrong", "try again; after three wrong PINs the key must be unplugged and plugged in again"),
    (0x32..=0x32, Kind::PIN_BLOCKED, "no PIN tries are left: the PIN is blocked for good", "reset the key with 'fidoctl reset': it erases every credential on it"),
    (0x33..=0x33, Kind::NOT_VERIFIED, "the proof that the PIN was given does not hold: it is too old, or meant for something else", PIN_AGAIN),
    (0x34..=0x34, Kind::PIN_AUTH_BLOCKED, "after three wrong PINs the key takes none until it is unplugged", "unplug the key, plug it in again, then try once more"),
    (0x35..=0x35, Kind::PIN_NOT_SET, "the key wants a PIN for this, and none is set", "set a PIN with 'fidoctl pin set'"),
    (0x36..=0x36, Kind::PIN_NEEDED, "the key wants the PIN or a fingerprint for this", "give the PIN, or verify yourself on the key"),
    (0x37..=0x37, Kind::PIN_UNFIT, "the key refuses the PIN: it breaks the key's rules, or must be changed first", "choose another PIN: 'fidoctl info' shows the key's rules"),
    (0x38..=0x38, Kind::NOT_VERIFIED, "the proof that the PIN was given is too old", PIN_AGAIN),
    (0x39..=0x39, Kind::UNSUPPORTED, "the request is longer than the key takes", FEWER),
    (0x3A..=0x3A, Kind::NO_TOUCH, "the operation took too long: nobody touched the key in time", TOUCH),
    (0x3B..=0x3B, Kind::NO_TOUCH, "the key wants a touch for this", TOUCH),
    (0x3C..=0x3C, Kind::NOT_VERIFIED, "the key's own verification is blocked after too many failures", "give the PIN: the right one unblocks the fingerprint too"),
    (0x3D..=0x3D, Kind::REFUSED, "the large blobs do not match their checksum: damaged, or written by two programs at once", AGAIN),
    (0x3E..=0x3E, Kind::UNSUPPORTED, "the key does not know this subcommand", SEE_INFO),
    (0x3F..=0x3F, Kind::NOT_VERIFIED, "the key did not recognise the person", "try again with a clean, dry finger"),
    (0x40..=0x40, Kind::UNSUPPORTED, "the key cannot permit this: the feature behind it is missing", SEE_INFO),
    (0x7F..=0x7F, Kind::REFUSED, "the key failed and does not say why", REPLUG),
    (0xDF..=0xDF, Kind::REFUSED, "the end of the standard's range, which says nothing", LOOK_CLOSER),
    (0xE0..=0xEF, Kind::REFUSED, "an error of an extension, which only the extension's own standard explains", LOOK_CLOSER),
    (0xF0..=0xFF, Kind::REFUSED, "an error of the vendor's own", "ask the key's vendor what the number means"),
    (0x00..=0xFF, Kind::REFUSED, "a number that the standard leaves unassigned", LOOK_CLOSER),
];

/// Says what a status byte means.
pub fn explain_status(status: Status) -> Explanation {
    if status == Status::SUCCESS {
        return Explanation {
            sentence: "the key did what it was asked",
            next_step: None,
            kind: None,
        };
    }
    let row = TABLE.iter().find(|(statuses, ..)| statuses.contains(&status.0));
    let (kind, sentence, next_step) = row.map_or(
        (Kind::REFUSED, "a number without a meaning", LOOK_CLOSER),
        |(_, kind, sentence, next_step)| (*kind, *sentence, *next_step),
    );
    let next_step = (!next_step.is_empty()).then_some(next_step);
    Explanation { sentence, next_step, kind: Some(kind) }
}
