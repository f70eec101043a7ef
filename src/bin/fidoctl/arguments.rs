//! What can be typed. The doc comments are the help texts.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser};
use fidoctl::transport::Selector;

use crate::commands::Command;
use crate::prompt::ProgressForm;

/// Use, manage and test FIDO2 security keys
///
/// Enrolls credentials, manages PINs, produces assertions and resets keys over USB.
/// Carries a virtual key, so that scripts can do all of it with no hardware.
#[derive(Parser)]
#[command(
    name = "fidoctl",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Start with 'fidoctl list', or with 'fidoctl --device virtual enroll --rp example.com --user alice'."
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The key to use: a path, serial:…, aaguid:…, name:…, VID:PID, touch, virtual[:FILE],
    /// unix:PATH, tcp:HOST:PORT, udp:HOST:PORT, pty:PATH or replay:FILE
    #[arg(
        long,
        global = true,
        value_name = "SELECTOR",
        env = "FIDOCTL_DEVICE",
        hide_env_values = true
    )]
    pub device: Option<Selector>,

    /// Print one JSON value on stdout; failures as JSON on stderr
    #[arg(long, global = true)]
    pub json: bool,

    /// Give up after this many seconds [default: 300, or more where a service gives more]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,

    /// Wait this many seconds for a key to appear
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub wait: Option<Duration>,

    /// Ask nothing: a question becomes an error that names the option to use
    #[arg(long, global = true)]
    pub no_input: bool,

    /// How to tell on stderr what is going on
    #[arg(long, global = true, value_name = "FORM", default_value = "text")]
    pub progress: ProgressForm,

    /// Say nothing on stderr but errors and questions
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Log messages, with -vv reports too; lengths and statuses, never contents
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// Forgive a key that encodes its answers carelessly
    #[arg(long, global = true)]
    pub lenient_cbor: bool,

    /// Reach keys over TCP and UDP on other hosts than this one
    #[arg(long, global = true)]
    pub allow_remote: bool,

    #[command(flatten)]
    pub trace: TraceArgs,

    #[command(flatten)]
    pub pin: PinArgs,
}

/// Where the transcript goes.
#[derive(Args, Default)]
pub struct TraceArgs {
    /// Write what goes over the wire to a file, without secrets; see 'fidoctl trace'
    #[arg(long = "trace", id = "trace", global = true, value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// Write secrets to the transcript too: whoever has it can read everything, PINs included
    #[arg(long = "trace-secrets", id = "trace-secrets", global = true)]
    pub secrets: bool,

    /// Replace the transcript that is there
    #[arg(long = "trace-overwrite", id = "trace-overwrite", global = true)]
    pub overwrite: bool,
}

/// Where the current PIN comes from.
#[derive(Args, Default)]
#[command(next_help_heading = "PIN options")]
#[group(id = "pin-source", multiple = false)]
pub struct PinArgs {
    /// Read the PIN from the first line of standard input
    #[arg(long, global = true)]
    pub pin_stdin: bool,

    /// Read the PIN from the first line of a file
    #[arg(long, global = true, value_name = "FILE")]
    pub pin_file: Option<PathBuf>,

    /// Read the PIN from an open file descriptor
    #[arg(long, global = true, value_name = "NUMBER")]
    pub pin_fd: Option<i32>,

    /// Read the PIN from an environment variable
    #[arg(long, global = true, value_name = "NAME")]
    pub pin_env: Option<String>,

    /// Ask for the PIN with a pinentry or askpass program
    #[arg(long, global = true, value_name = "PROGRAM")]
    pub pin_program: Option<String>,
}

/// Where a new PIN comes from.
#[derive(Args, Default)]
#[group(id = "new-pin-source", multiple = false)]
pub struct NewPinArgs {
    /// Read the new PIN from the first line of a file
    #[arg(long, value_name = "FILE")]
    pub new_pin_file: Option<PathBuf>,

    /// Read the new PIN from an open file descriptor
    #[arg(long, value_name = "NUMBER")]
    pub new_pin_fd: Option<i32>,

    /// Read the new PIN from an environment variable
    #[arg(long, value_name = "NAME")]
    pub new_pin_env: Option<String>,

    /// Ask for the new PIN with a pinentry or askpass program
    #[arg(long, value_name = "PROGRAM")]
    pub new_pin_program: Option<String>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "a number of seconds is wanted, such as 30 or 0.5".to_owned();
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

/// What may be risked with a PIN.
#[derive(Args, Clone, Copy, Debug)]
pub struct RiskArgs {
    /// Spend a PIN that nobody types even when a mistake would block the key
    #[arg(long = "risk-last-tries")]
    pub last_tries: bool,
}
