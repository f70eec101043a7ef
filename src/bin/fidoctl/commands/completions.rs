use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::{Value, json};

use super::Outcome;
use crate::arguments::Cli;
use crate::output::{Page, Report};

/// Print completions for a shell
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl completions bash > ~/.local/share/bash-completion/completions/fidoctl"
)]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run(args: &Args) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "fidoctl", &mut script);
    Ok(Box::new(Printed(String::from_utf8_lossy(&script).into_owned())))
}

/// Text that goes to stdout as it is.
pub struct Printed(pub String);

impl Report for Printed {
    fn json(&self) -> Value {
        json!({ "schema": "fidoctl.text/1", "text": self.0 })
    }

    fn human(&self, _: &mut Page) {}

    fn verbatim(&self) -> Option<&str> {
        Some(&self.0)
    }
}
