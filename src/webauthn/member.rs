//! Members of JSON that somebody else wrote, each with its name for messages.

use std::borrow::Cow;

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};

use super::{OptionsError, unmarked_text};

/// How much is forgiven in options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leniency {
    /// As browsers read them.
    #[default]
    Strict,
    /// Also what identity providers and PowerShell make of them: padding, standard base64, base64url
    /// with a digit that counts the padding, `null` members, UTF-16, byte-order marks.
    Lenient,
}

/// Reads JSON text.
pub(super) fn parse_json(bytes: &[u8], leniency: Leniency) -> Result<Value, OptionsError> {
    let text = match leniency {
        Leniency::Strict => {
            Cow::Borrowed(std::str::from_utf8(bytes).map_err(|_| OptionsError::NotText)?)
        }
        Leniency::Lenient => unmarked_text(bytes).ok_or(OptionsError::NotText)?,
    };
    serde_json::from_str(&text).map_err(|error| OptionsError::NotJson(error.to_string()))
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Member<'j> {
    path: String,
    value: &'j Value,
    leniency: Leniency,
}

impl<'j> Member<'j> {
    /// Finds the options, which may stand in a member `publicKey` among others.
    pub(super) fn options(value: &'j Value, leniency: Leniency) -> Self {
        match value.get("publicKey") {
            Some(options) if value.get("challenge").is_none() => {
                Member { path: "publicKey".to_owned(), value: options, leniency }
            }
            _ => Member { path: String::new(), value, leniency },
        }
    }

    /// Returns where it stands.
    pub(super) fn path(&self) -> String {
        if self.path.is_empty() { "options".to_owned() } else { self.path.clone() }
    }

    fn wrong(&self, wanted: &'static str) -> OptionsError {
        self.wrong_length(wanted, kind(self.value).to_owned())
    }

    fn wrong_length(&self, wanted: &'static str, came: String) -> OptionsError {
        OptionsError::Shape { member: self.path(), wanted, came }
    }

    /// Says what is wrong with the use of it.
    pub(super) fn not_supported(&self, problem: &'static str) -> OptionsError {
        OptionsError::NotSupported { member: self.path(), problem }
    }

    fn object(&self) -> Result<&'j Map<String, Value>, OptionsError> {
        self.value.as_object().ok_or_else(|| self.wrong("an object"))
    }

    fn within(&self, name: &str, value: &'j Value) -> Self {
        let path = match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        Member { path, value, leniency: self.leniency }
    }

    /// Finds a member of an object.
    pub(super) fn optional(&self, name: &str) -> Result<Option<Self>, OptionsError> {
        let found = self.object()?.get(name).map(|value| self.within(name, value));
        Ok(found.filter(|member| self.leniency == Leniency::Strict || !member.value.is_null()))
    }

    /// Finds a member of an object that must be there.
    pub(super) fn required(&self, name: &str) -> Result<Self, OptionsError> {
        self.optional(name)?
            .ok_or_else(|| OptionsError::Missing { member: self.within(name, &Value::Null).path() })
    }

    /// Returns names and members of an object.
    pub(super) fn entries(&self) -> Result<impl Iterator<Item = (&'j str, Self)>, OptionsError> {
        let this = self.clone();
        let entries = self.object()?.iter();
        Ok(entries.map(move |(name, value)| (name.as_str(), this.within(name, value))))
    }

    /// Reads a list.
    pub(super) fn list(&self) -> Result<Vec<Self>, OptionsError> {
        let list = self.value.as_array().ok_or_else(|| self.wrong("a list"))?;
        let entries = list.iter().enumerate().map(|(index, value)| Member {
            path: format!("{}[{index}]", self.path),
            value,
            leniency: self.leniency,
        });
        Ok(entries.collect())
    }

    /// Reads text.
    pub(super) fn text(&self) -> Result<&'j str, OptionsError> {
        self.value.as_str().ok_or_else(|| self.wrong("text"))
    }

    /// Reads a list of text.
    pub(super) fn texts(&self) -> Result<Vec<String>, OptionsError> {
        self.list()?.iter().map(|entry| entry.text().map(str::to_owned)).collect()
    }

    /// Reads true or false.
    pub(super) fn truth(&self) -> Result<bool, OptionsError> {
        self.value.as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    /// Reads a whole number.
    pub(super) fn integer(&self) -> Result<i64, OptionsError> {
        self.value.as_i64().ok_or_else(|| self.wrong("a whole number"))
    }

    /// Reads a number of milliseconds.
    pub(super) fn milliseconds(&self) -> Result<u64, OptionsError> {
        self.value.as_u64().ok_or_else(|| self.wrong("a number of milliseconds"))
    }

    /// Reads bytes.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, OptionsError> {
        self.readings()?.into_iter().next().ok_or_else(|| self.wrong("base64url"))
    }

    /// Reads bytes of which there must be as many as `lengths` allows.
    pub(super) fn bytes_of(
        &self,
        lengths: std::ops::RangeInclusive<usize>,
        wanted: &'static str,
    ) -> Result<Vec<u8>, OptionsError> {
        let bytes = self.bytes()?;
        match lengths.contains(&bytes.len()) {
            true => Ok(bytes),
            false => Err(self.wrong_length(wanted, format!("{} bytes", bytes.len()))),
        }
    }

    /// Reads an ID that is the name of a member; empty if it cannot be read.
    pub(super) fn id_readings(&self, name: &str) -> Vec<Vec<u8>> {
        let value = Value::from(name);
        let member = Member { path: String::new(), value: &value, leniency: self.leniency };
        member.readings().unwrap_or_default()
    }

    /// Reads bytes in every way in which they can be meant, the likeliest first; never none.
    pub(super) fn readings(&self) -> Result<Vec<Vec<u8>>, OptionsError> {
        let text = self.value.as_str().ok_or_else(|| self.wrong("base64url without padding"))?;
        let readings = match self.leniency {
            Leniency::Strict => BASE64URL_NOPAD.decode(text.as_bytes()).into_iter().collect(),
            Leniency::Lenient => lenient_readings(text),
        };
        if readings.is_empty() {
            let came =
                if text.contains(['+', '/', '=']) { "standard base64" } else { "something else" };
            return Err(OptionsError::Encoding { member: self.path(), came });
        }
        Ok(readings)
    }
}

/// Reads base64 of either alphabet, padded, unpadded, or followed by a digit that counts the
/// padding left out, as ASP.NET writes it. The last two can look the same: both are returned.
fn lenient_readings(text: &str) -> Vec<Vec<u8>> {
    let text: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    let bare = text.trim_end_matches('=');
    let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    let counted = text.len() == bare.len();
    let without_digit = ('0'..='2').zip(0..).find_map(|(digit, padding)| {
        let rest = bare.strip_suffix(digit).filter(|_| counted)?;
        ((rest.len() + padding) % 4 == 0).then_some(rest)
    });
    decode(bare).into_iter().chain(without_digit.and_then(decode)).collect()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lenient_reader_takes_what_providers_write() {
        // 32 bytes: 43 characters and one of padding.
        let bytes: Vec<u8> = (0xE0..=0xFF).collect();
        let plain = BASE64URL_NOPAD.encode(&bytes);
        let standard = data_encoding::BASE64.encode(&bytes);
        assert_eq!(lenient_readings(&plain), std::slice::from_ref(&bytes));
        assert_eq!(lenient_readings(&standard), std::slice::from_ref(&bytes));
        assert_eq!(lenient_readings(&format!(" {standard}\r\n")), std::slice::from_ref(&bytes));
        let counted = lenient_readings(&format!("{plain}1"));
        assert_eq!(counted.len(), 2, "44 characters are 33 bytes too");
        assert_eq!(counted.last(), Some(&bytes));
        assert_eq!(lenient_readings("AAAA0").as_slice(), [vec![0, 0, 0]]);
        assert_eq!(lenient_readings("AA2"), [vec![0]], "unused bits of the longer reading are set");
        assert!(lenient_readings("A").is_empty() && lenient_readings("a b!").is_empty());
    }

    #[test]
    fn files_of_powershell_are_read_leniently_only() {
        let json = "{\"a\":1}\r\n";
        let utf_16 = |mark: u16, write: fn(u16) -> [u8; 2]| -> Vec<u8> {
            std::iter::once(mark).chain(json.encode_utf16()).flat_map(write).collect()
        };
        for bytes in [
            utf_16(0xFEFF, u16::to_le_bytes),
            utf_16(0xFEFF, u16::to_be_bytes),
            format!("\u{feff}{json}").into_bytes(),
        ] {
            assert!(parse_json(&bytes, Leniency::Strict).is_err());
            let value = parse_json(&bytes, Leniency::Lenient).unwrap();
            assert_eq!(value, serde_json::json!({ "a": 1 }));
        }
        assert!(parse_json(&[0xFF, 0xFE, 0x41], Leniency::Lenient).is_err());
    }
}
