//! Attestation statements, judged without any code of the project.

use std::process::Command;

use fidoctl::authenticator::{AAGUID, AttestationMode, CreationOptions};
use fidoctl::cbor::Value;
use fidoctl::cose::{Algorithm, CoseKey};
use fidoctl::webauthn::CredentialParameters;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{DerSignature, VerifyingKey};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

use crate::rig::{HASH, Key, Made, RP, make_request};

fn member<'a>(made: &'a Made, name: &str) -> Option<&'a Value> {
    made.response.att_stmt.as_ref().unwrap().get(name)
}

fn leaf(made: &Made) -> Certificate {
    let chain = member(made, "x5c").unwrap().as_array().unwrap();
    assert_eq!(chain.len(), 1, "the root stays at home");
    Certificate::from_der(chain[0].as_bytes().unwrap()).unwrap()
}

fn root(key: &Key) -> Vec<u8> {
    key.authenticator.state().summary().attestation_root.unwrap()
}

fn verify(key: &VerifyingKey, made: &Made) {
    let signature = member(made, "sig").unwrap().as_bytes().unwrap();
    let message = [made.response.auth_data.as_slice(), &HASH].concat();
    key.verify(&message, &DerSignature::from_bytes(signature).unwrap()).unwrap();
}

fn key_of(certificate: &Certificate) -> VerifyingKey {
    let info = certificate.tbs_certificate().subject_public_key_info();
    VerifyingKey::from_sec1_bytes(info.subject_public_key.raw_bytes()).unwrap()
}

#[test]
fn the_batch_key_signs_whatever_the_credential() {
    let mut key = Key::new();
    for algorithm in [Algorithm::ES256, Algorithm::EDDSA] {
        let mut request = make_request(RP, "alice");
        request.pub_key_cred_params = vec![CredentialParameters::new(algorithm)];
        let made = key.make(&request).unwrap();
        assert_eq!(made.response.fmt, "packed");
        assert_eq!(member(&made, "alg").unwrap().as_i64(), Some(-7));
        verify(&key_of(&leaf(&made)), &made);
    }
}

#[test]
fn the_batch_certificate_names_the_model() {
    let mut key = Key::new();
    let made = key.make(&make_request(RP, "alice")).unwrap();
    let leaf = leaf(&made);
    let extensions = leaf.tbs_certificate().extensions().unwrap();
    let aaguid = extensions
        .iter()
        .find(|extension| extension.extn_id.to_string() == "1.3.6.1.4.1.45724.1.1.4")
        .unwrap();
    assert!(!aaguid.critical);
    let expected = [&[0x04, 0x10], AAGUID.as_slice()].concat();
    assert_eq!(aaguid.extn_value.as_bytes(), expected);
}

#[test]
fn the_batch_certificate_is_what_packed_attestation_wants() {
    let mut key = Key::new();
    let made = key.make(&make_request(RP, "alice")).unwrap();
    let leaf = leaf(&made);
    let leaf = leaf.tbs_certificate();
    assert_eq!(leaf.version(), x509_cert::Version::V3);
    let subject = leaf.subject();
    let text = subject.to_string();
    assert!(text.contains("OU=Authenticator Attestation"), "{text}");
    assert_eq!(subject.country().unwrap().unwrap().as_str(), "ZZ");
    // Basic constraints without CA: an empty sequence.
    let constraints = leaf
        .extensions()
        .unwrap()
        .iter()
        .find(|extension| extension.extn_id.to_string() == "2.5.29.19")
        .unwrap();
    assert_eq!(constraints.extn_value.as_bytes(), [0x30, 0x00]);
}

#[test]
fn the_root_signed_the_batch_certificate_and_itself() {
    let mut key = Key::new();
    let made = key.make(&make_request(RP, "alice")).unwrap();
    let root = Certificate::from_der(&root(&key)).unwrap();
    let root_key = key_of(&root);
    for certificate in [&leaf(&made), &root] {
        let signed = certificate.tbs_certificate().to_der().unwrap();
        let signature = DerSignature::from_bytes(certificate.signature().raw_bytes()).unwrap();
        root_key.verify(&signed, &signature).unwrap();
        assert_eq!(certificate.tbs_certificate().issuer(), root.tbs_certificate().subject());
    }
}

#[test]
fn openssl_accepts_the_chain() {
    let mut key = Key::new();
    let made = key.make(&make_request(RP, "alice")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, der: &[u8]| {
        let path = folder.path().join(name);
        let lines = data_encoding::BASE64_MIME.encode(der);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n");
        std::fs::write(&path, pem).unwrap();
        path
    };
    let root = write("root.pem", &root(&key));
    let leaf = write("leaf.pem", &leaf(&made).to_der().unwrap());
    // The clock of the test stands in 2027.
    let output = Command::new("openssl")
        .args(["verify", "-x509_strict", "-attime", "1800000060", "-CAfile"])
        .args([root, leaf])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn self_attestation_signs_with_the_credentials_key() {
    let options =
        CreationOptions { attestation: AttestationMode::SelfAttestation, ..Default::default() };
    let mut key = Key::with(&options);
    let made = key.make(&make_request(RP, "alice")).unwrap();
    assert_eq!((made.response.fmt.as_str(), member(&made, "x5c")), ("packed", None));
    let CoseKey::Ec2 { x, y, .. } = made.public_key() else { panic!("not on P-256") };
    let point = [&[4], x.as_slice(), y].concat();
    verify(&VerifyingKey::from_sec1_bytes(&point).unwrap(), &made);
}

#[test]
fn no_attestation_is_sent_to_those_who_want_none_first() {
    let mut key = Key::new();
    for (wanted, format) in [
        (&["none"][..], "none"),
        (&["tpm", "none", "packed"], "none"),
        (&["packed", "none"], "packed"),
        (&["tpm"], "packed"),
        (&[], "packed"),
    ] {
        let mut request = make_request(RP, "alice");
        let wanted: Vec<_> = wanted.iter().map(|text| (*text).to_owned()).collect();
        request.attestation_formats_preference = Some(wanted);
        assert_eq!(key.make(&request).unwrap().response.fmt, format);
    }
}
