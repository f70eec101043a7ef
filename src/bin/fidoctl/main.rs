//! `fidoctl`: the command line over the `fidoctl` library.
//!
//! argv becomes [`arguments::Cli`], a command turns it into a [`output::Report`] or a
//! [`failure::Failure`], and only here do these become text, JSON and an exit code.

#![allow(unreachable_pub, reason = "in a binary, pub means to the whole of it")]

mod arguments;
mod certificate_file;
mod commands;
mod context;
mod core_dump;
mod device;
mod exit;
mod explanations;
mod failure;
mod hints;
mod input;
mod input_lines;
mod interrupts;
mod metadata;
mod output;
mod prompt;
mod randomness;
mod record;
mod state_folder;
mod time;
mod token_file;
mod tracing;
mod whole_file;

use std::process::ExitCode;

use clap::Parser;

use arguments::Cli;
use context::Context;

fn main() -> ExitCode {
    core_dump::forbid();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    let style = output::Style::from_flags(&cli.global);
    let outcome = Context::new(cli.global).and_then(|mut context| {
        let outcome = commands::run(cli.command, &mut context);
        // A run that failed is the one that somebody wants to see.
        let report = context.tracing().finish(outcome)?;
        output::report(report.as_ref(), style)
    });
    match outcome {
        Ok(code) => code,
        Err(failure) => output::failure(&failure, style),
    }
}
