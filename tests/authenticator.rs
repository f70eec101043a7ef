//! The virtual key against the standard's rules: one promise a test, clock moved by hand.

#![cfg(feature = "virtual-key")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test may stop where it stands, in its rig too"
)]

#[path = "authenticator/assertions.rs"]
mod assertions;
#[path = "authenticator/attestation.rs"]
mod attestation;
#[path = "authenticator/client_pin.rs"]
mod client_pin;
#[path = "authenticator/config.rs"]
mod config;
#[path = "authenticator/credential_blobs.rs"]
mod credential_blobs;
#[path = "authenticator/credential_management.rs"]
mod credential_management;
#[path = "authenticator/credentials.rs"]
mod credentials;
#[path = "authenticator/ctaphid.rs"]
mod ctaphid;
#[path = "authenticator/enterprise_attestation.rs"]
mod enterprise_attestation;
#[path = "authenticator/hmac_secret.rs"]
mod hmac_secret;
#[path = "authenticator/large_blobs.rs"]
mod large_blobs;
#[path = "authenticator/messages.rs"]
mod messages;
#[path = "authenticator/pin_policy.rs"]
mod pin_policy;
#[path = "authenticator/pipe.rs"]
mod pipe;
#[path = "authenticator/reset.rs"]
mod reset;
#[path = "authenticator/rig.rs"]
mod rig;
#[path = "authenticator/store.rs"]
mod store;
#[path = "authenticator/tokens.rs"]
mod tokens;
#[path = "authenticator/u2f.rs"]
mod u2f;
#[path = "authenticator/version_lines.rs"]
mod version_lines;
