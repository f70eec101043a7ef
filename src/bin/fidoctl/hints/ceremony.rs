//! Why a ceremony with a relying party's options failed.

use fidoctl::ceremony::{Error, Problem};
use fidoctl::client::{self, Unsupported};

use super::{of_app_id_error, of_client_error};
use crate::failure::{Failure, Kind};

/// Explains what went wrong. The options are the relying party's: flags cannot ask for less.
pub fn of_ceremony_error(error: Error) -> Failure {
    let dom_exception = error.dom_exception;
    let failure = match error.problem {
        Problem::Client(error) => {
            let hint = own_hint(&error);
            let mut failure = of_client_error(error);
            if let Some(hint) = hint {
                failure.hints = vec![hint.to_owned()];
            }
            failure
        }
        Problem::AppId(error) => of_app_id_error(error),
        problem @ Problem::PlatformWanted => Failure::new(Kind::UNSUPPORTED, problem).hint(
            "let the service add \"security-key\" to hints, or leave authenticatorAttachment out",
        ),
    };
    failure.dom_exception(dom_exception)
}

/// Advice in the place of that which names flags.
fn own_hint(error: &client::Error) -> Option<&'static str> {
    match error {
        client::Error::Unsupported(Unsupported::Option("rk")) => {
            Some("use another key: the options require a discoverable credential")
        }
        client::Error::LargeBlobNotDiscoverable => {
            Some("let the service require residentKey where it requires largeBlob")
        }
        _ => None,
    }
}
