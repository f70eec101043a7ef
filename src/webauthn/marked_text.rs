//! Text files as other systems write them.

use std::borrow::Cow;

/// Reads UTF-16 or UTF-8 behind a byte-order mark, as PowerShell writes them, or plain UTF-8;
/// `None` if it is none of these.
pub fn unmarked_text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let utf_16 = |units: &[u8], read: fn([u8; 2]) -> u16| {
        let (pairs, []) = units.as_chunks::<2>() else { return None };
        let units: Vec<u16> = pairs.iter().map(|pair| read(*pair)).collect();
        String::from_utf16(&units).map(Cow::Owned).ok()
    };
    match bytes {
        [0xFF, 0xFE, units @ ..] => utf_16(units, u16::from_le_bytes),
        [0xFE, 0xFF, units @ ..] => utf_16(units, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, text @ ..] | text => std::str::from_utf8(text).map(Cow::Borrowed).ok(),
    }
}
