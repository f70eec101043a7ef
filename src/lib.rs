//! FIDO2 security keys: the messages, the ways to reach a key, what a client does with one,
//! an authenticator in software, and the checks of a relying party.
//!
//! The library never talks to a person: it prints nothing, asks nothing, and reads neither the
//! environment nor the home directory. What needs a person goes through
//! [`client::interaction::UserInteraction`].
//!
//! Who may import whom is a table in `tests/layering.rs`; the tour is in `docs/architecture.md`.

#![deny(clippy::print_stdout, clippy::print_stderr)]

#[cfg(feature = "virtual-key")]
pub mod authenticator;
pub mod cbor;
pub mod ceremony;
pub mod client;
pub mod cose;
pub mod ctap2;
pub mod ctaphid;
pub mod formats;
pub mod large_blob;
pub mod pin_uv;
pub mod relying_party;
#[cfg(all(feature = "virtual-key", unix))]
pub mod serving;
pub mod transcript;
pub mod transport;
pub mod u2f;
pub mod webauthn;
