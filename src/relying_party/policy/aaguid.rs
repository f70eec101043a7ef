//! AAGUIDs as people write them.

use std::fmt::{Display, Formatter, Result};

/// What names a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Aaguid(pub [u8; 16]);

impl Aaguid {
    /// Reads a UUID, with its hyphens or without.
    pub fn parse(text: &str) -> Option<Self> {
        let groups: Vec<_> = text.split('-').map(str::len).collect();
        if !matches!(groups.as_slice(), [32] | [8, 4, 4, 4, 12]) {
            return None;
        }
        let digits = text.chars().filter(|c| *c != '-').map(|c| c.to_digit(16));
        let digits: Option<Vec<u8>> =
            digits.map(|digit| digit.and_then(|digit| u8::try_from(digit).ok())).collect();
        let (pairs, _) = digits.as_deref()?.as_chunks::<2>();
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        bytes.try_into().ok().map(Aaguid)
    }

    /// Tells whether it names no model.
    pub fn is_zero(&self) -> bool {
        self.0 == [0; 16]
    }
}

impl Display for Aaguid {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        (0..).zip(&self.0).try_for_each(|(index, byte): (usize, &u8)| {
            let hyphen = if matches!(index, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{hyphen}{byte:02x}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Aaguid;

    const TEXT: &str = "2fc0579f-8113-47ea-b116-bb5a8db9202a";

    #[test]
    fn uuids_are_read_as_they_are_written() {
        assert_eq!(Aaguid::parse(TEXT).unwrap().to_string(), TEXT);
        let plain = TEXT.replace('-', "").to_uppercase();
        assert_eq!(Aaguid::parse(&plain), Aaguid::parse(TEXT));
    }

    #[test]
    fn what_is_no_uuid_is_refused() {
        for wrong in
            ["", "2fc0579f", &TEXT[1..], &TEXT.replace("2f", "2g"), &TEXT.replace('-', ":")]
        {
            assert_eq!(Aaguid::parse(wrong), None, "{wrong}");
        }
    }
}
