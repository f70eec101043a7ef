//! COSE algorithms and keys as WebAuthn and CTAP use them (RFC 9052, RFC 9053, WebAuthn L3 §5.8.5).

mod algorithm;
mod key;
mod spki;

pub use algorithm::Algorithm;
pub use key::{CoseKey, Curve};
