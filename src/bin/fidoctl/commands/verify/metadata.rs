//! A registration held against the metadata of its model.

use std::path::PathBuf;
use std::time::SystemTime;

use crate::failure::Failure;
use crate::metadata::{Loaded, TrustArgs};

/// Which metadata.
#[derive(clap::Args)]
pub struct MetadataArgs {
    /// Trace the attestation to the roots that these FIDO metadata list for the key's model, and
    /// refuse models that they do not know or warn of
    #[arg(long, value_name = "FILE")]
    mds: Option<PathBuf>,

    /// The certificates that metadata of a service of one's own lead to
    #[arg(long, value_name = "FILE", requires = "mds")]
    mds_root: Option<PathBuf>,

    /// The name that the certificate of that service's signer must bear
    #[arg(long, value_name = "HOST", requires = "mds_root")]
    mds_signer: Option<String>,

    /// Neither look up nor remember the highest number of metadata seen
    #[arg(long, requires = "mds")]
    no_state: bool,
}

impl MetadataArgs {
    /// Reads and verifies the metadata, if any are named.
    pub fn load(&self, at: Option<SystemTime>) -> Result<Option<Loaded>, Failure> {
        let Some(path) = &self.mds else {
            return Ok(None);
        };
        let (root, signer) = (self.mds_root.clone(), self.mds_signer.clone());
        TrustArgs { root, signer, at, no_state: self.no_state }.load(path).map(Some)
    }
}
