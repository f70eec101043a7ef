//! Which key is meant, in the words of `--device`.

use std::fmt::{Display, Formatter};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::address::Address;

/// A choice among keys; opens nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// The key at a place: `/dev/hidraw3`, `path:…`, `unix:…`, `tcp:…`, `udp:…`, `pty:…`.
    At(Address),
    /// The key with this serial number: `serial:…`.
    Serial(String),
    /// The key of this model, as the key itself says: `aaguid:…`.
    Aaguid([u8; 16]),
    /// The key whose maker and product contain this, in whatever case: `name:…`.
    Name(String),
    /// The key with these USB identifiers: `1050:0407`.
    VendorProduct {
        /// USB vendor.
        vendor_id: u16,
        /// USB product.
        product_id: u16,
    },
    /// Whichever key is touched first: `touch`.
    Touch,
    /// The embedded virtual key: `virtual`, `virtual:FILE`, `virtual:FILE?touch=…&finger=…`, also
    /// with `fault=` and `seed=`.
    Virtual {
        /// Where its state is kept; absent for the default place.
        state: Option<PathBuf>,
        /// What happens when it wants to be touched; absent for the key's own setting.
        touch: Option<VirtualTouch>,
        /// Whose fingers lie on its sensor, in the virtual key's own words; absent for the right
        /// one.
        finger: Option<String>,
        /// What happens on the way to it and back, in the virtual key's own words.
        fault: Option<String>,
        /// Where its random bytes come from; absent for the system.
        seed: Option<u64>,
    },
    /// A transcript that plays the key: `replay:FILE`.
    Replay(PathBuf),
}

/// What happens when a virtual key wants to be touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VirtualTouch {
    /// It is touched at once: `auto`.
    Auto,
    /// It is touched at once, but never for long: `short`.
    Short,
    /// Nobody comes: `never`.
    Never,
    /// The person refuses: `refuse`.
    Refuse,
    /// It is touched after a while: `delay=MILLISECONDS`.
    Delay(Duration),
}

/// Why a text is no selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// The text begins like nothing known.
    #[error("{text:?} names no key")]
    Unknown {
        /// What was given.
        text: String,
    },
    /// The text begins well and goes on wrong.
    #[error("{text:?} does not have the form {wanted}")]
    Form {
        /// What was given.
        text: String,
        /// The form it should have.
        wanted: &'static str,
    },
}

const AAGUID_FORM: &str = "aaguid:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx, in hexadecimal";
const VIRTUAL_FORM: &str = "virtual[:FILE][?touch=auto|short|never|refuse|delay=MILLISECONDS][&finger=auto|wrong|never]\
     [&fault=FAULT@WHERE:NUMBER][&seed=NUMBER]";

/// What may follow the file's name.
const SETTINGS: [&str; 4] = ["touch=", "finger=", "fault=", "seed="];

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let wrong = |wanted| SelectorError::Form { text: text.to_owned(), wanted };
        if text == "touch" {
            return Ok(Selector::Touch);
        }
        if let Some(rest) = text.strip_prefix("virtual") {
            return parse_virtual(rest).ok_or(wrong(VIRTUAL_FORM));
        }
        if let Some(file) = text.strip_prefix("replay:") {
            let file = Some(file).filter(|file| !file.is_empty());
            return file.map(|file| Selector::Replay(file.into())).ok_or(wrong("replay:FILE"));
        }
        if let Some(serial) = text.strip_prefix("serial:") {
            let serial = Some(serial).filter(|serial| !serial.is_empty());
            return serial
                .map(|serial| Selector::Serial(serial.to_owned()))
                .ok_or(wrong("serial:NUMBER"));
        }
        if let Some(name) = text.strip_prefix("name:") {
            let name = Some(name.trim()).filter(|name| !name.is_empty());
            return name.map(|name| Selector::Name(name.to_owned())).ok_or(wrong("name:TEXT"));
        }
        if let Some(aaguid) = text.strip_prefix("aaguid:") {
            return parse_aaguid(aaguid).map(Selector::Aaguid).ok_or(wrong(AAGUID_FORM));
        }
        if let Some((vendor, product)) = text.split_once(':')
            && let Some(vendor_id) = parse_identifier(vendor)
            && let Some(product_id) = parse_identifier(product)
        {
            return Ok(Selector::VendorProduct { vendor_id, product_id });
        }
        text.parse().map(Selector::At)
    }
}

impl Display for Selector {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Selector::At(address) => write!(f, "{address}"),
            Selector::Serial(serial) => write!(f, "serial:{serial}"),
            Selector::Aaguid(aaguid) => {
                f.write_str("aaguid:")?;
                aaguid.iter().enumerate().try_for_each(|(index, byte)| {
                    let dash = if [4, 6, 8, 10].contains(&index) { "-" } else { "" };
                    write!(f, "{dash}{byte:02x}")
                })
            }
            Selector::Name(name) => write!(f, "name:{name}"),
            Selector::VendorProduct { vendor_id, product_id } => {
                write!(f, "{vendor_id:04x}:{product_id:04x}")
            }
            Selector::Touch => f.write_str("touch"),
            Selector::Replay(file) => write!(f, "replay:{}", file.display()),
            Selector::Virtual { state, touch, finger, fault, seed } => {
                f.write_str("virtual")?;
                if let Some(state) = state {
                    write!(f, ":{}", state.display())?;
                }
                let settings = [
                    touch.map(|touch| touch.to_string()),
                    finger.clone(),
                    fault.clone(),
                    seed.map(|seed| seed.to_string()),
                ];
                let given = SETTINGS
                    .iter()
                    .zip(settings)
                    .filter_map(|(name, value)| value.map(|value| format!("{name}{value}")));
                let marks = std::iter::once('?').chain(std::iter::repeat('&'));
                marks.zip(given).try_for_each(|(mark, setting)| write!(f, "{mark}{setting}"))
            }
        }
    }
}

impl FromStr for VirtualTouch {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        match text {
            "auto" => Some(VirtualTouch::Auto),
            "short" => Some(VirtualTouch::Short),
            "never" => Some(VirtualTouch::Never),
            "refuse" => Some(VirtualTouch::Refuse),
            _ => text
                .strip_prefix("delay=")
                .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|digits| digits.parse().ok())
                .map(|milliseconds: u32| {
                    VirtualTouch::Delay(Duration::from_millis(milliseconds.into()))
                }),
        }
        .ok_or(SelectorError::Form {
            text: text.to_owned(),
            wanted: "auto, short, never, refuse or delay=MILLISECONDS",
        })
    }
}

impl Display for VirtualTouch {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            VirtualTouch::Auto => f.write_str("auto"),
            VirtualTouch::Short => f.write_str("short"),
            VirtualTouch::Never => f.write_str("never"),
            VirtualTouch::Refuse => f.write_str("refuse"),
            VirtualTouch::Delay(delay) => write!(f, "delay={}", delay.as_millis()),
        }
    }
}

/// Reads what follows `virtual`. A question mark is part of the file's name unless a setting
/// follows it.
fn parse_virtual(rest: &str) -> Option<Selector> {
    let (place, settings) = match rest.rsplit_once('?') {
        Some((place, settings)) if SETTINGS.iter().any(|name| settings.starts_with(name)) => {
            (place, settings.split('&').collect())
        }
        _ => (rest, Vec::new()),
    };
    let (mut touch, mut finger, mut fault, mut seed) = (None, None, None, None);
    for setting in settings {
        match setting.split_once('=')? {
            ("touch", word) if touch.is_none() => touch = Some(word.parse().ok()?),
            ("finger", words) if finger.is_none() => finger = Some(words.to_owned()),
            ("fault", words) if fault.is_none() => fault = Some(words.to_owned()),
            ("seed", digits) if seed.is_none() => {
                let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
                seed = Some(all_digits.then(|| digits.parse().ok())??);
            }
            _ => return None,
        }
    }
    let state = match place.strip_prefix(':') {
        Some("") => return None,
        Some(file) => Some(PathBuf::from(file)),
        None if place.is_empty() => None,
        None => return None,
    };
    Some(Selector::Virtual { state, touch, finger, fault, seed })
}

/// Reads 32 hexadecimal digits, with a UUID's dashes or without any.
fn parse_aaguid(text: &str) -> Option<[u8; 16]> {
    let dashes: Vec<usize> = text.match_indices('-').map(|(index, _)| index).collect();
    if !dashes.is_empty() && dashes != [8, 13, 18, 23] {
        return None;
    }
    let digits = text.replace('-', "").to_ascii_lowercase();
    data_encoding::HEXLOWER.decode(digits.as_bytes()).ok()?.try_into().ok()
}

/// Reads a USB identifier: four hexadecimal digits.
fn parse_identifier(text: &str) -> Option<u16> {
    let right = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    right.then(|| u16::from_str_radix(text, 16).ok())?
}
