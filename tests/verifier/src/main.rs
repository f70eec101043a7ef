//! Verifies WebAuthn responses with `ctap-hid-fido2`:
//!
//!     verifier registration FILE [--rp ID]
//!     verifier assertion FILE --credential FILE [--rp ID]
//!
//! FILE holds the response's own JSON, `-` is stdin; the credential is a `fidoctl.credential/1` record.
//! Without `--rp` the RP ID is the host of the origin. Exit: 0 verified, 1 not, 2 unusable input.

mod assertion;
mod public_key;
mod registration;
mod response;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use response::Response;

/// Verified, with what there is to say about it, or not, with the reason.
pub type Verdict = Result<String, String>;

/// Ends the judgement when something that must hold does not.
#[macro_export]
macro_rules! must {
    ($holds:expr, $reason:expr) => {
        if !$holds {
            return Ok(Err(String::from($reason)));
        }
    };
}

fn main() -> ExitCode {
    // On malformed input the library panics now and then.
    let judged = std::panic::catch_unwind(judge).unwrap_or_else(|_| bail_out());
    match judged {
        Ok(Ok(what)) => {
            println!("verified: {what}");
            ExitCode::SUCCESS
        }
        Ok(Err(reason)) => {
            eprintln!("not verified: {reason}");
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("unusable: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn bail_out() -> Result<Verdict> {
    bail!("the library could not read this")
}

fn judge() -> Result<Verdict> {
    let mut args = std::env::args().skip(1);
    let kind = args.next().context("registration or assertion?")?;
    let file = args.next().context("no file given")?;
    let (mut rp, mut credential) = (None, None);
    while let Some(name) = args.next() {
        let value = args.next().with_context(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--rp" => rp = Some(value),
            "--credential" => credential = Some(value),
            _ => bail!("unknown option {name}"),
        }
    }

    let response = Response::read(&file)?;
    let rp = rp.map_or_else(|| response.origin_host(), Ok)?;
    match (kind.as_str(), credential) {
        ("registration", None) => registration::verify(&response, &rp),
        ("assertion", Some(record)) => assertion::verify(&response, &rp, &record),
        ("assertion", None) => bail!("an assertion needs --credential FILE"),
        _ => bail!("registration takes a file, assertion a file and --credential"),
    }
}
