//! How secrets are written.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use fidoctl::client::hmac_secret::HmacSecrets;
use zeroize::Zeroizing;

/// How secrets are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SecretForm {
    /// Lower-case hex
    Hex,
    /// Base64 with padding
    Base64,
    /// Base64url without padding
    Base64url,
    /// The bytes themselves
    Raw,
}

impl SecretForm {
    /// Returns the name that stands on the command line.
    pub fn name(self) -> &'static str {
        match self {
            SecretForm::Hex => "hex",
            SecretForm::Base64 => "base64",
            SecretForm::Base64url => "base64url",
            SecretForm::Raw => "raw",
        }
    }

    /// Returns a secret as text; raw ones in hex, as bytes are none.
    pub fn text(self, secret: &[u8; 32]) -> Zeroizing<String> {
        let encoding = match self {
            SecretForm::Hex | SecretForm::Raw => HEXLOWER,
            SecretForm::Base64 => BASE64,
            SecretForm::Base64url => BASE64URL_NOPAD,
        };
        Zeroizing::new(encoding.encode(secret))
    }

    /// Returns one or two secrets: a line each, or raw one after the other.
    pub fn lines(self, secrets: &HmacSecrets) -> Zeroizing<Vec<u8>> {
        // Room for everything at once: a buffer that moves leaves copies behind.
        let mut lines = Zeroizing::new(Vec::with_capacity(256));
        for secret in [Some(&secrets.first), secrets.second.as_ref()].into_iter().flatten() {
            if self == SecretForm::Raw {
                lines.extend_from_slice(secret.as_slice());
            } else {
                lines.extend_from_slice(self.text(secret).as_bytes());
                lines.push(b'\n');
            }
        }
        lines
    }
}
