//! PIN/UV auth protocols one and two (CTAP 2.2 §6.5.6, §6.5.7), for both ends of the wire.
//!
//! Everything secret here is wiped when dropped and prints nothing. Must never know sessions or
//! prompts.

mod key_agreement;
mod persistent_token;
mod pin;
mod protocol;
mod random;
mod shared_secret;
mod token;

pub use key_agreement::KeyAgreementKey;
pub use persistent_token::EncryptedMember;
pub use pin::{MAX_PIN_BYTES, PADDED_PIN_LENGTH, Pin, PinError, pin_hash};
pub use protocol::PinUvAuthProtocol;
pub use random::{OsRandom, Random, RandomUnavailable, SeededRandom, random_bytes};
pub use shared_secret::SharedSecret;
pub use token::{PinUvAuthToken, authenticate_with_token, verify_with_token};

/// Why a step of a protocol failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The peer's key is not a point on P-256.
    #[error("the peer's key agreement key is not a point on P-256")]
    PeerKey,
    /// A ciphertext has a length that its protocol cannot produce; the length in bytes.
    #[error("a ciphertext of {0} bytes does not fit the PIN/UV auth protocol")]
    CiphertextLength(usize),
    /// A plaintext is not a whole number of AES blocks; its length in bytes.
    #[error("a plaintext of {0} bytes is not a whole number of AES blocks")]
    PlaintextLength(usize),
    /// A token has a length that its protocol does not allow; the length in bytes.
    #[error("a pinUvAuthToken of {0} bytes does not fit the PIN/UV auth protocol")]
    TokenLength(usize),
    /// No random numbers.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}
