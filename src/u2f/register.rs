//! U2F_REGISTER (FIDO U2F Raw Message Formats §4).

use super::{CommandApdu, Error, Instruction, MAX_KEY_HANDLE_LENGTH};

/// What the answer begins with, for historical reasons.
const RESERVED: u8 = 0x05;

/// P1 by which clients say that a touch is wanted; keys look at it no more.
const ENFORCE_USER_PRESENCE: u8 = 0x03;

/// Length in bytes of the request's data.
const LENGTH: usize = 64;

/// Asks for a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisterRequest {
    /// SHA-256 of the client data.
    pub challenge: [u8; 32],
    /// SHA-256 of the RP ID or the AppID.
    pub application: [u8; 32],
}

impl RegisterRequest {
    /// A request for nothing but a touch, the same that browsers send.
    pub const TOUCH: Self = RegisterRequest { challenge: [0x42; 32], application: [0x41; 32] };

    /// Returns the command.
    pub fn to_apdu(self) -> CommandApdu {
        let data = [self.challenge, self.application].concat();
        CommandApdu::new(Instruction::REGISTER.0, ENFORCE_USER_PRESENCE, data)
    }

    /// Reads a command's data.
    pub fn parse(data: &[u8]) -> Result<Self, Error> {
        let wrong = Error::DataLength { found: data.len(), wanted: LENGTH };
        let (challenge, rest) = data.split_first_chunk().ok_or(wrong)?;
        let application = rest.try_into().map_err(|_| wrong)?;
        Ok(RegisterRequest { challenge: *challenge, application })
    }
}

/// A new credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterResponse {
    /// The P-256 public key, as an uncompressed point.
    pub public_key: [u8; 65],
    /// The key handle: the credential ID.
    pub key_handle: Vec<u8>,
    /// The attestation certificate, DER.
    pub certificate: Vec<u8>,
    /// The attestation signature, DER.
    pub signature: Vec<u8>,
}

impl RegisterResponse {
    /// Encodes the answer's data.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = vec![RESERVED];
        out.extend(self.public_key);
        out.push(u8::try_from(self.key_handle.len()).unwrap_or(u8::MAX));
        out.extend(self.key_handle.iter().take(MAX_KEY_HANDLE_LENGTH));
        out.extend(&self.certificate);
        out.extend(&self.signature);
        out
    }

    /// Reads an answer's data.
    pub fn parse(data: &[u8]) -> Result<Self, Error> {
        let (reserved, rest) = data.split_first().ok_or(Error::Truncated("reserved byte"))?;
        if *reserved != RESERVED {
            return Err(Error::Byte("reserved byte", *reserved));
        }
        let (public_key, rest) =
            rest.split_first_chunk::<65>().ok_or(Error::Truncated("public key"))?;
        let [form, ..] = public_key;
        if *form != 4 {
            return Err(Error::Byte("form of the public key", *form));
        }
        let (length, rest) = rest.split_first().ok_or(Error::Truncated("key handle"))?;
        let (key_handle, rest) =
            rest.split_at_checked(usize::from(*length)).ok_or(Error::Truncated("key handle"))?;
        let (certificate, signature) = der_length(rest)
            .and_then(|length| rest.split_at_checked(length))
            .ok_or(Error::Truncated("certificate"))?;
        Ok(RegisterResponse {
            public_key: *public_key,
            key_handle: key_handle.to_vec(),
            certificate: certificate.to_vec(),
            signature: signature.to_vec(),
        })
    }

    /// Returns the public key's coordinates.
    pub fn point(&self) -> ([u8; 32], [u8; 32]) {
        let mut coordinates = self.public_key.iter().skip(1).copied();
        let mut next = || {
            let mut coordinate = [0; 32];
            coordinate.iter_mut().zip(&mut coordinates).for_each(|(slot, byte)| *slot = byte);
            coordinate
        };
        (next(), next())
    }

    /// Returns what the attestation key signs.
    pub fn signed_data(
        request: &RegisterRequest,
        key_handle: &[u8],
        public_key: &[u8; 65],
    ) -> Vec<u8> {
        let reserved: &[u8] = &[0];
        [reserved, &request.application, &request.challenge, key_handle, public_key].concat()
    }
}

/// Returns the length in bytes of the DER SEQUENCE that `bytes` begin with, header included.
fn der_length(bytes: &[u8]) -> Option<usize> {
    let (header, length) = match bytes {
        [0x30, 0x81, length, ..] => (3, usize::from(*length)),
        [0x30, 0x82, high, low, ..] => (4, usize::from(u16::from_be_bytes([*high, *low]))),
        [0x30, length @ 0..=0x7F, ..] => (2, usize::from(*length)),
        _ => return None,
    };
    Some(header + length)
}
