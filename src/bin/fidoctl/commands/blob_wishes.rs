//! What `enroll` and `assert` are told of blobs, and how they show what came of it.

use std::path::{Path, PathBuf};

use fidoctl::client::authenticate_blobs::{
    AssertionBlobs, AuthenticationBlobs, LargeBlobAction, LargeBlobOutcome,
};
use fidoctl::client::register_blobs::{LargeBlobSupport, RegisteredBlobs, RegistrationBlobs};

use super::wishes::Wish;
use crate::failure::{Failure, Kind};
use crate::input::{hex_bytes, read_file};
use crate::output::hex;

/// Flags of `enroll`.
#[derive(clap::Args)]
pub struct EnrollArgs {
    /// Keep these bytes with the credential, in hex, or the content of a file behind '@'
    /// (credBlob); most keys do so for discoverable credentials only
    #[arg(long, value_name = "HEX|@FILE")]
    cred_blob: Option<String>,

    /// Make room for a large blob; wants a discoverable credential
    #[arg(long, value_name = "WISH")]
    large_blob: Option<Support>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Support {
    /// Or fail
    Required,
    /// If the key can
    Preferred,
}

impl EnrollArgs {
    /// Reads the wishes.
    pub fn wishes(&self) -> Result<RegistrationBlobs, Failure> {
        let cred_blob = self.cred_blob.as_deref().map(cred_blob).transpose()?;
        let large_blob = self.large_blob.map(|support| match support {
            Support::Required => LargeBlobSupport::Required,
            Support::Preferred => LargeBlobSupport::Preferred,
        });
        Ok(RegistrationBlobs { cred_blob: cred_blob.map(|blob| (blob, true)), large_blob })
    }

    /// Returns what goes for --rk where it is not given.
    pub fn default_rk(&self) -> Wish {
        match self.large_blob {
            Some(Support::Required) => Wish::Required,
            Some(Support::Preferred) => Wish::Preferred,
            None => Wish::Discouraged,
        }
    }
}

fn cred_blob(text: &str) -> Result<Vec<u8>, Failure> {
    match text.strip_prefix('@') {
        Some(path) => read_file(Path::new(path)),
        None => hex_bytes(text)
            .map_err(|error| Failure::message(Kind::USAGE, format!("--cred-blob: {error}"))),
    }
}

/// Flags of `assert`.
#[derive(clap::Args)]
pub struct AssertArgs {
    /// Return the bytes that are kept with the credential (credBlob)
    #[arg(long)]
    cred_blob: bool,

    /// Return the credential's large blob
    #[arg(long, conflicts_with = "write_large_blob")]
    large_blob: bool,

    /// Put this file's content in the place of the credential's large blob; '-' for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "no_touch"])]
    write_large_blob: Option<PathBuf>,
}

impl AssertArgs {
    /// Reads the wishes.
    pub fn wishes(&self) -> Result<AuthenticationBlobs, Failure> {
        let large_blob = match &self.write_large_blob {
            Some(path) => Some(LargeBlobAction::Write { blob: read_file(path)?, replace: true }),
            None => self.large_blob.then_some(LargeBlobAction::Read),
        };
        Ok(AuthenticationBlobs { cred_blob: self.cred_blob, large_blob })
    }
}

/// Says what came of the wishes at a registration.
pub fn registration_pairs(blobs: &RegisteredBlobs) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    let says = |pairs: &mut Vec<_>, name, truth, yes: &str, no: &str| {
        pairs.push((name, if truth { yes } else { no }.to_owned()));
    };
    if let Some(stored) = blobs.cred_blob {
        says(&mut pairs, "credBlob", stored, "stored", "not stored");
    }
    if let Some(supported) = blobs.large_blob {
        says(&mut pairs, "large blob", supported, "there is room for one", "no room for one");
    }
    pairs
}

/// Says what came of the wishes at an assertion.
pub fn assertion_pairs(blobs: &AssertionBlobs) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    if let Some(blob) = &blobs.cred_blob {
        pairs.push(("credBlob", if blob.is_empty() { "none".to_owned() } else { hex(blob) }));
    }
    if let Some(outcome) = &blobs.large_blob {
        let text = match outcome {
            LargeBlobOutcome::Blob(blob) => format!("{} bytes: {}", blob.len(), hex(blob)),
            LargeBlobOutcome::NoRoom => "none: the credential has no room for one".to_owned(),
            LargeBlobOutcome::Absent => "none".to_owned(),
            LargeBlobOutcome::Damaged => "there is one, but it is damaged".to_owned(),
            LargeBlobOutcome::Written => "written".to_owned(),
            LargeBlobOutcome::Exists | LargeBlobOutcome::NotWritten => "not written".to_owned(),
            LargeBlobOutcome::Deleted => "deleted".to_owned(),
        };
        pairs.push(("large blob", text));
    }
    pairs
}

/// Turns an outcome that is not what was asked for into a failure.
pub fn demand_large_blob(outcome: &LargeBlobOutcome) -> Result<(), Failure> {
    let missing = |text: &str| Failure::message(Kind::NO_BLOB, text);
    match outcome {
        LargeBlobOutcome::Blob(_) | LargeBlobOutcome::Written | LargeBlobOutcome::Deleted => Ok(()),
        LargeBlobOutcome::Absent => Err(missing("there is no large blob for this credential")
            .hint("store one with 'fidoctl blob set'")),
        LargeBlobOutcome::NoRoom => Err(missing("this credential has no room for a large blob")
            .hint("enroll with --large-blob required: room is made with the credential only")),
        LargeBlobOutcome::Damaged => Err(Failure::message(
            Kind::DAMAGED_BLOB,
            "the large blob of this credential is damaged",
        )
        .hint("store it anew with 'fidoctl blob set', or delete it with 'fidoctl blob delete'")),
        LargeBlobOutcome::Exists => Err(Failure::message(
            Kind::EXISTS,
            "there is a large blob for this credential already; it was left as it is",
        )
        .hint("add --force to replace it; see it with 'fidoctl blob get'")),
        LargeBlobOutcome::NotWritten => Err(Failure::message(
            Kind::REFUSED,
            "the key did not store the large blob, and does not say why",
        )
        .hint("try a smaller one; check that the credential was made with --large-blob required")),
    }
}

/// Refuses to report a large blob as written that was not.
pub fn demand_written(blobs: &AssertionBlobs, wanted: &AuthenticationBlobs) -> Result<(), Failure> {
    match (&blobs.large_blob, &wanted.large_blob) {
        (Some(outcome), Some(LargeBlobAction::Write { .. })) => demand_large_blob(outcome),
        _ => Ok(()),
    }
}
