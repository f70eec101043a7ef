//! Commands without parameters, and the answer without content.

use super::{Command, GetAssertionResponse, GetInfoResponse, Message, Request};
use crate::cbor::{self, Strictness};

/// No parameters, or no results; what a peer sends all the same is not looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Empty;

macro_rules! without_parameters {
    ($($(#[$meta:meta])* $name:ident = $command:ident -> $response:ty;)+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub struct $name;

            impl Request for $name {
                const COMMAND: Command = Command::$command;
                type Response = $response;
            }

            empty_message!($name);
        )+
    };
}

macro_rules! empty_message {
    ($name:ident) => {
        impl Message for $name {
            fn to_vec(&self) -> Vec<u8> {
                Vec::new()
            }

            fn from_slice(_: &[u8], _: Strictness) -> Result<Self, cbor::Error> {
                Ok(Self)
            }
        }
    };
}

empty_message!(Empty);

without_parameters! {
    /// authenticatorGetInfo (CTAP 2.2 §6.4).
    GetInfo = GET_INFO -> GetInfoResponse;
    /// authenticatorGetNextAssertion (CTAP 2.2 §6.3).
    GetNextAssertion = GET_NEXT_ASSERTION -> GetAssertionResponse;
    /// authenticatorReset (CTAP 2.2 §6.6).
    Reset = RESET -> Empty;
    /// authenticatorSelection (CTAP 2.2 §6.9).
    Selection = SELECTION -> Empty;
}
