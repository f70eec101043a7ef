//! Roots that attestation certificates must lead to.

use std::path::PathBuf;
use std::time::SystemTime;

use fidoctl::relying_party::signature::Sha1;
use fidoctl::relying_party::trust::Certificate;
use fidoctl::relying_party::{Expectations, Trust};

use crate::certificate_file::read_certificates;
use crate::failure::{Failure, Kind};
use crate::time::moment;

/// What makes an attestation trusted.
#[derive(clap::Args)]
pub struct TrustArgs {
    /// Trace the attestation to one of the certificates in this file (PEM, or one in DER); may be
    /// given more than once
    #[arg(long, value_name = "FILE")]
    root: Vec<PathBuf>,

    /// When certificates and metadata must be valid: 2026-11-01, 2026-11-01T12:00:00Z or seconds
    /// since 1970; now if left out
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<SystemTime>,

    /// Do not look at the dates of attestation certificates, which some makers get wrong
    #[arg(long)]
    any_date: bool,

    /// Take a TPM's attestation that rests on SHA-1, as older ones do
    #[arg(long)]
    allow_sha1: bool,
}

impl TrustArgs {
    /// Returns the time given.
    pub fn at(&self) -> Option<SystemTime> {
        self.at
    }

    /// Returns the time at which certificates must be valid; `None` for any.
    pub fn valid_at(&self) -> Option<SystemTime> {
        (!self.any_date).then(|| self.at.unwrap_or_else(SystemTime::now))
    }

    /// Adds the roots to what is expected.
    pub fn add(&self, expected: &mut Expectations) -> Result<(), Failure> {
        if self.allow_sha1 {
            expected.sha1 = Sha1::Allowed;
        }
        if self.root.is_empty() {
            return Ok(());
        }
        let mut roots = Vec::new();
        for path in &self.root {
            let read = read_certificates(path)?;
            if read.iter().any(|der| Certificate::parse(der).is_none()) {
                let what = format!("{} holds something that is no certificate", path.display());
                return Err(Failure::message(Kind::BAD_FILE, what)
                    .hint("give certificates in PEM, or one in DER"));
            }
            roots.extend(read);
        }
        expected.trust = Some(Trust { roots, at: self.valid_at() });
        Ok(())
    }
}
