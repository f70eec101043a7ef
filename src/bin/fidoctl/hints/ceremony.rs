//! Why a ceremony with a relying party's options failed.

use fidoctl::ceremony::{Error, Problem};

use super::{of_app_id_error, of_client_error};
use crate::failure::{Failure, Kind};

/// Explains what went wrong, and names it as browsers do.
pub fn of_ceremony_error(error: Error) -> Failure {
    let Error { problem, dom_exception } = error;
    let failure = match problem {
        Problem::Client(error) => of_client_error(error),
        Problem::AppId(error) => of_app_id_error(error),
        problem @ Problem::PlatformWanted => Failure::new(Kind::UNSUPPORTED, problem)
            .hint("ask the service for options that admit security keys"),
    };
    failure.dom_exception(dom_exception)
}
