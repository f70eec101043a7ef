//! U2F_AUTHENTICATE (FIDO U2F Raw Message Formats §5).

use super::{CommandApdu, Error, Instruction, MAX_KEY_HANDLE_LENGTH};

/// Length in bytes of what is in front of the key handle.
const FIXED_LENGTH: usize = 65;

/// The control byte, P1; unknown ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control(pub u8);

impl Control {
    /// Say whether the key handle is known, and do nothing.
    pub const CHECK_ONLY: Self = Self(0x07);
    /// Sign, but only after a touch.
    pub const ENFORCE_USER_PRESENCE: Self = Self(0x03);
    /// Sign without a touch.
    pub const DONT_ENFORCE_USER_PRESENCE: Self = Self(0x08);
}

/// Asks for a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticateRequest {
    /// SHA-256 of the client data.
    pub challenge: [u8; 32],
    /// SHA-256 of the RP ID or the AppID.
    pub application: [u8; 32],
    /// The key handle, at most 255 bytes.
    pub key_handle: Vec<u8>,
}

impl AuthenticateRequest {
    /// Returns the command.
    pub fn to_apdu(&self, control: Control) -> CommandApdu {
        let mut data = [self.challenge, self.application].concat();
        data.push(u8::try_from(self.key_handle.len()).unwrap_or(u8::MAX));
        data.extend(self.key_handle.iter().take(MAX_KEY_HANDLE_LENGTH));
        CommandApdu::new(Instruction::AUTHENTICATE.0, control.0, data)
    }

    /// Reads a command's data.
    pub fn parse(data: &[u8]) -> Result<Self, Error> {
        let wrong = |wanted| Error::DataLength { found: data.len(), wanted };
        let (challenge, rest) = data.split_first_chunk().ok_or(wrong(FIXED_LENGTH))?;
        let (application, rest) = rest.split_first_chunk().ok_or(wrong(FIXED_LENGTH))?;
        let (length, key_handle) = rest.split_first().ok_or(wrong(FIXED_LENGTH))?;
        if key_handle.len() != usize::from(*length) {
            return Err(wrong(FIXED_LENGTH + usize::from(*length)));
        }
        Ok(AuthenticateRequest {
            challenge: *challenge,
            application: *application,
            key_handle: key_handle.to_vec(),
        })
    }
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticateResponse {
    /// True if the key was touched.
    pub user_present: bool,
    /// The signature counter.
    pub counter: u32,
    /// The signature, DER.
    pub signature: Vec<u8>,
}

impl AuthenticateResponse {
    /// Encodes the answer's data.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = vec![u8::from(self.user_present)];
        out.extend(self.counter.to_be_bytes());
        out.extend(&self.signature);
        out
    }

    /// Reads an answer's data.
    ///
    /// The user presence byte is signed, so that one with reserved bits cannot be taken for 0 or 1.
    pub fn parse(data: &[u8]) -> Result<Self, Error> {
        let (presence, rest) = data.split_first().ok_or(Error::Truncated("user presence byte"))?;
        let user_present = match presence {
            0 => false,
            1 => true,
            other => return Err(Error::Byte("user presence byte", *other)),
        };
        let (counter, signature) = rest.split_first_chunk().ok_or(Error::Truncated("counter"))?;
        let counter = u32::from_be_bytes(*counter);
        Ok(AuthenticateResponse { user_present, counter, signature: signature.to_vec() })
    }

    /// Returns what the credential's key signs: the bytes of CTAP2's authenticator data and client
    /// data hash.
    pub fn signed_data(request: &AuthenticateRequest, user_present: bool, counter: u32) -> Vec<u8> {
        let presence = [u8::from(user_present)];
        let parts: [&[u8]; 4] =
            [&request.application, &presence, &counter.to_be_bytes(), &request.challenge];
        parts.concat()
    }
}
