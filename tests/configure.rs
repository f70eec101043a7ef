//! The client changing settings, and asking for what they bring: on the virtual key and on keys
//! that do otherwise.
#![cfg(test)]

mod plugged_in;
mod scripted_key;

use fidoctl::authenticator::{CreationOptions, FactorySettings};
use fidoctl::cbor::{EncodedItem, Value};
use fidoctl::client::attestation_wishes::{AttestationWishes, EnterpriseAttestation};
use fidoctl::client::config::{self, Outcome, PinPolicy, Setting};
use fidoctl::client::interaction::TouchReason;
use fidoctl::client::pin_rules::PinRuleWishes;
use fidoctl::client::register::{Registered, Registration, register};
use fidoctl::client::reset::reset;
use fidoctl::client::{Error, Requirement, Session, Unsupported, pin};
use fidoctl::ctap2::authenticator_config::SubCommand;
use fidoctl::ctap2::{Command, Status};
use plugged_in::PluggedKey;
use scripted_key::{PIN, RP_ID, ScriptedKey, ScriptedPerson, limits, registration};

const ALWAYS_UV: Setting = Setting::AlwaysUv(true);

fn person() -> ScriptedPerson {
    ScriptedPerson::typing(&[PIN, PIN])
}

fn with_session<T>(
    key: &PluggedKey,
    person: &mut ScriptedPerson,
    run: impl FnOnce(&mut Session<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    run(&mut Session::open(key.open(), person, limits()).unwrap())
}

fn set(key: &PluggedKey, setting: &Setting) -> Result<Outcome, Error> {
    with_session(key, &mut person(), |session| config::set(session, setting))
}

fn enroll(key: &PluggedKey, wanted: &Registration) -> Result<Registered, Error> {
    with_session(key, &mut person(), |session| register(session, wanted))
}

fn key_with_pin() -> PluggedKey {
    let key = PluggedKey::new();
    with_session(&key, &mut person().and_new_pin(PIN), pin::set).unwrap();
    key
}

fn policy(policy: PinPolicy) -> Setting {
    Setting::PinPolicy(policy)
}

fn at_least(length: u64) -> Setting {
    policy(PinPolicy { min_pin_length: Some(length), ..Default::default() })
}

fn telling(rp_id: &str) -> Setting {
    policy(PinPolicy { rp_ids: vec![rp_id.to_owned()], ..Default::default() })
}

fn demanding_a_new_pin() -> Setting {
    policy(PinPolicy { force_pin_change: true, ..Default::default() })
}

fn complex() -> Setting {
    policy(PinPolicy { pin_complexity_policy: true, ..Default::default() })
}

fn wishing(attestation: AttestationWishes) -> Registration {
    Registration { attestation, ..registration() }
}

fn enterprise(kind: EnterpriseAttestation) -> Registration {
    wishing(AttestationWishes { enterprise: Some(kind), ..Default::default() })
}

fn formats(names: &[&str]) -> Registration {
    let formats = names.iter().map(|name| (*name).to_owned()).collect();
    wishing(AttestationWishes { formats, ..Default::default() })
}

/// A key that can be configured, and never is: it takes every setting and stays as it was.
fn deaf_key() -> ScriptedKey {
    let mut key = ScriptedKey::without_pin();
    for (option, value) in
        [("authnrCfg", true), ("alwaysUv", false), ("setMinPINLength", true), ("ep", false)]
    {
        key.option(option, value);
    }
    key.info.pin_complexity_policy = Some(false);
    key.answering(Command::CONFIG, &[Status::SUCCESS.0])
}

fn set_on(key: ScriptedKey, setting: &Setting) -> Result<Outcome, Error> {
    let mut person = person();
    config::set(&mut Session::open(Box::new(key), &mut person, limits()).unwrap(), setting)
}

#[test]
fn settings_cost_no_more_messages_than_the_protocol_wants() {
    let key = PluggedKey::new();
    let count = |setting: &Setting| {
        key.take_messages();
        let outcome = set(&key, setting).unwrap();
        (outcome, key.take_messages())
    };
    // Opening takes two: INIT and getInfo. Then the setting, and getInfo to see that it took.
    assert_eq!(count(&ALWAYS_UV), (Outcome::Changed, 4));
    assert_eq!(count(&ALWAYS_UV), (Outcome::Unchanged, 2));
    assert_eq!(count(&Setting::AlwaysUv(false)), (Outcome::Changed, 4));
    assert_eq!(count(&at_least(4)), (Outcome::Unchanged, 2));
    with_session(&key, &mut person().and_new_pin(PIN), pin::set).unwrap();
    // Tries left, key agreement and token come on top.
    assert_eq!(count(&ALWAYS_UV), (Outcome::Changed, 7));
    assert_eq!(count(&ALWAYS_UV), (Outcome::Unchanged, 2));
    assert_eq!(count(&Setting::EnterpriseAttestation), (Outcome::Changed, 7));
    assert_eq!(count(&Setting::EnterpriseAttestation), (Outcome::Unchanged, 2));
    assert_eq!(count(&Setting::LongTouchForReset), (Outcome::Changed, 7));
    assert_eq!(count(&Setting::LongTouchForReset), (Outcome::Unchanged, 2));
    assert_eq!(count(&complex()), (Outcome::Changed, 7));
    assert_eq!(count(&complex()), (Outcome::Unchanged, 2));
    assert_eq!(count(&demanding_a_new_pin()), (Outcome::Changed, 7));
    assert_eq!(count(&demanding_a_new_pin()), (Outcome::Unchanged, 2));
}

#[test]
fn a_list_of_rp_ids_is_sent_each_time_as_keys_do_not_tell_it() {
    let key = PluggedKey::new();
    assert_eq!(set(&key, &telling(RP_ID)).unwrap(), Outcome::Changed);
    assert_eq!(set(&key, &telling(RP_ID)).unwrap(), Outcome::Changed);
}

#[test]
fn a_setting_that_did_not_take_is_told() {
    for setting in [ALWAYS_UV, Setting::EnterpriseAttestation, at_least(6), complex()] {
        let error = set_on(deaf_key(), &setting).unwrap_err();
        assert!(matches!(error, Error::SettingNotApplied(_)), "{error:?}");
    }
}

#[test]
fn what_a_key_does_not_list_is_never_sent() {
    let unsupported = |key: ScriptedKey, setting: &Setting| {
        let log = key.log.clone();
        let error = set_on(key, setting).unwrap_err();
        assert!(matches!(error, Error::Unsupported(_)), "{error:?}");
        assert_eq!(*log.lock().unwrap(), ["getInfo"]);
    };
    for setting in [ALWAYS_UV, Setting::EnterpriseAttestation, Setting::LongTouchForReset] {
        unsupported(ScriptedKey::without_pin(), &setting);
    }
    for setting in [at_least(6), telling(RP_ID), complex()] {
        unsupported(ScriptedKey::without_pin(), &setting);
    }
    unsupported(deaf_key(), &telling(RP_ID));
    let mut key = deaf_key();
    key.info.authenticator_config_commands = Some(vec![3]);
    unsupported(key, &ALWAYS_UV);
    let mut key = deaf_key();
    key.without_option("authnrCfg");
    unsupported(key, &ALWAYS_UV);
}

#[test]
fn both_ways_to_refuse_a_subcommand_mean_that_it_is_not_there() {
    for status in [Status::INVALID_SUBCOMMAND, Status::INVALID_PARAMETER] {
        let mut key = ScriptedKey::without_pin();
        key.option("authnrCfg", true);
        key.option("ep", false);
        let key = key.answering(Command::CONFIG, &[status.0]);
        let error = set_on(key, &Setting::EnterpriseAttestation).unwrap_err();
        let expected = SubCommand::ENABLE_ENTERPRISE_ATTESTATION;
        let Error::Unsupported(Unsupported::ConfigSubCommand(missing)) = error else {
            panic!("{error:?}");
        };
        assert_eq!(missing, expected);
    }
}

#[test]
fn a_key_that_cannot_turn_off_always_uv_says_so() {
    let mut key = ScriptedKey::without_pin();
    key.option("authnrCfg", true);
    key.option("alwaysUv", true);
    let key = key.answering(Command::CONFIG, &[Status::OPERATION_DENIED.0]);
    let error = set_on(key, &Setting::AlwaysUv(false)).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::TurningOffAlwaysUv)), "{error:?}");
}

#[test]
fn lengths_out_of_reach_are_refused_unsent() {
    let key = PluggedKey::new();
    set(&key, &at_least(6)).unwrap();
    key.take_messages();
    for length in [5, 64] {
        let error = set(&key, &at_least(length)).unwrap_err();
        assert!(matches!(error, Error::MinPinLength { least: 6, most: 63, .. }), "{error:?}");
    }
    assert_eq!(key.take_messages(), 4);
}

#[test]
fn too_many_rp_ids_are_refused_unsent() {
    let wanted = policy(PinPolicy { rp_ids: vec![RP_ID.to_owned(); 9], ..Default::default() });
    let error = set(&PluggedKey::new(), &wanted).unwrap_err();
    assert!(matches!(error, Error::TooManyRpIds { given: 9, maximum: 8 }), "{error:?}");
}

#[test]
fn a_new_pin_is_demanded_only_where_there_is_one() {
    let error = set(&PluggedKey::new(), &demanding_a_new_pin()).unwrap_err();
    assert!(matches!(error, Error::PinNotSet), "{error:?}");
}

#[test]
fn a_key_that_always_verifies_and_has_no_pin_takes_only_that_back() {
    let settings = FactorySettings { always_uv: true, ..Default::default() };
    let key = PluggedKey::with(&CreationOptions { settings, ..Default::default() });
    let error = set(&key, &at_least(6)).unwrap_err();
    assert!(matches!(error, Error::VerificationNotSetUp), "{error:?}");
    assert_eq!(set(&key, &Setting::AlwaysUv(false)).unwrap(), Outcome::Changed);
}

#[test]
fn the_fingerprint_authorises_settings_where_the_key_says_so() {
    for (uv_acfg, expected) in [(true, "UV token 0x20"), (false, "PIN token 0x20 ")] {
        let mut key = ScriptedKey::with_pin();
        key.option("uv", true);
        key.option("authnrCfg", true);
        key.option("alwaysUv", false);
        if uv_acfg {
            key.option("uvAcfg", true);
        }
        let key = key.answering(Command::CONFIG, &[Status::SUCCESS.0]);
        let log = key.log.clone();
        set_on(key, &ALWAYS_UV).unwrap_err();
        assert!(log.lock().unwrap().iter().any(|said| said == expected), "{log:?}");
    }
}

#[test]
fn a_vendors_subcommand_carries_its_parameters_as_given() {
    let mut key = ScriptedKey::without_pin();
    key.option("authnrCfg", true);
    key.info.vendor_prototype_config_commands = Some(vec![7]);
    let (sender, sent) = std::sync::mpsc::channel();
    key.intervene = Box::new(move |message| {
        (message[0] == Command::CONFIG.0).then(|| {
            sender.send(message.to_vec()).unwrap();
            vec![Status::SUCCESS.0]
        })
    });
    let params = EncodedItem::of(&Value::Map(vec![(Value::from(1), Value::from(7))]));
    let mut person = person();
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    config::vendor_prototype(&mut session, params).unwrap();
    assert_eq!(sent.recv().unwrap(), [0x0d, 0xa2, 0x01, 0x18, 0xff, 0x02, 0xa1, 0x01, 0x07]);
}

#[test]
fn a_vendors_subcommand_is_not_sent_to_a_key_that_lists_none() {
    let mut key = ScriptedKey::without_pin();
    key.option("authnrCfg", true);
    let log = key.log.clone();
    let mut person = person();
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    let params = EncodedItem::of(&Value::Map(vec![(Value::from(1), Value::from(7))]));
    let error = config::vendor_prototype(&mut session, params).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::ConfigSubCommand(_))), "{error:?}");
    assert!(!log.lock().unwrap().iter().any(|said| said.contains("config")), "{log:?}");
}

#[test]
fn always_uv_verifies_whatever_the_caller_wishes() {
    let key = key_with_pin();
    set(&key, &ALWAYS_UV).unwrap();
    let wanted = Registration { user_verification: Requirement::Discouraged, ..registration() };
    let registered = enroll(&key, &wanted).unwrap();
    assert_eq!(registered.verification, fidoctl::client::Verification::Pin);
}

#[test]
fn a_demand_for_a_new_pin_is_met_by_changing_it() {
    let key = key_with_pin();
    set(&key, &demanding_a_new_pin()).unwrap();
    let error = enroll(&key, &registration()).unwrap_err();
    assert!(matches!(error, Error::PinChangeForced), "{error:?}");
    let change = |new| with_session(&key, &mut person().and_new_pin(new), pin::change);
    let error = change(PIN).unwrap_err();
    let forced = matches!(error, Error::PinAgainstRules { change_was_forced: true, .. });
    assert!(forced, "{error:?}");
    change("4321").unwrap();
    with_session(&key, &mut ScriptedPerson::typing(&["4321"]), |session| {
        register(session, &registration())
    })
    .unwrap();
}

#[test]
fn a_pin_against_the_keys_own_rules_is_told_with_their_address() {
    let url = "https://example.com/pins".to_owned();
    let settings = FactorySettings {
        pin_complexity_policy: true,
        pin_complexity_policy_url: Some(url.clone()),
        ..Default::default()
    };
    let key = PluggedKey::with(&CreationOptions { settings, ..Default::default() });
    let error = with_session(&key, &mut person().and_new_pin("1111"), pin::set).unwrap_err();
    let Error::PinAgainstRules { policy_url, change_was_forced } = error else {
        panic!("{error:?}");
    };
    assert_eq!((policy_url, change_was_forced), (Some(url), false));
}

#[test]
fn a_long_touch_is_told_before_a_reset() {
    let key = PluggedKey::new();
    set(&key, &Setting::LongTouchForReset).unwrap();
    let mut long = ScriptedKey::without_pin();
    long.info.long_touch_for_reset = Some(true);
    let mut person = person();
    reset(&mut Session::open(Box::new(long), &mut person, limits()).unwrap()).unwrap();
    assert_eq!(person.heard[0], format!("touch wanted: {:?}", TouchReason::ResetLong));
}

#[test]
fn an_enterprise_attestation_comes_where_it_is_turned_on() {
    let key = key_with_pin();
    let wanted = enterprise(EnterpriseAttestation::PlatformManaged);
    key.take_messages();
    let error = enroll(&key, &wanted).unwrap_err();
    assert!(matches!(error, Error::EnterpriseAttestationOff), "{error:?}");
    assert_eq!(key.take_messages(), 2, "no PIN try and no touch for what cannot be");
    set(&key, &Setting::EnterpriseAttestation).unwrap();
    assert!(enroll(&key, &wanted).unwrap().enterprise_attestation);
    assert!(!enroll(&key, &registration()).unwrap().enterprise_attestation);
}

#[test]
fn an_ordinary_attestation_does_not_stand_in_for_an_enterprise_one() {
    let key = PluggedKey::new();
    set(&key, &Setting::EnterpriseAttestation).unwrap();
    let error = enroll(&key, &enterprise(EnterpriseAttestation::VendorFacilitated)).unwrap_err();
    assert!(matches!(error, Error::NoEnterpriseAttestation), "{error:?}");
}

#[test]
fn a_vendors_list_gives_enterprise_attestations_to_those_on_it() {
    let enterprise_rp_ids = vec![RP_ID.to_owned()];
    let key = PluggedKey::with(&CreationOptions { enterprise_rp_ids, ..Default::default() });
    set(&key, &Setting::EnterpriseAttestation).unwrap();
    let wanted = enterprise(EnterpriseAttestation::VendorFacilitated);
    assert!(enroll(&key, &wanted).unwrap().enterprise_attestation);
}

#[test]
fn attestation_formats_are_met_or_told() {
    let key = PluggedKey::new();
    let format = |wanted: &Registration| {
        enroll(&key, wanted).map(|registered| registered.attestation_object.format)
    };
    assert_eq!(format(&formats(&["packed"])).unwrap(), "packed");
    assert_eq!(format(&formats(&["tpm", "none", "packed"])).unwrap(), "none");
    let error = format(&formats(&["tpm"])).unwrap_err();
    let refused = matches!(error, Error::Unsupported(Unsupported::AttestationFormats(_)));
    assert!(refused, "{error:?}");
}

#[test]
fn an_older_key_is_not_sent_formats_and_its_own_is_checked() {
    let enroll_on = |wanted: &Registration| {
        let mut person = person();
        let key = Box::new(ScriptedKey::without_pin());
        register(&mut Session::open(key, &mut person, limits()).unwrap(), wanted)
    };
    // This key attests in the format none, whatever it is asked.
    enroll_on(&formats(&["none"])).unwrap();
    let error = enroll_on(&formats(&["packed"])).unwrap_err();
    assert!(matches!(error, Error::AttestationFormat(_)), "{error:?}");
}

#[test]
fn rules_for_pins_are_told_to_those_who_may_know() {
    let key = PluggedKey::new();
    let pin_rules = PinRuleWishes { min_pin_length: true, pin_complexity_policy: true };
    let wanted = Registration { pin_rules, ..registration() };
    let error = enroll(&key, &wanted).unwrap_err();
    assert!(matches!(error, Error::PinRulesWithheld("minPinLength")), "{error:?}");
    set(&key, &telling(RP_ID)).unwrap();
    let told = enroll(&key, &wanted).unwrap().pin_rules;
    assert_eq!((told.min_pin_length, told.pin_complexity_policy), (Some(4), Some(false)));
}

#[test]
fn rules_for_pins_are_not_asked_of_keys_that_tell_none() {
    let pin_rules = PinRuleWishes { min_pin_length: true, ..Default::default() };
    let wanted = Registration { pin_rules, ..registration() };
    let mut person = person();
    let key = Box::new(ScriptedKey::without_pin());
    let error =
        register(&mut Session::open(key, &mut person, limits()).unwrap(), &wanted).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::Extension(_))), "{error:?}");
}
