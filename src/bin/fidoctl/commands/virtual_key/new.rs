use std::path::{Path, PathBuf};

use fidoctl::authenticator::{
    AttestationMode, CreationOptions, HostEnvironment, LargeBlobOptions, LargeBlobs, State,
    StateFile, StoreError, Summary,
};
use fidoctl::pin_uv::OsRandom;
use serde_json::{Value, json};

use super::open::of_store_error;
use super::show::summary_json;
use super::state_path::StateArgs;
use crate::commands::Outcome;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report};

/// Make a virtual key
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl virtual new --state ci.key")]
pub struct Args {
    #[command(flatten)]
    state: StateArgs,

    /// Replace an existing key: its credentials are lost
    #[arg(long)]
    force: bool,

    /// Whose signature vouches for new credentials
    #[arg(long, value_name = "KIND", default_value = "batch")]
    attestation: Kinds,

    /// How the key keeps large blobs
    #[arg(long, value_name = "WAY", default_value = "large-blob-key")]
    large_blobs: Ways,

    /// Room for large blobs in bytes: of the array, or of each credential's
    #[arg(long, value_name = "BYTES", default_value = "2048", value_parser = clap::value_parser!(u32).range(1024..=1_048_576))]
    large_blob_size: u32,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Ways {
    /// In one array, by the extension largeBlobKey
    LargeBlobKey,
    /// With the credential, by the extension largeBlob of CTAP 2.3
    LargeBlob,
    /// Not at all
    None,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kinds {
    /// A batch certificate made with the key
    Batch,
    /// The credential's own key
    #[value(name = "self")]
    Itself,
}

struct Made {
    path: PathBuf,
    summary: Summary,
}

pub fn run(args: &Args) -> Outcome {
    let path = args.state.path()?;
    let attestation = match args.attestation {
        Kinds::Batch => AttestationMode::Batch,
        Kinds::Itself => AttestationMode::SelfAttestation,
    };
    let way = match args.large_blobs {
        Ways::LargeBlobKey => LargeBlobs::LargeBlobKey,
        Ways::LargeBlob => LargeBlobs::LargeBlob,
        Ways::None => LargeBlobs::None,
    };
    let large_blobs = LargeBlobOptions { way, capacity: args.large_blob_size };
    let options = CreationOptions { attestation, large_blobs, ..CreationOptions::default() };
    let state = State::create(&options, &mut OsRandom, HostEnvironment::system_time())
        .map_err(|error| Failure::new(Kind::INTERNAL, error))?;
    write(&path, &state, args.force)?;
    Ok(Box::new(Made { path, summary: state.summary() }))
}

fn write(path: &Path, state: &State, force: bool) -> Result<(), Failure> {
    match StateFile::create(path, state) {
        Ok(_) => Ok(()),
        Err(StoreError::Exists { .. }) if force => {
            let (mut file, _) = StateFile::open(path).map_err(of_store_error)?;
            file.save(state).map_err(of_store_error)
        }
        Err(error @ StoreError::Exists { .. }) => Err(Failure::new(Kind::EXISTS, error)
            .hint("choose another name, or add --force to lose that key's credentials")),
        Err(error) => Err(of_store_error(error)),
    }
}

impl Report for Made {
    fn json(&self) -> Value {
        let mut value = summary_json(&self.path, &self.summary);
        if let Some(members) = value.as_object_mut() {
            members.insert("schema".to_owned(), json!("fidoctl.virtual-new/1"));
        }
        value
    }

    fn human(&self, page: &mut Page) {
        page.good(&format!("made a VIRTUAL key in {}", self.path.display()));
        page.hint(&format!("use it with --device virtual:{}", self.path.display()));
    }
}
