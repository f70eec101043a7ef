//! Which key a command works on, and how it is named to people and programs.

use fidoctl::transport::{Address, KeyDescription};
use serde_json::{Value, json};

use crate::output::visible;

/// Where a key is.
#[derive(Clone, Debug)]
pub enum Place {
    /// Connected and listed by the operating system.
    Listed(KeyDescription),
    /// At an address given by hand.
    At(Address),
    /// In this process.
    #[cfg(feature = "virtual-key")]
    Virtual {
        /// The state file.
        path: std::path::PathBuf,
        /// How it behaves.
        behaviour: fidoctl::transport::virtual_key::Behaviour,
    },
    /// Played by a transcript.
    Replay {
        /// The transcript.
        path: std::path::PathBuf,
        /// How the key was named when it was recorded.
        key: Option<fidoctl::transcript::Key>,
    },
}

/// A key that was picked.
#[derive(Clone, Debug)]
pub struct Target {
    place: Place,
    chosen_by_touch: bool,
}

impl Target {
    /// Picks the key at a place.
    pub fn new(place: Place) -> Self {
        Target { place, chosen_by_touch: false }
    }

    /// Notes that the person picked it by touch.
    pub fn by_touch(mut self) -> Self {
        self.chosen_by_touch = true;
        self
    }

    /// Returns where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Tells whether the person picked it by touch.
    pub fn chosen_by_touch(&self) -> bool {
        self.chosen_by_touch
    }

    /// Names it in a few words.
    pub fn name(&self) -> String {
        match &self.place {
            Place::Listed(key) => {
                let product = key.product.as_deref().map(visible);
                let serial = key.serial.as_deref().map(|s| format!(" {}", visible(s)));
                format!(
                    "{}{} at {}",
                    product.unwrap_or_else(|| vendor_product(key)),
                    serial.unwrap_or_default(),
                    visible(&key.path)
                )
            }
            Place::At(address) => visible(&address.to_string()),
            #[cfg(feature = "virtual-key")]
            Place::Virtual { path, .. } => format!("VIRTUAL key in {}", path.display()),
            // As it was called then, so that the output is the same.
            Place::Replay { key: Some(key), .. } => visible(&key.name),
            Place::Replay { path, .. } => format!("the key in {}", path.display()),
        }
    }

    /// Names it in the pairs of a report.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        vec![("key", self.name())]
    }

    /// Names it for programs.
    pub fn json(&self) -> Value {
        match &self.place {
            Place::Listed(key) => describe_json(key),
            Place::At(address) => json!({ "kind": "address", "selector": address.to_string() }),
            #[cfg(feature = "virtual-key")]
            Place::Virtual { path, .. } => json!({
                "kind": "virtual",
                "selector": format!("virtual:{}", path.display()),
            }),
            Place::Replay { key: Some(key), .. } => key.description.clone(),
            Place::Replay { path, .. } => json!({
                "kind": "replay",
                "selector": format!("replay:{}", path.display()),
            }),
        }
    }
}

/// Describes a connected key for programs.
pub fn describe_json(key: &KeyDescription) -> Value {
    json!({
        "kind": "hid",
        "selector": key.path,
        "path": key.path,
        "vendor_id": format!("{:04x}", key.vendor_id),
        "product_id": format!("{:04x}", key.product_id),
        "product": key.product,
        "manufacturer": key.manufacturer,
        "serial": key.serial,
        "release": format!("{:04x}", key.release),
        "accessible": key.accessible,
    })
}

/// Returns a key's USB identifiers as `--device` takes them.
pub fn vendor_product(key: &KeyDescription) -> String {
    format!("{:04x}:{:04x}", key.vendor_id, key.product_id)
}
