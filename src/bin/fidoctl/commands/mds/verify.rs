use std::path::PathBuf;

use serde_json::{Value, json};

use super::model::{count, source_json};
use crate::commands::Outcome;
use crate::metadata::{Loaded, TrustArgs};
use crate::output::{Page, Report, boxed, hex, visible};
use crate::time::rfc3339;

/// At most this many faults are written out for people.
const FAULTS_SHOWN: usize = 20;

/// Check the signature of a metadata file, and that it is no older than one seen before
///
/// The certificates must lead to GlobalSign's root R3 or R46 and bear the name
/// mds.fidoalliance.org. Whether they were revoked is not looked up: nothing is fetched.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  fidoctl mds verify blob.jwt\n  fidoctl mds verify old-blob.jwt --at 2022-02-28"
)]
pub struct Args {
    /// The signed file from https://mds3.fidoalliance.org/; '-' for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    trust: TrustArgs,
}

struct Verified(Loaded);

pub fn run(args: &Args) -> Outcome {
    Ok(boxed(Verified(args.trust.load(&args.file)?)))
}

impl Report for Verified {
    fn json(&self) -> Value {
        let Verified(loaded) = self;
        let metadata = &loaded.metadata;
        let faults = metadata.faults().iter().map(|fault| {
            json!({
                "index": fault.index, "model": fault.model, "left_out": fault.left_out,
                "reason": fault.reason,
            })
        });
        let signer = metadata.signer().map(|signer| {
            json!({
                "name": signer.name,
                "algorithm": signer.algorithm.to_string(),
                "root": { "name": signer.root.name, "sha256": hex(&signer.root.fingerprint()) },
            })
        });
        json!({
            "schema": "fidoctl.mds-verify/1",
            "metadata": source_json(loaded),
            "signer": signer,
            "seen_before": loaded.seen,
            "models": metadata.entries().len(),
            "fido2": count(metadata, "fido2"),
            "u2f": count(metadata, "u2f"),
            "uaf": count(metadata, "uaf"),
            "attestation_roots":
                metadata.entries().iter().map(|e| e.attestation_roots().len()).sum::<usize>(),
            "faults": faults.collect::<Vec<_>>(),
            "legal_header": metadata.legal_header(),
        })
    }

    fn human(&self, page: &mut Page) {
        let Verified(loaded) = self;
        let metadata = &loaded.metadata;
        if let Some(signer) = metadata.signer() {
            page.good(&format!("signed by {} with {}", visible(&signer.name), signer.algorithm));
            let root = visible(&signer.root.name);
            page.good(&format!("its certificate leads to {root}, as of {}", rfc3339(loaded.at)));
        }
        match loaded.seen {
            Some(seen) => page.good(&format!("no older than number {seen}, the newest seen here")),
            None => page.open("age: none seen before to compare with"),
        }
        page.open("revocation of certificates: not checked, nothing is fetched");
        let due = metadata.next_update();
        if loaded.is_up_to_date() {
            page.good(&format!("the next update is due on {due}"));
        } else {
            page.bad(&format!("out of date: an update was due on {due}; fetch a newer file"));
        }
        page.line("");
        let [fido2, u2f, uaf] = ["fido2", "u2f", "uaf"].map(|family| count(metadata, family));
        let models = metadata.entries().len();
        page.pairs([
            ("number", metadata.number().to_string()),
            ("models", format!("{models} ({fido2} FIDO2, {u2f} U2F, {uaf} UAF)")),
            ("left out", metadata.faults().len().to_string()),
        ]);
        for fault in metadata.faults().iter().take(FAULTS_SHOWN) {
            page.bad(&visible(&fault.to_string()));
        }
    }
}
