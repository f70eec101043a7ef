use std::path::PathBuf;

use fidoctl::client::authenticate_blobs::{LargeBlobAction, LargeBlobOutcome};
use fidoctl::webauthn::Base64Url;
use serde_json::{Value, json};

use super::whose::{WhoseArgs, one_assertion};
use crate::arguments::NewPinArgs;
use crate::commands::Outcome;
use crate::commands::blob_wishes::demand_large_blob;
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report, hex, visible};
use crate::whole_file::WholeFile;

/// Read a credential's large blob
///
/// Writes its bytes as they are to a file, or to standard output where that is not a terminal.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl blob get --credential cred.json --output certificate.pem\n  fidoctl blob get --credential cred.json > certificate.pem"
)]
pub struct Args {
    #[command(flatten)]
    whose: WhoseArgs,

    /// Write the blob to this file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Replace the file if it exists
    #[arg(long, requires = "output")]
    force: bool,
}

struct Got {
    target: Target,
    rp_id: String,
    credential_id: Vec<u8>,
    blob: Vec<u8>,
    saved: Option<PathBuf>,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let file = match &args.output {
        Some(path) => Some(WholeFile::reserve(path, args.force)?),
        None => None,
    };
    let wanted = args.whose.authentication(LargeBlobAction::Read)?;
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let risk = args.whose.risk.last_tries;
    let (target, assertion) = context.with_session(&mut prompter, risk, |session, target| {
        Ok((target.clone(), one_assertion(session, &wanted)?))
    })?;
    let outcome = assertion.blobs.large_blob.unwrap_or(LargeBlobOutcome::Absent);
    demand_large_blob(&outcome)?;
    let blob = match outcome {
        LargeBlobOutcome::Blob(blob) => blob,
        _ => Vec::new(),
    };
    if let Some(file) = file {
        file.commit(&blob)?;
    }
    let (rp_id, credential_id) = (wanted.rp_id, assertion.credential_id);
    Ok(Box::new(Got { target, rp_id, credential_id, blob, saved: args.output.clone() }))
}

impl Report for Got {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.blob-get/1",
            "key": self.target.json(),
            "rp_id": self.rp_id,
            "credential_id": Base64Url(self.credential_id.clone()),
            "size": self.blob.len(),
            "blob": Base64Url(self.blob.clone()),
        })
    }

    fn human(&self, page: &mut Page) {
        page.good(&format!("read the large blob for {}", visible(&self.rp_id)));
        let mut pairs = self.target.pairs();
        pairs.push(("credential", Base64Url(self.credential_id.clone()).to_string()));
        pairs.push(("size", format!("{} bytes", self.blob.len())));
        match &self.saved {
            Some(path) => pairs.push(("saved in", path.display().to_string())),
            None => pairs.push(("content", self.content())),
        }
        page.pairs(pairs);
    }

    fn bytes(&self) -> Option<&[u8]> {
        self.saved.is_none().then_some(&self.blob)
    }
}

impl Got {
    /// Text as text, its lines kept; anything else as hex.
    fn content(&self) -> String {
        match std::str::from_utf8(&self.blob) {
            Ok(text) => text.lines().map(visible).collect::<Vec<_>>().join("\n"),
            Err(_) => hex(&self.blob),
        }
    }
}
