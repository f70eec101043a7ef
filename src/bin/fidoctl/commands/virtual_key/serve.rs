use std::io::IsTerminal;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use fidoctl::authenticator::{Controls, FaultyDevice};
use fidoctl::serving::{self, ControlSocket, ServeError};
use serde_json::{Value, json};

use super::plugged_in::{BehaviourArgs, controlled, of_serve_error, plug_in};
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

    #[command(flatten)]
    behaviour: BehaviourArgs,

    /// A Unix socket for 'virtual touch', 'refuse', 'unplug', 'plug-in', 'finger' and 'clock'
    #[arg(long, value_name = "PATH")]
    control: Option<PathBuf>,
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

struct Served {
    stdio: bool,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let path = args.state.path()?;
    if args.place.stdio && std::io::stdout().is_terminal() {
        return Err(Failure::message(Kind::USAGE, "reports are not for a terminal")
            .hint("connect standard input and output to a program"));
    }
    let controls = Controls::default();
    let mut device = plug_in(&path, &args.behaviour, &controls)?;
    let socket = args.control.as_deref().map(ControlSocket::bind).transpose();
    let socket = socket.map_err(of_serve_error)?;
    let mut progress = context.progress();
    let mut ready = |selector: &str| {
        progress.event("ready", json!({ "selector": selector }), &format!("ready: {selector}"));
    };
    let remote = context.global.allow_remote;
    let stop = context.stop();
    controlled(socket.as_ref(), &controls, || {
        serve(&mut device, &args.place, remote, &stop, &mut ready)
    })
    .map_err(of_serve_error)?;
    Ok(Box::new(Served { stdio: args.place.stdio }))
}

fn serve(
    device: &mut FaultyDevice,
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

impl Report for Served {
    fn json(&self) -> Value {
        json!({ "schema": "fidoctl.virtual-serve/1", "result": "stopped" })
    }

    fn human(&self, _: &mut Page) {}

    // With --stdio, standard output belongs to the reports.
    fn is_silent(&self) -> bool {
        self.stdio
    }
}
