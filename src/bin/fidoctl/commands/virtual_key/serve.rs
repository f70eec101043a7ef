use std::io::IsTerminal;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use fidoctl::authenticator::{
    Authenticator, CtapHidDevice, FingerScript, HostEnvironment, State, StateFile,
};
use fidoctl::pin_uv::OsRandom;
use fidoctl::serving::{self, ServeError};
use fidoctl::transport::selector::VirtualTouch;
use serde_json::{Value, json};

use super::open::{of_store_error, touch_of};
use super::state_path::StateArgs;
use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report};

/// Offer a virtual key to other programs until Ctrl-C
///
/// Starting the server plugs the key in: that opens the reset window. Once it listens, one line on
/// stderr says 'ready:' and the selector to use. Other programs take the pseudo-terminal for a
/// hidraw node.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl virtual serve --state ci.key --unix key.sock\n  fidoctl virtual serve --state ci.key --pty ./key"
)]
pub struct Args {
    #[command(flatten)]
    state: StateArgs,

    #[command(flatten)]
    place: PlaceArgs,

    /// Who touches the key: auto, short (never for as long as a reset may want), never, refuse or delay=MILLISECONDS
    #[arg(long, value_name = "HOW", default_value = "auto")]
    touch: VirtualTouch,

    /// Whose finger lies on a fingerprint sensor: auto, wrong, never, or a sample's fault such as
    /// too-fast; several with commas are taken in turn, and the last one stays
    #[arg(long, value_name = "FINGERS", default_value = "auto")]
    finger: FingerScript,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct PlaceArgs {
    /// A pseudo-terminal that other programs take for a hidraw node, with a symbolic link to it
    #[arg(long, value_name = "LINK", num_args = 0..=1)]
    pty: Option<Option<PathBuf>>,

    /// A Unix socket: a stream of 64-byte reports
    #[arg(long, value_name = "PATH")]
    unix: Option<PathBuf>,

    /// A TCP socket: a stream of 64-byte reports; port 0 for any that is free
    #[arg(long, value_name = "ADDRESS:PORT")]
    tcp: Option<SocketAddr>,

    /// A UDP socket: a report in each datagram; port 0 for any that is free
    #[arg(long, value_name = "ADDRESS:PORT")]
    udp: Option<SocketAddr>,

    /// Standard input and output: a stream of 64-byte reports
    #[arg(long)]
    stdio: bool,
}

struct Served;

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let path = args.state.path()?;
    if args.place.stdio && std::io::stdout().is_terminal() {
        return Err(Failure::message(Kind::USAGE, "reports are not for a terminal")
            .hint("connect standard input and output to a program"));
    }
    if args.place.stdio && context.global.json {
        let problem = "with --stdio, standard output belongs to the reports, and not to JSON";
        return Err(Failure::message(Kind::USAGE, problem).hint("leave out --json"));
    }
    let mut device = plug_in(&path, args.touch, args.finger.clone())?;
    let mut progress = context.progress();
    let mut ready = |selector: &str| {
        progress.event("ready", json!({ "selector": selector }), &format!("ready: {selector}"));
    };
    let remote = context.global.allow_remote;
    serve(&mut device, &args.place, remote, &context.stop(), &mut ready).map_err(of_serve_error)?;
    Ok(Box::new(Served))
}

fn plug_in(
    path: &Path,
    touch: VirtualTouch,
    fingers: FingerScript,
) -> Result<CtapHidDevice, Failure> {
    let (mut file, mut state) = StateFile::open_or_create(path, || {
        State::create(&Default::default(), &mut OsRandom, HostEnvironment::system_time())
            .map_err(|error| Failure::new(Kind::INTERNAL, error))
    })?;
    state.power_cycle(HostEnvironment::system_time());
    file.save(&state).map_err(of_store_error)?;
    let environment = HostEnvironment::new(file, Box::new(touch_of(touch)));
    let environment = environment.with_fingers(Box::new(fingers));
    Ok(CtapHidDevice::new(Authenticator::new(state, Box::new(environment))))
}

fn serve(
    device: &mut CtapHidDevice,
    place: &PlaceArgs,
    allow_remote: bool,
    stop: &AtomicBool,
    ready: &mut dyn FnMut(&str),
) -> Result<(), ServeError> {
    if let Some(path) = &place.unix {
        serving::serve_unix(device, path, stop, ready)
    } else if let Some(link) = &place.pty {
        serving::serve_pty(device, link.as_deref(), stop, ready)
    } else if let Some(address) = place.tcp {
        serving::serve_tcp(device, address, allow_remote, stop, ready)
    } else if let Some(address) = place.udp {
        serving::serve_udp(device, address, allow_remote, stop, ready)
    } else {
        let (input, output) = (std::io::stdin(), std::io::stdout());
        serving::serve_stdio(device, input.as_fd(), output.as_fd(), stop, ready)
    }
}

fn of_serve_error(error: ServeError) -> Failure {
    match &error {
        ServeError::Exists { .. } => {
            Failure::new(Kind::EXISTS, error).hint("choose another path, or remove what is there")
        }
        ServeError::InUse { .. } => {
            Failure::new(Kind::IN_USE, error).hint("choose another address, or end that program")
        }
        ServeError::NotLoopback { .. } => Failure::new(Kind::USAGE, error)
            .hint("add --allow-remote if you mean it: whoever reaches the key can use it"),
        ServeError::Device(_) => Failure::new(Kind::STATE_FILE, error)
            .hint("check the state file's permissions and the space left on the disk"),
        ServeError::Io { .. } => Failure::new(Kind::IO, error),
    }
}

impl From<fidoctl::authenticator::StoreError> for Failure {
    fn from(error: fidoctl::authenticator::StoreError) -> Self {
        of_store_error(error)
    }
}

impl Report for Served {
    fn json(&self) -> Value {
        json!({ "schema": "fidoctl.virtual-serve/1", "result": "stopped" })
    }

    fn human(&self, _: &mut Page) {}

    // With --stdio, standard output belongs to the reports.
    fn verbatim(&self) -> Option<&str> {
        Some("")
    }
}
