//! Whose large blob is meant, and the assertion that opens it.

use std::path::PathBuf;

use fidoctl::client::Session;
use fidoctl::client::authenticate::{AllowedCredential, Assertion, Authentication, authenticate};
use fidoctl::client::authenticate_blobs::{AuthenticationBlobs, LargeBlobAction};
use fidoctl::webauthn::CredentialDescriptor;

use crate::arguments::RiskArgs;
use crate::commands::rp_id::parse_rp_id;
use crate::commands::wishes::Wish;
use crate::failure::{Failure, Kind};
use crate::input::{Bytes, bytes};
use crate::randomness;
use crate::record::CredentialRecord;

/// The credential whose blob is meant.
#[derive(clap::Args)]
pub struct WhoseArgs {
    /// Record of the credential, as 'enroll --save' writes it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rp", "id"])]
    credential: Option<PathBuf>,

    /// RP ID of the credential: the domain of the service
    #[arg(long, value_name = "DOMAIN", value_parser = parse_rp_id)]
    rp: Option<String>,

    /// ID of the credential, in base64url, or hex behind 'hex:'; if left out, the account is asked
    /// for where there are several
    #[arg(long, value_name = "ID", value_parser = bytes, allow_hyphen_values = true, requires = "rp")]
    id: Option<Bytes>,

    /// Verify the user with PIN or fingerprint
    #[arg(long, value_name = "WISH", default_value = "preferred")]
    uv: Wish,

    #[command(flatten)]
    pub risk: RiskArgs,
}

impl WhoseArgs {
    /// Tells whether a credential is named at all.
    pub fn names_one(&self) -> bool {
        self.credential.is_some() || self.rp.is_some()
    }

    /// Returns the assertion to ask for.
    pub fn authentication(&self, action: LargeBlobAction) -> Result<Authentication, Failure> {
        let (rp_id, allow) = match (&self.credential, &self.rp) {
            (Some(path), _) => {
                let record = CredentialRecord::load(path)?;
                let public_key = Some(record.public_key()?);
                let descriptor = CredentialDescriptor::new(record.credential_id.0);
                (record.rp_id, vec![AllowedCredential { descriptor, public_key }])
            }
            (None, Some(rp_id)) => {
                let allowed = self.id.iter().map(|Bytes(id)| AllowedCredential {
                    descriptor: CredentialDescriptor::new(id.clone()),
                    public_key: None,
                });
                (rp_id.clone(), allowed.collect())
            }
            (None, None) => {
                return Err(Failure::message(Kind::USAGE, "whose large blob is meant?")
                    .hint("name the credential with --credential FILE, or --rp DOMAIN"));
            }
        };
        let client_data_hash = randomness::bytes()?;
        Ok(Authentication {
            rp_id,
            client_data_hash,
            allow,
            user_verification: self.uv.into(),
            user_presence: true,
            hmac_secret: None,
            salts_by_credential: Vec::new(),
            third_party_payment: false,
            blobs: AuthenticationBlobs { cred_blob: false, large_blob: Some(action) },
            all_accounts: false,
            app_id: None,
            shortfall: Default::default(),
        })
    }
}

/// Produces the one assertion.
pub fn one_assertion(
    session: &mut Session<'_>,
    wanted: &Authentication,
) -> Result<Assertion, Failure> {
    let assertions = authenticate(session, wanted)?;
    assertions.into_iter().next().ok_or_else(|| fidoctl::client::Error::NoCredentials.into())
}
