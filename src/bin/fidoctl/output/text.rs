//! Bytes and untrusted text, fit to be shown.

use data_encoding::HEXLOWER;

/// Returns the text with everything escaped that could act on a terminal or deceive a reader:
/// control characters, and the invisible and direction-changing format characters.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let deceives = matches!(character,
            '\u{00ad}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
        if character.is_control() || deceives {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}

/// Returns lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Returns an AAGUID the way the metadata service writes it.
pub fn uuid(bytes: &[u8; 16]) -> String {
    let digits = hex(bytes);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_a_key_cannot_act_on_the_terminal() {
        assert_eq!(visible("a\u{1b}[31m\u{202e}b\nü"), "a\\u{1b}[31m\\u{202e}b\\nü");
    }

    #[test]
    fn aaguids_are_written_as_uuids() {
        let bytes = [
            0xee, 0x88, 0x28, 0x79, 0x72, 0x1c, 0x49, 0x13, 0x97, 0x75, 0x3d, 0xfc, 0xce, 0x97,
            0x07, 0x2a,
        ];
        assert_eq!(uuid(&bytes), "ee882879-721c-4913-9775-3dfcce97072a");
    }
}
