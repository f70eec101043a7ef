//! Metadata that cannot be relied upon.

use std::path::Path;

use fidoctl::relying_party::metadata::MetadataError;
use fidoctl::relying_party::trust::{CertificateProblem, ChainError};

use crate::failure::{Failure, Kind};

/// Explains why a file is of no use as metadata.
pub fn of_metadata_error(error: MetadataError, path: &Path) -> Failure {
    let kind = match &error {
        MetadataError::Time => Kind::USAGE,
        MetadataError::TooLong(_)
        | MetadataError::NotSigned
        | MetadataError::Root(_)
        | MetadataError::Payload(_)
        | MetadataError::PayloadMember(_)
        | MetadataError::Duplicate(_) => Kind::BAD_FILE,
        _ => Kind::NOT_GENUINE,
    };
    let hints: &[&str] = match &error {
        MetadataError::NotSigned => &[
            "give the file as https://mds3.fidoalliance.org/ sends it",
            "a payload as plain JSON is taken with --unsigned, where that is good enough",
        ],
        MetadataError::Chain(ChainError::At { problem: CertificateProblem::Expired, .. }) => &[
            "fetch newer metadata from https://mds3.fidoalliance.org/",
            "to judge an old file as of its own time, add --at with that time",
        ],
        MetadataError::Chain(ChainError::At {
            problem: CertificateProblem::NotYetValid, ..
        }) => &["check this machine's clock, or the time given with --at"],
        MetadataError::Chain(_) | MetadataError::SignerName(_) => &[
            "do not use the file unless it comes from a service of your own: its root and signer are named with --root and --signer",
        ],
        _ if kind == Kind::NOT_GENUINE => {
            &["do not use the file; fetch it again from https://mds3.fidoalliance.org/"]
        }
        _ => &[],
    };
    let context = format!("{} cannot be relied upon", path.display());
    let failure = Failure::new(kind, anyhow::Error::new(error).context(context));
    hints.iter().fold(failure, |failure, hint| failure.hint(*hint))
}
