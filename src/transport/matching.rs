//! A selector held against the keys that are connected.

use super::address::Address;
use super::discovery::KeyDescription;
use super::selector::Selector;

/// What a selector picks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked<'a> {
    /// No key that is connected.
    None,
    /// One key.
    One(&'a KeyDescription),
    /// Several, which the caller must not choose from by itself.
    Several(Vec<&'a KeyDescription>),
    /// A description does not tell; each of these keys has to be asked.
    Ask(Vec<&'a KeyDescription>),
}

/// Picks among the keys that are connected; without a selector, the only one.
///
/// Keys that are never listed (sockets, pseudo-terminals, the virtual key) are picked by nothing.
pub fn pick<'a>(selector: Option<&Selector>, keys: &'a [KeyDescription]) -> Picked<'a> {
    let matching: Vec<&KeyDescription> =
        keys.iter().filter(|key| selector.is_none_or(|selector| matches(selector, key))).collect();
    match (selector, matching.as_slice()) {
        (_, []) => Picked::None,
        (Some(Selector::Aaguid(_) | Selector::Touch), _) => Picked::Ask(matching),
        (_, [one]) => Picked::One(one),
        _ => Picked::Several(matching),
    }
}

/// Tells whether nothing in the description speaks against a key's being the one meant.
fn matches(selector: &Selector, key: &KeyDescription) -> bool {
    match selector {
        Selector::At(Address::Hid(path)) => key.path == *path,
        Selector::At(_) | Selector::Virtual { .. } | Selector::Replay(_) => false,
        Selector::Serial(serial) => key.serial.as_ref() == Some(serial),
        Selector::Name(name) => {
            let words = [key.manufacturer.as_deref(), key.product.as_deref()];
            let full = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
            full.to_lowercase().contains(&name.to_lowercase())
        }
        Selector::VendorProduct { vendor_id, product_id } => {
            (key.vendor_id, key.product_id) == (*vendor_id, *product_id)
        }
        Selector::Aaguid(_) | Selector::Touch => true,
    }
}
