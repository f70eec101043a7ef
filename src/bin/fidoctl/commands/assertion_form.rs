//! The forms in which an assertion is handed on.

use fidoctl::client::authenticate::Assertion;
use fidoctl::formats::libfido2::AssertionLines;
use zeroize::Zeroizing;

use crate::failure::{Failure, Kind};

/// A form of an assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum AssertionForm {
    /// AuthenticationResponseJSON
    Webauthn,
    /// The lines that fido2-assert -G writes and fido2-assert -V reads
    Libfido2,
}

impl AssertionForm {
    /// Refuses a form that is no JSON where JSON is asked for.
    pub fn check(self, json: bool) -> Result<(), Failure> {
        if json && self == AssertionForm::Libfido2 {
            return Err(Failure::message(
                Kind::USAGE,
                "the form asked for by --format is not JSON",
            )
            .hint("leave out --json or --format"));
        }
        Ok(())
    }
}

/// Writes the lines of several assertions. The account is named where no credential was, as
/// fido2-assert does with -r.
pub fn libfido2_lines<'a>(
    assertions: impl Iterator<Item = &'a Assertion>,
    rp_id: &str,
    client_data_hash: [u8; 32],
    discovered: bool,
) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    for assertion in assertions {
        let user = assertion.user.as_ref().filter(|_| discovered);
        let secrets = assertion.hmac_secrets.as_ref().map(|secrets| {
            let mut bytes = Zeroizing::new(secrets.first.to_vec());
            bytes.extend(secrets.second.iter().flat_map(|second| second.iter()));
            bytes
        });
        let lines = AssertionLines {
            client_data_hash,
            rp_id: rp_id.to_owned(),
            authenticator_data: assertion.encoded_authenticator_data.clone(),
            signature: assertion.signature.clone(),
            user_id: user.map(|user| Vec::from(user.id.as_slice())),
            hmac_secrets: secrets,
        };
        text.push_str(&lines.to_text());
    }
    text
}
