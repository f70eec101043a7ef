//! Which keys are connected, by what the operating system says of them; opens none.

use super::PipeError;

/// A key as the operating system describes it. The texts come from the key: untrusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDescription {
    /// The operating system's name for the key: `/dev/hidraw3`.
    pub path: String,
    /// USB vendor.
    pub vendor_id: u16,
    /// USB product.
    pub product_id: u16,
    /// The product's name.
    pub product: Option<String>,
    /// The maker's name.
    pub manufacturer: Option<String>,
    /// The serial number; most keys have none.
    pub serial: Option<String>,
    /// The device's release (bcdDevice), zero if unknown.
    pub release: u16,
    /// How the key is attached.
    pub bus: Bus,
    /// Whether this user may open the key; absent if the system does not say without opening it.
    pub accessible: Option<bool>,
}

/// How a key is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bus {
    /// USB, or made to look like it.
    Usb,
    /// Bluetooth.
    Bluetooth,
    /// Anything else.
    Other,
}

impl KeyDescription {
    /// Tells whether `other` may be this key after it was plugged in again, perhaps elsewhere: the
    /// same model with the same serial number, or with none.
    pub fn may_be_same_key(&self, other: &KeyDescription) -> bool {
        let identity = |key: &KeyDescription| (key.vendor_id, key.product_id, key.serial.clone());
        identity(self) == identity(other)
    }
}

/// Lists the FIDO keys that are connected, in the order of their paths.
pub fn list() -> Result<Vec<KeyDescription>, PipeError> {
    #[cfg(feature = "hid")]
    let mut keys = super::hid::list()?;
    #[cfg(not(feature = "hid"))]
    let mut keys: Vec<KeyDescription> = Vec::new();
    // By length first, so that hidraw10 comes after hidraw9.
    keys.sort_by(|a, b| (a.path.len(), &a.path).cmp(&(b.path.len(), &b.path)));
    // A key may have several top-level collections at one path.
    keys.dedup_by(|a, b| a.path == b.path);
    Ok(keys)
}
