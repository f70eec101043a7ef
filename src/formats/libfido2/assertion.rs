//! fido2-assert: what `-G` reads, what it writes and `-V` reads.

use zeroize::Zeroizing;

use super::LinesError;
use super::lines::{Reader, bytes_line, wrapped_line};

/// What `fido2-assert -G` reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionRequest {
    /// SHA-256 of the client data.
    pub client_data_hash: [u8; 32],
    /// Any text without a line break, not only a domain.
    pub rp_id: String,
    /// The credential; `None` asks for discoverable ones.
    pub credential_id: Option<Vec<u8>>,
    /// One salt or two for hmac-secret.
    pub salts: Option<([u8; 32], Option<[u8; 32]>)>,
}

impl AssertionRequest {
    /// Reads two to four lines. The tool is told with options which ones to expect; here an
    /// empty line stands for a credential ID that is left out in front of a salt.
    pub fn parse(content: &[u8]) -> Result<Self, LinesError> {
        let mut lines = Reader::new(content)?;
        let client_data_hash = lines.hash("client data hash in base64")?;
        let rp_id = lines.text("RP ID")?;
        let mut credential_id = None;
        if let Some(line) = lines.optional().filter(|line| !line.is_empty()) {
            credential_id = Some(lines.decode(line, "credential ID in base64")?);
        }
        let mut salts = None;
        if let Some(line) = lines.optional().filter(|line| !line.is_empty()) {
            let what = "salt of 32 or 64 bytes in base64";
            let bytes = lines.decode(line, what)?;
            let unfit = || lines.unfit(what);
            let (first, rest) = bytes.split_first_chunk::<32>().ok_or_else(unfit)?;
            let second = match rest {
                [] => None,
                rest => Some(rest.try_into().map_err(|_| unfit())?),
            };
            salts = Some((*first, second));
        }
        lines.end()?;
        Ok(AssertionRequest { client_data_hash, rp_id, credential_id, salts })
    }
}

/// What `fido2-assert -G` writes of one assertion; `fido2-assert -V` reads the first four.
#[derive(Debug, PartialEq, Eq)]
pub struct AssertionLines {
    /// SHA-256 of the client data.
    pub client_data_hash: [u8; 32],
    /// The RP ID.
    pub rp_id: String,
    /// The authenticator data, as signed.
    pub authenticator_data: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// The account; for discoverable credentials.
    pub user_id: Option<Vec<u8>>,
    /// One or two secrets, one after the other.
    pub hmac_secrets: Option<Zeroizing<Vec<u8>>>,
}

impl AssertionLines {
    /// Reads the first assertion; what follows its signature is ignored.
    pub fn parse(content: &[u8]) -> Result<Self, LinesError> {
        let mut lines = Reader::new(content)?;
        Ok(AssertionLines {
            client_data_hash: lines.hash("client data hash in base64")?,
            rp_id: lines.text("RP ID")?,
            authenticator_data: lines.wrapped("authenticator data")?,
            signature: lines.bytes("signature in base64")?,
            user_id: None,
            hmac_secrets: None,
        })
    }

    /// Returns the lines.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(bytes_line(&self.client_data_hash));
        text.push_str(&format!("{}\n", self.rp_id));
        text.push_str(&wrapped_line(&self.authenticator_data));
        text.push_str(&bytes_line(&self.signature));
        text.extend(self.user_id.as_deref().map(bytes_line));
        if let Some(secrets) = &self.hmac_secrets {
            text.push_str(&Zeroizing::new(bytes_line(secrets)));
        }
        text
    }
}
