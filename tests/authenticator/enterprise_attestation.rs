//! Enterprise attestation: when, for whom, with which certificate.

use fidoctl::authenticator::{AttestationMode, CreationOptions};
use fidoctl::ctap2::Status;
use fidoctl::ctap2::authenticator_config::SubCommand;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{DerSignature, VerifyingKey};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

use crate::config::request;
use crate::rig::{Key, Made, RP, make_request};

const SERIAL_EXTENSION: &str = "1.3.6.1.4.1.45724.1.1.2";
const LISTED: &str = "listed.example";

fn enabled() -> Key {
    let mut key = Key::with(&CreationOptions {
        enterprise_rp_ids: vec![LISTED.to_owned()],
        serial: Some("F1D0".to_owned()),
        ..Default::default()
    });
    key.send(&request(SubCommand::ENABLE_ENTERPRISE_ATTESTATION)).unwrap();
    key
}

fn make(key: &mut Key, rp_id: &str, kind: u64) -> Result<Made, Status> {
    let mut request = make_request(rp_id, "alice");
    request.enterprise_attestation = Some(kind);
    key.make(&request)
}

fn certificate(made: &Made) -> Certificate {
    let statement = made.response.att_stmt.as_ref().unwrap();
    let chain = statement.get("x5c").unwrap().as_array().unwrap();
    Certificate::from_der(chain[0].as_bytes().unwrap()).unwrap()
}

fn serial(made: &Made) -> Option<Vec<u8>> {
    let certificate = certificate(made);
    let extensions = certificate.tbs_certificate().extensions().unwrap();
    let serial = extensions.iter().find(|e| e.extn_id.to_string() == SERIAL_EXTENSION)?;
    assert!(!serial.critical);
    Some(serial.extn_value.as_bytes().to_vec())
}

#[test]
fn it_is_refused_until_it_is_enabled() {
    let mut key = Key::new();
    assert_eq!(key.info().option("ep"), Some(false));
    assert_eq!(make(&mut key, RP, 2).unwrap_err(), Status::INVALID_PARAMETER);
    key.send(&request(SubCommand::ENABLE_ENTERPRISE_ATTESTATION)).unwrap();
    key.send(&request(SubCommand::ENABLE_ENTERPRISE_ATTESTATION)).unwrap();
    assert_eq!(key.info().option("ep"), Some(true));
    make(&mut key, RP, 2).unwrap();
}

#[test]
fn the_platforms_word_names_the_device() {
    let mut key = enabled();
    let made = make(&mut key, RP, 2).unwrap();
    assert_eq!(made.response.ep_att, Some(true));
    assert_eq!(serial(&made).unwrap(), [0x04, 4, b'F', b'1', b'D', b'0']);
}

#[test]
fn the_vendors_list_decides_where_the_platform_does_not() {
    let mut key = enabled();
    let listed = make(&mut key, LISTED, 1).unwrap();
    assert_eq!(listed.response.ep_att, Some(true));
    assert!(serial(&listed).is_some());
    let other = make(&mut key, RP, 1).unwrap();
    assert_eq!(other.response.ep_att, None);
    assert_eq!(serial(&other), None);
}

#[test]
fn without_being_asked_for_the_device_is_not_named() {
    let mut key = enabled();
    let made = key.make(&make_request(LISTED, "alice")).unwrap();
    assert_eq!(made.response.ep_att, None);
    assert_eq!(serial(&made), None);
}

#[test]
fn kinds_without_a_meaning_are_refused() {
    let mut key = enabled();
    for kind in [0, 3] {
        assert_eq!(make(&mut key, RP, kind).unwrap_err(), Status::INVALID_OPTION);
    }
}

#[test]
fn where_no_attestation_is_wanted_none_is_given() {
    let mut key = enabled();
    let mut request = make_request(RP, "alice");
    request.enterprise_attestation = Some(2);
    request.attestation_formats_preference = Some(vec!["none".to_owned()]);
    let made = key.make(&request).unwrap();
    assert_eq!((made.response.fmt.as_str(), made.response.ep_att), ("none", None));
}

#[test]
fn a_key_made_without_it_knows_nothing_of_it() {
    let options = CreationOptions { no_enterprise_attestation: true, ..Default::default() };
    let mut key = Key::with(&options);
    let enable = request(SubCommand::ENABLE_ENTERPRISE_ATTESTATION);
    assert_eq!(key.send(&enable).unwrap_err(), Status::INVALID_SUBCOMMAND);
    assert_eq!(make(&mut key, RP, 2).unwrap_err(), Status::INVALID_PARAMETER);
    let info = key.info();
    assert_eq!(info.option("ep"), None);
    assert_eq!(info.authenticator_config_commands, Some(vec![2, 3, 4]));
}

#[test]
fn the_enterprise_certificate_is_issued_by_the_same_root() {
    let mut key = enabled();
    let leaf = certificate(&make(&mut key, RP, 2).unwrap());
    let root = key.authenticator.state().summary().attestation_root.unwrap();
    let root = Certificate::from_der(&root).unwrap();
    let spki = root.tbs_certificate().subject_public_key_info();
    let issuer = VerifyingKey::from_sec1_bytes(spki.subject_public_key.raw_bytes()).unwrap();
    let signature = DerSignature::from_bytes(leaf.signature().raw_bytes()).unwrap();
    issuer.verify(&leaf.tbs_certificate().to_der().unwrap(), &signature).unwrap();
}

#[test]
fn a_key_with_self_attestation_has_an_enterprise_certificate_too() {
    let attestation = AttestationMode::SelfAttestation;
    let mut key = Key::with(&CreationOptions { attestation, ..Default::default() });
    key.send(&request(SubCommand::ENABLE_ENTERPRISE_ATTESTATION)).unwrap();
    assert!(serial(&make(&mut key, RP, 2).unwrap()).is_some());
}
