//! What is wrong with options, origins and RP IDs that somebody else wrote.

use std::path::Path;

use fidoctl::webauthn::{AppIdError, OptionsError, OriginError, RpIdError};

use crate::failure::{Failure, Kind};

/// Explains what is wrong with a file of options.
pub fn of_options_error(error: OptionsError, path: &Path) -> Failure {
    let dom_exception = error.dom_exception();
    let kind = match &error {
        OptionsError::NotAllowed { .. } => Kind::NO_CREDENTIALS,
        _ => Kind::BAD_FILE,
    };
    let error = anyhow::Error::new(error).context(format!("cannot use {}", path.display()));
    Failure::new(kind, error).dom_exception(dom_exception)
}

/// Explains why text is no origin.
pub fn of_origin_error(error: OriginError) -> Failure {
    of_rp_id_error(RpIdError::Origin(error))
}

/// Explains why an origin may not use an application ID.
pub fn of_app_id_error(error: AppIdError) -> Failure {
    let (kind, hint) = match &error {
        AppIdError::Malformed(_) => (Kind::USAGE, "give the https URL that the site used with U2F"),
        AppIdError::Foreign { .. } => {
            (Kind::NOT_GENUINE, "the application ID must be of the origin's own site")
        }
    };
    let dom_exception = error.dom_exception();
    Failure::new(kind, error).hint(hint).dom_exception(dom_exception)
}

/// Explains why an origin may not use an RP ID.
pub fn of_rp_id_error(error: RpIdError) -> Failure {
    let (kind, hint) = match &error {
        RpIdError::Origin(OriginError::Malformed(_)) => (
            Kind::USAGE,
            "give scheme and host without a path, such as https://login.example.com; an app's origin with --app-origin",
        ),
        RpIdError::Origin(OriginError::Insecure(_)) => {
            (Kind::NOT_GENUINE, "use https://, or http:// with localhost")
        }
        RpIdError::Origin(OriginError::Address(_)) => {
            (Kind::NOT_GENUINE, "use a domain: RP IDs are never addresses")
        }
        RpIdError::PublicSuffix { .. } => {
            (Kind::NOT_GENUINE, "the RP ID must be the origin's host, or the domain that you own")
        }
        RpIdError::Foreign { .. } => (
            Kind::NOT_GENUINE,
            "the RP ID must be the origin's host, or a parent domain of it; others are listed with --related-origins",
        ),
        RpIdError::NotRelated { .. } => (
            Kind::NOT_GENUINE,
            "list the origin in the file, among the first five sites: browsers look no further",
        ),
    };
    let dom_exception = error.dom_exception();
    Failure::new(kind, error).hint(hint).dom_exception(dom_exception)
}
