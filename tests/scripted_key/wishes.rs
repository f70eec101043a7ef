//! What tests ask of the client.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use fidoctl::cbor::Strictness;
use fidoctl::client::authenticate::{AllowedCredential, Authentication};
use fidoctl::client::register::Registration;
use fidoctl::client::{Limits, Requirement};
use fidoctl::cose::Algorithm;
use fidoctl::webauthn::{CredentialDescriptor, RpEntity, UserEntity};

use super::public_key;

pub(crate) const RP_ID: &str = "example.com";
pub(crate) const PIN: &str = "1234";
pub(crate) const HASH: [u8; 32] = [0xC1; 32];

/// Limits that nothing reaches.
pub(crate) fn limits() -> Limits {
    Limits {
        deadline: None,
        cancel: Arc::new(AtomicBool::new(false)),
        strictness: Strictness::Canonical,
        risk_last_pin_tries: false,
    }
}

/// A registration that asks for nothing special.
pub(crate) fn registration() -> Registration {
    Registration {
        client_data_hash: HASH,
        rp: RpEntity { id: RP_ID.to_owned(), name: None },
        user: UserEntity { id: vec![1, 2, 3].into(), name: None, display_name: None },
        algorithms: vec![Algorithm::ES256],
        exclude: Vec::new(),
        resident_key: Requirement::Discouraged,
        user_verification: Requirement::Preferred,
        cred_protect: None,
        hmac_secret: false,
        blobs: Default::default(),
        attestation: Default::default(),
        pin_rules: Default::default(),
        hmac_secret_salts: None,
        third_party_payment: false,
        app_id_exclude: None,
        shortfall: Default::default(),
    }
}

/// An authentication with the credentials given.
pub(crate) fn authentication(allow: &[&[u8]]) -> Authentication {
    Authentication {
        rp_id: RP_ID.to_owned(),
        client_data_hash: HASH,
        allow: allow
            .iter()
            .map(|id| AllowedCredential {
                descriptor: CredentialDescriptor::new(*id),
                public_key: Some(public_key()),
            })
            .collect(),
        user_verification: Requirement::Preferred,
        user_presence: true,
        hmac_secret: None,
        salts_by_credential: Vec::new(),
        third_party_payment: false,
        blobs: Default::default(),
        all_accounts: false,
        app_id: None,
        shortfall: Default::default(),
    }
}
