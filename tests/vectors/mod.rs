//! Published vectors: JSON files with hexadecimal strings, each naming its source.
#![allow(dead_code, unreachable_pub, reason = "every test target uses a part")]

pub mod w3c;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use serde_json::Value;

/// Reads a file of this folder.
pub fn load(name: &str) -> Value {
    let path = format!("{}/tests/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Returns the items of a JSON array.
pub fn items(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// Returns the text of a JSON string.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Decodes a JSON string of hexadecimal digits.
pub fn hex(value: &Value) -> Vec<u8> {
    HEXLOWER_PERMISSIVE.decode(text(value).as_bytes()).unwrap()
}

/// Encodes as base64url without padding.
pub fn base64url(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// Returns the item with this `id`.
pub fn case(list: &Value, id: &str) -> Value {
    items(list).iter().find(|item| item["id"] == id).unwrap().clone()
}

/// Calls `visit` once for every bit, with that bit flipped.
pub fn each_bit_flipped(bytes: &[u8], mut visit: impl FnMut(&[u8], usize)) {
    let mut bytes = bytes.to_vec();
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        visit(&bytes, bit);
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}
