//! Which PINs a key takes, and whom it tells.

use fidoctl::authenticator::{CreationOptions, FactorySettings, State};
use fidoctl::cbor::Value;
use fidoctl::ctap2::Status;
use fidoctl::ctap2::authenticator_config::SetMinPinLengthParams;
use fidoctl::ctap2::extensions::MakeCredentialExtensions;

use crate::config::{at_least, min_pin_length};
use crate::rig::{Key, RP, make_request};

fn made_with(settings: FactorySettings) -> Key {
    Key::with(&CreationOptions { settings, ..Default::default() })
}

fn telling(rp_ids: &[&str]) -> SetMinPinLengthParams {
    SetMinPinLengthParams {
        min_pin_length_rp_ids: Some(rp_ids.iter().map(|id| (*id).to_owned()).collect()),
        ..Default::default()
    }
}

/// What the two extensions tell a relying party.
fn told(key: &mut Key, rp_id: &str) -> Option<Value> {
    let mut request = make_request(rp_id, "alice");
    request.extensions = Some(MakeCredentialExtensions {
        min_pin_length: Some(true),
        pin_complexity_policy: Some(true),
        ..Default::default()
    });
    key.make(&request).unwrap().data.extensions
}

#[test]
fn the_least_length_only_grows() {
    let mut key = Key::new();
    key.send(&at_least(6)).unwrap();
    assert_eq!(key.send(&at_least(5)).unwrap_err(), Status::PIN_POLICY_VIOLATION);
    assert_eq!(key.send(&at_least(64)).unwrap_err(), Status::PIN_POLICY_VIOLATION);
    assert_eq!(key.send(&at_least(u64::MAX)).unwrap_err(), Status::PIN_POLICY_VIOLATION);
    assert_eq!(key.info().min_pin_length, Some(6));
    assert_eq!(key.set_pin("12 45").unwrap_err(), Status::PIN_POLICY_VIOLATION);
    key.set_pin("12 456").unwrap();
}

#[test]
fn a_pin_that_has_become_too_short_must_be_changed() {
    let mut key = Key::new();
    key.set_pin("12 45").unwrap();
    let token =
        key.token("12 45", fidoctl::ctap2::Permissions::AUTHENTICATOR_CONFIGURATION, None).unwrap();
    let mut request = at_least(6);
    request.pin_uv_auth_param = Some(token.authenticate(&request.signed_message()).into());
    request.pin_uv_auth_protocol = Some(2);
    key.send(&request).unwrap();
    assert_eq!(key.info().force_pin_change, Some(true));
    assert_eq!(key.change_pin("12 45", "12 46").unwrap_err(), Status::PIN_POLICY_VIOLATION);
    key.change_pin("12 45", "12 456").unwrap();
}

#[test]
fn the_greatest_length_counts_characters() {
    let mut key = made_with(FactorySettings { max_pin_length: 8, ..Default::default() });
    assert_eq!(key.info().max_pin_length, Some(8));
    assert_eq!(key.set_pin("äöüäöüäöü").unwrap_err(), Status::PIN_POLICY_VIOLATION);
    assert_eq!(key.send(&at_least(9)).unwrap_err(), Status::PIN_POLICY_VIOLATION);
    key.set_pin("äöüäöüäö").unwrap();
}

#[test]
fn complexity_refuses_repeated_and_ascending_characters() {
    let url = "https://example.com/pins".to_owned();
    let mut key = made_with(FactorySettings {
        pin_complexity_policy: true,
        pin_complexity_policy_url: Some(url.clone()),
        ..Default::default()
    });
    assert_eq!(key.info().pin_complexity_policy, Some(true));
    assert_eq!(key.info().pin_complexity_policy_url.unwrap().as_slice(), url.as_bytes());
    for simple in ["0000", "1234", "abcdef", "ääää"] {
        assert_eq!(key.set_pin(simple).unwrap_err(), Status::PIN_POLICY_VIOLATION, "{simple}");
    }
    key.set_pin("1235").unwrap();
}

#[test]
fn complexity_is_put_into_force_for_good() {
    let mut key = Key::new();
    let policy = |on| SetMinPinLengthParams { pin_complexity_policy: on, ..Default::default() };
    assert_eq!(key.info().pin_complexity_policy, Some(false));
    key.send(&min_pin_length(&policy(Some(true)))).unwrap();
    key.send(&min_pin_length(&policy(Some(false)))).unwrap();
    assert_eq!(key.info().pin_complexity_policy, Some(true));
    assert_eq!(key.set_pin("1111").unwrap_err(), Status::PIN_POLICY_VIOLATION);
}

#[test]
fn only_listed_relying_parties_are_told_the_rules() {
    let mut key = Key::new();
    assert_eq!(told(&mut key, RP), None);
    key.send(&min_pin_length(&telling(&[RP]))).unwrap();
    let rules = [("minPinLength", Value::from(4)), ("pinComplexityPolicy", Value::from(false))];
    assert_eq!(told(&mut key, RP), Some(Value::text_map(rules)));
    assert_eq!(told(&mut key, "other.example"), None);
}

#[test]
fn a_list_of_relying_parties_replaces_the_one_before_but_not_the_factorys() {
    let mut key = made_with(FactorySettings {
        min_pin_length_rp_ids: vec!["factory.example".to_owned()],
        ..Default::default()
    });
    key.send(&min_pin_length(&telling(&["first.example"]))).unwrap();
    key.send(&min_pin_length(&telling(&["second.example"]))).unwrap();
    key.send(&min_pin_length(&telling(&[]))).unwrap();
    assert!(told(&mut key, "factory.example").is_some());
    assert!(told(&mut key, "first.example").is_none());
    assert!(told(&mut key, "second.example").is_some());
}

#[test]
fn more_relying_parties_than_there_is_room_for_change_nothing() {
    let mut key = Key::new();
    let room = key.info().max_rp_ids_for_set_min_pin_length.unwrap();
    let many = vec![RP; usize::try_from(room).unwrap() + 1];
    let mut params = telling(&many);
    params.new_min_pin_length = Some(6);
    assert_eq!(key.send(&min_pin_length(&params)).unwrap_err(), Status::KEY_STORE_FULL);
    assert_eq!(key.info().min_pin_length, Some(4));
}

#[test]
fn extensions_that_are_not_asked_for_tell_nothing() {
    let mut key = Key::new();
    key.send(&min_pin_length(&telling(&[RP]))).unwrap();
    assert_eq!(key.make(&make_request(RP, "alice")).unwrap().data.extensions, None);
}

#[test]
fn a_key_with_impossible_lengths_is_not_made() {
    for (least, most) in [(3, 63), (4, 7), (4, 64), (10, 9)] {
        let settings =
            FactorySettings { min_pin_length: least, max_pin_length: most, ..Default::default() };
        assert!(settings.check().is_err(), "{least} to {most}");
    }
}

#[test]
fn state_files_without_settings_are_as_they_were() {
    let state = serde_json::to_value(Key::new().authenticator.state()).unwrap();
    let mut old = state.clone();
    for new in ["settings", "enterprise"] {
        old.as_object_mut().unwrap().remove(new).unwrap();
    }
    let old: State = serde_json::from_value(old).unwrap();
    let world = crate::rig::WorldHandle::new();
    let mut authenticator = crate::rig::authenticator_from(&world, old);
    let info = authenticator.begin(crate::rig::CHANNEL, &[4]);
    let fidoctl::authenticator::Step::Reply(info) = info else { panic!("no touch is needed") };
    let info = crate::rig::parse::<fidoctl::ctap2::GetInfo>(&info).unwrap();
    assert_eq!((info.min_pin_length, info.option("ep")), (Some(4), None));
}
