//! Where metadata come from, and how they are to be judged.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fidoctl::relying_party::metadata::{Date, Metadata, Root, Roots};

use super::seen;
use crate::certificate_file::read_certificates;
use crate::failure::{Failure, Kind};
use crate::hints;
use crate::input::read_file_up_to;
use crate::time::moment;

/// Metadata are some 10 MB long today.
const LIMIT: u64 = 64 << 20;

/// Which file, and how to judge it.
#[derive(clap::Args)]
pub struct MetadataArgs {
    /// The metadata: the signed file from https://mds3.fidoalliance.org/; '-' for stdin
    #[arg(long, value_name = "FILE", env = "FIDOCTL_MDS", hide_env_values = true)]
    mds: Option<PathBuf>,

    #[command(flatten)]
    trust: TrustArgs,

    /// Take a payload as plain JSON, which nobody vouches for
    #[arg(long, conflicts_with_all = ["root", "signer", "no_state"])]
    unsigned: bool,
}

/// Who may have signed, and when it must have been valid.
#[derive(clap::Args)]
pub struct TrustArgs {
    /// Trust the certificates in this file, PEM or DER, in place of the FIDO Alliance's
    #[arg(long, value_name = "FILE")]
    pub root: Option<PathBuf>,

    /// The name that the signer's certificate must bear
    #[arg(long, value_name = "HOST", requires = "root")]
    pub signer: Option<String>,

    /// Judge as of this time, not as of now: 2026-11-01, 2026-11-01T12:00:00Z or seconds since
    /// 1970; what has been seen since then does not count
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<SystemTime>,

    /// Neither look up nor remember the highest number seen
    #[arg(long)]
    pub no_state: bool,
}

/// Metadata, and what is known around them.
pub struct Loaded {
    pub metadata: Metadata,
    /// The time they were judged by.
    pub at: SystemTime,
    /// The highest number seen before, if that was looked up.
    pub seen: Option<u64>,
}

impl Loaded {
    /// Tells whether the day of the next update has not passed.
    pub fn is_up_to_date(&self) -> bool {
        Date::of(self.at).is_some_and(|today| today <= self.metadata.next_update())
    }
}

impl MetadataArgs {
    /// Reads the metadata, if there are any to read.
    pub fn load_if_given(&self) -> Result<Option<Loaded>, Failure> {
        self.mds.as_ref().map(|_| self.load()).transpose()
    }

    /// Reads the metadata.
    pub fn load(&self) -> Result<Loaded, Failure> {
        let path = self.mds.as_deref().ok_or_else(|| {
            Failure::message(Kind::USAGE, "there are no metadata to look into")
                .hint("fetch them from https://mds3.fidoalliance.org/ and name the file with --mds or in FIDOCTL_MDS")
        })?;
        if !self.unsigned {
            return self.trust.load(path);
        }
        let at = self.trust.at();
        let metadata = Metadata::parse_unsigned(&read_file_up_to(path, LIMIT)?, at)
            .map_err(|error| hints::of_metadata_error(error, path))?;
        Ok(Loaded { metadata, at, seen: None })
    }
}

impl TrustArgs {
    fn at(&self) -> SystemTime {
        self.at.unwrap_or_else(SystemTime::now)
    }

    fn roots(&self) -> Result<Roots, Failure> {
        let fido = Roots::of_fido();
        let Some(path) = &self.root else {
            return Ok(fido);
        };
        let roots = (1..).zip(read_certificates(path)?).map(|(place, certificate)| Root {
            name: format!("certificate {place} in {}", path.display()),
            certificate,
        });
        let signer = self.signer.as_deref().unwrap_or(fido.signer());
        Roots::new(signer, roots.collect()).map_err(|error| hints::of_metadata_error(error, path))
    }

    /// Reads and verifies signed metadata; refuses an older issue than one seen before.
    pub fn load(&self, path: &Path) -> Result<Loaded, Failure> {
        let (roots, at) = (self.roots()?, self.at());
        let metadata = Metadata::load(&read_file_up_to(path, LIMIT)?, &roots, at)
            .map_err(|error| hints::of_metadata_error(error, path))?;
        let looks_back = !self.no_state && self.at.is_none();
        let seen = if looks_back { seen::check(&roots, metadata.number())? } else { None };
        Ok(Loaded { metadata, at, seen })
    }
}
