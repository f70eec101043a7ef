use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use fidoctl::authenticator::{
    AttestationMode, CreationOptions, HostEnvironment, Interfaces, MAX_CAPACITY, State, StateFile,
    StoreError, Summary, VersionLine,
};
use fidoctl::transport::virtual_key::Behaviour;
use serde_json::{Value, json};

use super::factory::FactoryArgs;
use super::large_blobs::LargeBlobArgs;
use super::open::of_store_error;
use super::personality::like;
use super::show::summary_json;
use super::state_path::StateArgs;
use crate::commands::Outcome;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report};

/// Make a virtual key
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl virtual new --state ci.key\n  fidoctl virtual new --state bio.key --fingerprint\n  fidoctl virtual new --state strict.key --min-pin-length 6 --pin-complexity --always-uv\n  fidoctl virtual new --state old.key --like feitian-biopass"
)]
pub struct Args {
    #[command(flatten)]
    state: StateArgs,

    /// Replace an existing key: its credentials are lost
    #[arg(long)]
    force: bool,

    /// Make it like this: a personality's name (see 'virtual personality list'), a file of one,
    /// or what 'info --json' printed; other options change single traits of it
    #[arg(long, value_name = "NAME|FILE")]
    like: Option<String>,

    /// Whose signature vouches for new credentials [default: batch]
    #[arg(long, value_name = "KIND")]
    attestation: Option<Kinds>,

    /// Room for discoverable credentials [default: 100]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_CAPACITY)))]
    capacity: Option<u32>,

    /// The version of CTAP that the key behaves as [default: 2.3]
    #[arg(long, value_name = "VERSION", value_parser = version_line())]
    ctap: Option<VersionLine>,

    /// Build in a fingerprint sensor
    #[arg(long, conflicts_with = "u2f_only")]
    fingerprint: bool,

    /// Speak only U2F, as keys older than CTAP2 do
    #[arg(long, conflicts_with = "no_u2f")]
    u2f_only: bool,

    /// Speak only CTAP2
    #[arg(long)]
    no_u2f: bool,

    /// Make every random value of the new key reproducible, its secrets too
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    #[command(flatten)]
    large_blobs: LargeBlobArgs,

    #[command(flatten)]
    factory: FactoryArgs,
}

fn version_line() -> impl TypedValueParser<Value = VersionLine> {
    let names = VersionLine::ALL.map(VersionLine::name);
    PossibleValuesParser::new(names).map(|name| VersionLine::from_name(&name).unwrap_or_default())
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
    let like = args.like.as_deref().map(like).transpose()?.unwrap_or_default();
    let attestation = match args.attestation {
        None => like.attestation,
        Some(Kinds::Batch) => AttestationMode::Batch,
        Some(Kinds::Itself) => AttestationMode::SelfAttestation,
    };
    let interfaces = match (args.u2f_only, args.no_u2f) {
        (true, _) => Interfaces::U2f,
        (false, true) => Interfaces::Ctap2,
        (false, false) => like.interfaces,
    };
    let options = args.factory.add_to(CreationOptions {
        attestation,
        version_line: args.ctap.unwrap_or(like.version_line),
        capacity: args.capacity.or(like.capacity),
        large_blobs: args.large_blobs.add_to(like.large_blobs),
        fingerprint: args.fingerprint || like.fingerprint,
        interfaces,
        ..like
    })?;
    let random = Behaviour { seed: args.seed, ..Behaviour::default() };
    let mut random = random.random_of_new();
    let state = State::create(&options, random.as_mut(), HostEnvironment::system_time())
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
