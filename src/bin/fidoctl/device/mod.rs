//! From the words of `--device` to an open key.

mod choose;
mod target;

use std::time::Duration;

use fidoctl::transport::matching::{Picked, pick};
use fidoctl::transport::open::open_pipe;
use fidoctl::transport::{
    Address, CtapHidHost, KeyDescription, ReportPipe, Selector, Transport, discovery,
};

use crate::context::{Context, QuietWatch};
use crate::failure::{Failure, Kind};

pub use target::{Place, Target, describe_json, vendor_product};

/// How often is looked while `--wait` runs.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Opens the key that is meant, as soon as it is there.
pub fn open(context: &Context) -> Result<(Target, Box<dyn Transport>), Failure> {
    let target = match &context.global.device {
        Some(Selector::At(address)) if !matches!(address, Address::Hid(_)) => {
            Target::new(Place::At(address.clone()))
        }
        #[cfg(feature = "virtual-key")]
        Some(Selector::Virtual { state, touch, finger, fault, seed }) => {
            let path = crate::commands::virtual_state_path(state.as_deref())?;
            let (finger, fault) = (finger.as_deref(), fault.as_deref());
            let behaviour = crate::commands::virtual_behaviour(*touch, finger, fault, *seed)?;
            Target::new(Place::Virtual { path, behaviour })
        }
        #[cfg(not(feature = "virtual-key"))]
        Some(Selector::Virtual { .. }) => {
            return Err(Failure::message(Kind::UNSUPPORTED, "this build has no virtual key"));
        }
        Some(Selector::Replay(path)) => {
            Target::new(Place::Replay { path: path.clone(), key: context.tracing().played_key() })
        }
        selector => return open_listed(context, selector.as_ref()),
    };
    let transport = open_waiting(context, &target)?;
    Ok((target, transport))
}

/// Opens the key at a place.
pub fn open_target(context: &Context, target: &Target) -> Result<Box<dyn Transport>, Failure> {
    let pipe: Box<dyn ReportPipe> = match target.place() {
        Place::Listed(key) => open_pipe(&Address::Hid(key.path.clone()), false)?,
        Place::At(address) => open_pipe(address, context.global.allow_remote)?,
        #[cfg(feature = "virtual-key")]
        Place::Virtual { path, behaviour } => crate::commands::open_virtual(path, behaviour)?,
        Place::Replay { path, .. } => context.tracing().play().ok_or_else(|| {
            // Every way to a replay has read the file.
            Failure::message(Kind::INTERNAL, format!("{} was not read", path.display()))
        })?,
    };
    let pipe = context.tracing().record(target, pipe);
    let mut watch = QuietWatch(context.limits(false));
    Ok(Box::new(CtapHidHost::open(pipe, &mut watch)?))
}

fn open_waiting(context: &Context, target: &Target) -> Result<Box<dyn Transport>, Failure> {
    let mut left = context.global.wait.unwrap_or_default();
    loop {
        match open_target(context, target) {
            Err(failure) if failure.kind == Kind::NO_KEY && !left.is_zero() => {
                let pause = LOOK_AGAIN.min(left);
                left -= pause;
                context.pause(pause)?;
            }
            outcome => return outcome,
        }
    }
}

fn open_listed(
    context: &Context,
    selector: Option<&Selector>,
) -> Result<(Target, Box<dyn Transport>), Failure> {
    let mut left = context.global.wait.unwrap_or_default();
    loop {
        let keys = discovery::list()?;
        match pick(selector, &keys) {
            Picked::None => {
                if left.is_zero() {
                    // A node that exists but is no FIDO key, or that the system does not list.
                    if let Some(Selector::At(address)) = selector {
                        let target = Target::new(Place::At(address.clone()));
                        let transport = open_target(context, &target)?;
                        return Ok((target, transport));
                    }
                    return Err(nothing_found(selector, &keys));
                }
            }
            Picked::One(key) => {
                let target = Target::new(Place::Listed(key.clone()));
                let transport = open_target(context, &target)?;
                return Ok((target, transport));
            }
            Picked::Several(keys) => return choose::among(context, &keys, selector),
            Picked::Ask(keys) => return choose::by_asking(context, &keys, selector),
        }
        let pause = LOOK_AGAIN.min(left);
        left -= pause;
        context.pause(pause)?;
    }
}

fn nothing_found(selector: Option<&Selector>, keys: &[KeyDescription]) -> Failure {
    let Some(selector) = selector else {
        return Failure::message(Kind::NO_KEY, "no key is connected")
            .hint("plug a key in, or wait for one with --wait SECONDS")
            .hint("use the virtual key with --device virtual");
    };
    let mut failure = Failure::message(
        Kind::NO_KEY,
        format!("no connected key matches {:?}", selector.to_string()),
    )
    .hint("see what is connected with 'fidoctl list'");
    failure.candidates = keys.iter().map(describe_json).collect();
    failure
}
