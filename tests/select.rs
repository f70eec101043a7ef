//! Choosing a key by touch.

#![cfg(test)]

mod scripted_key;

use std::sync::atomic::Ordering;

use fidoctl::client::select::{choose_by_touch, select};
use fidoctl::client::{Error, Session};
use fidoctl::ctap2::{Command, Status};
use fidoctl::transport::{Interruption, Transport, TransportError};
use scripted_key::*;

#[test]
fn older_keys_are_selected_by_a_request_they_refuse_after_the_touch() {
    for status in [Status::PIN_NOT_SET, Status::PIN_INVALID, Status::PIN_AUTH_INVALID] {
        let mut key = ScriptedKey::with_pin().answering(Command::MAKE_CREDENTIAL, &[status.0]);
        key.info.versions = vec!["FIDO_2_0".to_owned()];
        let log = key.log.clone();
        let mut person = ScriptedPerson::typing(&[]);
        select(&mut Session::open(Box::new(key), &mut person, limits()).unwrap()).unwrap();
        assert_eq!(*log.lock().unwrap(), ["getInfo", "makeCredential"]);
    }
}

#[test]
fn touched_key_wins_and_the_untouched_ones_drop_out() {
    let mut untouchable = ScriptedKey::with_pin().answering(Command::MAKE_CREDENTIAL, &[0x14]);
    untouchable.info.versions = vec!["FIDO_2_0".to_owned()];
    let touched = ScriptedKey::with_pin();
    let candidates: Vec<(_, Box<dyn Transport>)> =
        vec![("untouchable", Box::new(untouchable)), ("touched", Box::new(touched))];
    let (name, _) = choose_by_touch(candidates, &limits(), &mut || {}).unwrap();
    assert_eq!(name, "touched");
}

#[test]
fn no_touchable_key_is_told_with_the_first_ones_error() {
    let mut keys: Vec<(u8, Box<dyn Transport>)> = Vec::new();
    for (name, status) in [(0, Status::OPERATION_DENIED), (1, Status::OTHER)] {
        let key = ScriptedKey::with_pin().answering(Command::SELECTION, &[status.0]);
        keys.push((name, Box::new(key)));
    }
    let error = choose_by_touch(keys, &limits(), &mut || {}).err().unwrap();
    assert!(matches!(error, Error::Denied), "{error:?}");
}

#[test]
fn keys_that_lost_the_race_are_cancelled() {
    let mut slow = ScriptedKey::with_pin();
    slow.never_touched = true;
    let log = slow.log.clone();
    let quick = ScriptedKey::with_pin();
    let candidates: Vec<(_, Box<dyn Transport>)> =
        vec![("slow", Box::new(slow)), ("quick", Box::new(quick))];
    let mut times_told = 0;
    let (name, _) = choose_by_touch(candidates, &limits(), &mut || times_told += 1).unwrap();
    assert_eq!(name, "quick");
    // Either it waited and was cancelled, or it had not been asked yet.
    assert_ne!(log.lock().unwrap().last().map(String::as_str), Some("selection"));
}

#[test]
fn giving_up_cancels_every_key() {
    let limits = limits();
    let mut logs = Vec::new();
    let mut candidates: Vec<(usize, Box<dyn Transport>)> = Vec::new();
    for name in 0..3 {
        let mut key = ScriptedKey::with_pin();
        key.never_touched = true;
        logs.push(key.log.clone());
        candidates.push((name, Box::new(key)));
    }
    let cancel = limits.cancel.clone();
    let give_up = &mut || cancel.store(true, Ordering::SeqCst);
    let error = choose_by_touch(candidates, &limits, give_up).err().unwrap();
    assert!(
        matches!(error, Error::Transport(TransportError::Interrupted(Interruption::Cancelled))),
        "{error:?}"
    );
    for log in logs {
        assert_ne!(log.lock().unwrap().last().map(String::as_str), Some("selection"));
    }
}
