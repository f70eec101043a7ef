//! Which credentials may be used.

use std::path::{Path, PathBuf};

use fidoctl::client::authenticate::AllowedCredential;
use fidoctl::webauthn::CredentialDescriptor;

use super::rp_id::parse_rp_id;
use crate::failure::{Failure, Kind};
use crate::input::{Bytes, bytes, read_file};
use crate::record::CredentialRecord;

/// Flags that name credentials.
#[derive(clap::Args)]
pub struct AllowArgs {
    /// RP ID: the domain of the service; taken from the credential record if left out
    #[arg(long, value_name = "DOMAIN", value_parser = parse_rp_id)]
    rp: Option<String>,

    /// Record of a credential that may be used, as 'enroll --save' writes it
    #[arg(long, value_name = "FILE")]
    credential: Vec<PathBuf>,

    /// ID of a credential that may be used, in base64url, or hex behind 'hex:'
    #[arg(long, value_name = "ID", value_parser = bytes, allow_hyphen_values = true)]
    allow: Vec<Bytes>,

    /// File with IDs of credentials that may be used, one a line; '-' for standard input
    #[arg(long, value_name = "FILE")]
    allow_file: Vec<PathBuf>,
}

impl AllowArgs {
    /// Returns the RP ID and the credentials; with none, discoverable ones are meant.
    pub fn load(&self) -> Result<(String, Vec<AllowedCredential>), Failure> {
        let records: Vec<_> = self
            .credential
            .iter()
            .map(|path| CredentialRecord::load(path))
            .collect::<Result<_, _>>()?;
        let mut allow = Vec::new();
        for record in &records {
            let descriptor = CredentialDescriptor::new(record.credential_id.0.clone());
            allow.push(AllowedCredential { descriptor, public_key: Some(record.public_key()?) });
        }
        let mut ids = self.allow.clone();
        for path in &self.allow_file {
            ids.extend(ids_of(path)?);
        }
        allow.extend(ids.into_iter().map(|Bytes(id)| AllowedCredential {
            descriptor: CredentialDescriptor::new(id),
            public_key: None,
        }));
        Ok((self.rp_id(&records)?, allow))
    }

    /// Takes the RP ID from the flag or the records, which must agree.
    fn rp_id(&self, records: &[CredentialRecord]) -> Result<String, Failure> {
        let mut rp_ids: Vec<&String> =
            self.rp.iter().chain(records.iter().map(|record| &record.rp_id)).collect();
        rp_ids.dedup();
        match rp_ids.as_slice() {
            [] => Err(Failure::message(Kind::USAGE, "the RP ID is missing")
                .hint("give --rp, or a record with --credential")),
            [rp_id] => Ok((*rp_id).clone()),
            _ => Err(Failure::message(
                Kind::USAGE,
                format!("the credentials belong to several RP IDs: {rp_ids:?}"),
            )
            .hint("use credentials of one RP ID at a time")),
        }
    }
}

/// Reads IDs, one a line; empty lines are skipped, and an empty file is a mistake: without a list
/// the key would offer credentials that were not asked for.
fn ids_of(path: &Path) -> Result<Vec<Bytes>, Failure> {
    let unfit = |why: String| {
        Failure::message(Kind::BAD_FILE, format!("{}: {why}", path.display()))
            .hint("give one credential ID a line, in base64url, or hex behind 'hex:'")
    };
    let content = read_file(path)?;
    let text = std::str::from_utf8(&content).map_err(|_| unfit("this is not text".to_owned()))?;
    let mut ids = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if !line.trim().is_empty() {
            ids.push(bytes(line.trim()).map_err(|why| unfit(format!("line {number}: {why}")))?);
        }
    }
    if ids.is_empty() {
        return Err(unfit("there are no credential IDs in it".to_owned()));
    }
    Ok(ids)
}
