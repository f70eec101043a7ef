use std::time::Duration;

use fidoctl::client::reset::reset;
use fidoctl::client::{Error, Protocol, Unsupported};
use fidoctl::ctap2::GetInfoResponse;
use fidoctl::transport::discovery;
use fidoctl::transport::presence::{Replug, Wait, is_present};
use fidoctl::transport::{KeyDescription, PipeError, SystemClock, Transport};
use serde_json::{Value, json};

use super::Outcome;
use super::info::get_info_json;
use crate::arguments::NewPinArgs;
use crate::context::{Context, QuietWatch, needs};
use crate::device::{self, Place, Target};
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report, boxed, uuid, visible};
use crate::prompt::Prompter;

/// Erase a key: every credential on it and its PIN
///
/// Asks for consent first, naming the key. Keys take a reset only in the first ten seconds after
/// they are plugged in, some (older YubiKeys) only in the first five, so it then waits until that
/// same key is unplugged and plugged in again. Some keys want a touch of five seconds and more.
/// The virtual key is replugged by the command itself.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl reset\n  fidoctl reset --device serial:1234 --yes")]
pub struct Args {
    /// Consent beforehand to erasing the key that --device names
    #[arg(long)]
    yes: bool,

    /// Send the reset at once, to a key that was plugged in a few seconds ago
    #[arg(long)]
    no_replug: bool,
}

struct Erased {
    target: Target,
    aaguid: [u8; 16],
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let (target, transport) = context.open()?;
    let mut erased = None;
    let before = context.with_transport(transport, &mut prompter, false, |session| {
        if session.protocol() == Protocol::U2f {
            return Err(Error::Unsupported(Unsupported::Ctap2).into());
        }
        check_resettable(session.info())?;
        if args.no_replug && args.yes {
            reset(session)?;
            erased = Some(());
        }
        Ok(session.info().clone())
    })?;
    let report = |target| boxed(Erased { target, aaguid: *before.aaguid });
    if erased.is_some() {
        return Ok(report(target));
    }
    consent(args, &target, &before, &prompter)?;
    let target =
        if args.no_replug { target } else { replug(context, target, &before, &mut prompter)? };
    let transport = open_again(context, &target)?;
    context.with_transport(transport, &mut prompter, false, |session| {
        same_key(&before, session.info())?;
        Ok(reset(session)?)
    })?;
    Ok(report(target))
}

fn check_resettable(info: &GetInfoResponse) -> Result<(), Failure> {
    match &info.transports_for_reset {
        Some(transports) if !transports.iter().any(|transport| transport == "usb") => {
            Err(Failure::message(
                Kind::UNSUPPORTED,
                format!("this key takes a reset only over: {}", visible(&transports.join(", "))),
            ))
        }
        _ => Ok(()),
    }
}

fn consent(
    args: &Args,
    target: &Target,
    info: &GetInfoResponse,
    prompter: &Prompter,
) -> Result<(), Failure> {
    if args.yes {
        return Ok(());
    }
    let question = format!(
        "This erases every credential and the PIN on {} (AAGUID {}).\nType 'erase' to go on:",
        target.name(),
        uuid(&info.aaguid)
    );
    match prompter.terminal().line(&question) {
        None => Err(needs("erasing a key wants consent", "--yes")),
        Some(answer) if answer == "erase" => Ok(()),
        Some(_) => Err(Failure::message(Kind::NO_CONSENT, "nothing was erased")),
    }
}

/// Waits until the key is unplugged and plugged in again, and returns where it is then.
fn replug(
    context: &Context,
    target: Target,
    info: &GetInfoResponse,
    prompter: &mut Prompter,
) -> Result<Target, Failure> {
    let then = match info.long_touch_for_reset {
        Some(true) => "plug it in again, and touch it for at least five seconds when it blinks",
        _ => "plug it in again, and touch it when it blinks",
    };
    match target.place().clone() {
        #[cfg(feature = "virtual-key")]
        Place::Virtual { path, .. } => {
            super::replug_virtual(&path)?;
            prompter.progress().event("replugged", json!({}), "replugged the virtual key");
            Ok(target)
        }
        // Opening it again is what was recorded next.
        Place::Replay { .. } => Ok(target),
        Place::Listed(key) => {
            only_one_such_key(&key)?;
            let mut look = || back(&key, &discovery::list()?);
            let key = wait_for_replug(context, prompter, then, &mut look)?;
            Ok(Target::new(Place::Listed(key)))
        }
        Place::At(address) => {
            let remote = context.global.allow_remote;
            let mut look = || Ok(is_present(&address, remote)?.then_some(()));
            wait_for_replug(context, prompter, then, &mut look)?;
            Ok(target)
        }
    }
}

/// Two keys that look alike could be mistaken for each other after the replug.
fn only_one_such_key(key: &KeyDescription) -> Result<(), Failure> {
    let keys = discovery::list()?;
    if keys.iter().filter(|other| key.may_be_same_key(other)).count() <= 1 {
        return Ok(());
    }
    Err(Failure::message(
        Kind::SEVERAL_KEYS,
        "another key of the same model is connected, and after unplugging nothing tells the two apart",
    )
    .hint("unplug the keys that are to be kept, then run it again"))
}

fn back(
    key: &KeyDescription,
    keys: &[KeyDescription],
) -> Result<Option<KeyDescription>, PipeError> {
    Ok(keys.iter().find(|other| key.may_be_same_key(other)).cloned())
}

fn wait_for_replug<T>(
    context: &Context,
    prompter: &mut Prompter,
    then: &str,
    look: &mut dyn FnMut() -> Result<Option<T>, PipeError>,
) -> Result<T, Failure> {
    let watch = QuietWatch(context.limits(false));
    let wait = Wait { limit: context.timeout(), clock: &SystemClock, watch: &watch };
    prompter.progress().begin_wait("unplug-wanted", json!({}), "unplug the key now");
    let progress = std::cell::RefCell::new(prompter.progress());
    let outcome = wait.replug(look, &mut || {
        let mut progress = progress.borrow_mut();
        progress.end_wait();
        progress.begin_wait("plug-in-wanted", json!({}), then);
    });
    progress.borrow_mut().end_wait();
    match outcome? {
        Replug::Back(found) => Ok(found),
        Replug::StillThere => Err(Failure::message(
            Kind::TIMEOUT,
            "the key was not unplugged in time; nothing was erased",
        )),
        Replug::NotBack => Err(Failure::message(
            Kind::TIMEOUT,
            "the key was not plugged in again in time; nothing was erased",
        )),
    }
}

/// The node may need a moment until its permissions are set.
fn open_again(context: &Context, target: &Target) -> Result<Box<dyn Transport>, Failure> {
    const PAUSE: Duration = Duration::from_millis(100);
    for _ in 0..20 {
        match device::open_target(context, target) {
            Err(failure) if matches!(failure.kind, Kind::NO_PERMISSION | Kind::NO_KEY) => {
                context.pause(PAUSE)?;
            }
            outcome => return outcome,
        }
    }
    device::open_target(context, target)
}

/// The same key or nothing: what can be compared must agree.
fn same_key(before: &GetInfoResponse, now: &GetInfoResponse) -> Result<(), Failure> {
    let names = differences(before, now);
    if names.is_empty() {
        return Ok(());
    }
    Err(Failure::message(
        Kind::OTHER_KEY,
        format!(
            "another key was plugged in, nothing was erased; it differs in {}",
            names.join(", ")
        ),
    )
    .hint("run it again with the key that is to be erased"))
}

/// Names the members of getInfo in which two answers differ, those aside that change by
/// themselves.
fn differences(before: &GetInfoResponse, now: &GetInfoResponse) -> Vec<String> {
    const FLEETING: [&str; 3] = ["encIdentifier", "encCredStoreState", "uvCountSinceLastPinEntry"];
    let (before, now) = (get_info_json(before), get_info_json(now));
    let members = |info: &Value| info.as_object().cloned().unwrap_or_default();
    let names = members(&before).into_iter().chain(members(&now)).map(|(name, _)| name);
    let mut names: Vec<_> = names
        .filter(|name| !FLEETING.contains(&name.as_str()) && before.get(name) != now.get(name))
        .collect();
    names.sort();
    names.dedup();
    names
}

impl Report for Erased {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.reset/1",
            "key": self.target.json(),
            "aaguid": uuid(&self.aaguid),
            "result": "erased",
        })
    }

    fn human(&self, page: &mut Page) {
        page.good(&format!("erased {}", self.target.name()));
    }
}
