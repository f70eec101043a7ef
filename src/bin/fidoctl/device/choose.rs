//! Several keys fit: ask the person for a touch, or the keys for their AAGUID, but never guess.

use std::io::IsTerminal;

use fidoctl::client::{Session, select};
use fidoctl::transport::{KeyDescription, Selector, Transport};
use serde_json::json;

use super::{Place, Target, describe_json, open_target};
use crate::arguments::NewPinArgs;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::output::{uuid, visible};

type Opened = (Target, Box<dyn Transport>);

/// Several keys fit: a person may touch the one meant, a script must say which.
pub fn among(
    context: &Context,
    keys: &[&KeyDescription],
    selector: Option<&Selector>,
) -> Result<Opened, Failure> {
    let somebody_is_there = !context.global.no_input && std::io::stderr().is_terminal();
    if selector.is_none() && somebody_is_there {
        return by_touch(context, keys);
    }
    let mut failure = Failure::message(
        Kind::SEVERAL_KEYS,
        match selector {
            None => format!("{} keys are connected", keys.len()),
            Some(selector) => format!("{} keys match {:?}", keys.len(), selector.to_string()),
        },
    )
    .hint("name the one that is meant with --device, or touch it with --device touch");
    failure.candidates = keys.iter().map(|key| describe_json(key)).collect();
    Err(failure)
}

/// The description does not say which key is meant: ask the keys themselves.
pub fn by_asking(
    context: &Context,
    keys: &[&KeyDescription],
    selector: Option<&Selector>,
) -> Result<Opened, Failure> {
    match selector {
        Some(Selector::Aaguid(aaguid)) => by_aaguid(context, keys, aaguid),
        _ => by_touch(context, keys),
    }
}

fn by_touch(context: &Context, keys: &[&KeyDescription]) -> Result<Opened, Failure> {
    let candidates = open_all(context, keys)?;
    let mut progress = context.progress();
    let names: Vec<_> = candidates.iter().map(|(target, _)| target.name()).collect();
    let text = format!("touch the key that is meant: {}", names.join(", "));
    let chosen = select::choose_by_touch(candidates, &context.limits(false), &mut || {
        progress.begin_wait("touch-wanted", json!({ "reason": "select" }), &text);
    });
    progress.end_wait();
    let (target, transport) = chosen?;
    Ok((target.by_touch(), transport))
}

fn by_aaguid(
    context: &Context,
    keys: &[&KeyDescription],
    aaguid: &[u8; 16],
) -> Result<Opened, Failure> {
    let mut matching = Vec::new();
    for (target, transport) in open_all(context, keys)? {
        let mut prompter = context.prompter(&NewPinArgs::default())?;
        let session = Session::open(transport, &mut prompter, context.limits(false));
        // A key that answers nothing useful is not the one meant.
        if session.is_ok_and(|session| *session.info().aaguid == *aaguid) {
            matching.push(target);
        }
    }
    match matching.as_slice() {
        [target] => Ok((target.clone(), open_target(context, target)?)),
        [] => Err(Failure::message(
            Kind::NO_KEY,
            format!("no connected key has the AAGUID {}", uuid(aaguid)),
        )
        .hint("see what is connected with 'fidoctl list'")),
        several => {
            let mut failure = Failure::message(
                Kind::SEVERAL_KEYS,
                format!("{} keys have the AAGUID {}", several.len(), uuid(aaguid)),
            )
            .hint("name the one that is meant with --device PATH");
            failure.candidates = several.iter().map(Target::json).collect();
            Err(failure)
        }
    }
}

/// Opens those that can be opened; fails with the first reason if none can.
fn open_all(context: &Context, keys: &[&KeyDescription]) -> Result<Vec<Opened>, Failure> {
    let mut opened = Vec::new();
    let mut first_failure = None;
    for key in keys {
        let target = Target::new(Place::Listed((*key).clone()));
        match open_target(context, &target) {
            Ok(transport) => opened.push((target, transport)),
            Err(failure) => {
                log::warn!("{} is left out: {:#}", visible(&key.path), failure.error);
                first_failure.get_or_insert(failure);
            }
        }
    }
    match first_failure {
        Some(failure) if opened.is_empty() => Err(failure),
        _ => Ok(opened),
    }
}
