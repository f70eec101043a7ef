//! A key that does what a test tells it, message by message, and notes what it was asked; and a
//! person who answers from a list, and notes what they were told.
#![allow(dead_code, unused_imports, reason = "each test file uses its part")]

mod client_pin;
mod credentials;
mod key;
mod names;
mod person;
mod wishes;

pub(crate) use credentials::public_key;
pub(crate) use key::ScriptedKey;
pub(crate) use names::describe;
pub(crate) use person::ScriptedPerson;
pub(crate) use wishes::{HASH, PIN, RP_ID, authentication, limits, registration};
