//! PINs (CTAP 2.2 §6.5.1).

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The longest PIN in bytes of UTF-8.
pub const MAX_PIN_BYTES: usize = 63;

/// Length in bytes of a PIN padded for encryption.
pub const PADDED_PIN_LENGTH: usize = 64;

/// A PIN in Unicode NFC. Wiped when dropped; neither printed nor copied.
pub struct Pin(Zeroizing<String>);

/// Why a text cannot be a PIN. Never says what the text was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Fewer code points than the key demands.
    #[error("the PIN has {length} characters, this key wants at least {minimum}")]
    TooShort {
        /// Length in code points.
        length: usize,
        /// The key's minimum.
        minimum: usize,
    },
    /// More code points than the key takes, or more bytes than CTAP2 carries.
    #[error(
        "the PIN has {length} characters in {bytes} bytes, this key takes at most {maximum} characters in {MAX_PIN_BYTES} bytes"
    )]
    TooLong {
        /// Length in code points.
        length: usize,
        /// Length in bytes of UTF-8.
        bytes: usize,
        /// The key's maximum in code points.
        maximum: usize,
    },
    /// A NUL, which padding would swallow.
    #[error("the PIN holds a NUL character")]
    Nul,
}

impl Pin {
    /// Normalises a text and checks what is true of every PIN: not empty, at most 63 bytes, no NUL.
    ///
    /// The key's own limits are for [`Self::check_length`], when a PIN is set.
    pub fn new(text: &str) -> Result<Self, PinError> {
        // As long as NFC can get, so that the buffer is never moved and left unwiped.
        let mut pin = Zeroizing::new(String::with_capacity(text.len().saturating_mul(3)));
        pin.extend(text.nfc());
        let (length, bytes) = (pin.chars().count(), pin.len());
        if length == 0 {
            return Err(PinError::TooShort { length, minimum: 4 });
        }
        if bytes > MAX_PIN_BYTES {
            return Err(PinError::TooLong { length, bytes, maximum: MAX_PIN_BYTES });
        }
        if pin.contains('\0') {
            return Err(PinError::Nul);
        }
        Ok(Pin(pin))
    }

    /// Checks the PIN against a key's limits, in code points.
    pub fn check_length(&self, minimum: usize, maximum: usize) -> Result<(), PinError> {
        let (length, bytes) = (self.0.chars().count(), self.0.len());
        if length < minimum {
            Err(PinError::TooShort { length, minimum })
        } else if length > maximum {
            Err(PinError::TooLong { length, bytes, maximum })
        } else {
            Ok(())
        }
    }

    /// Returns the PIN padded with zeros to [`PADDED_PIN_LENGTH`] bytes.
    pub fn padded(&self) -> Zeroizing<[u8; PADDED_PIN_LENGTH]> {
        let mut padded = Zeroizing::new([0; PADDED_PIN_LENGTH]);
        padded.iter_mut().zip(self.0.bytes()).for_each(|(slot, byte)| *slot = byte);
        padded
    }

    /// Returns LEFT(SHA-256(PIN), 16).
    pub fn hash(&self) -> Zeroizing<[u8; 16]> {
        pin_hash(self.0.as_bytes())
    }

    /// Tells whether two PINs are the same.
    pub fn same_as(&self, other: &Pin) -> bool {
        use subtle::ConstantTimeEq;
        self.padded().ct_eq(other.padded().as_slice()).into()
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin")
    }
}

/// Returns LEFT(SHA-256(pin), 16) of a PIN's bytes.
pub fn pin_hash(pin: &[u8]) -> Zeroizing<[u8; 16]> {
    let digest = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(pin)));
    let mut hash = Zeroizing::new([0; 16]);
    hash.iter_mut().zip(digest.iter()).for_each(|(slot, byte)| *slot = *byte);
    hash
}
