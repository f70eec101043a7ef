//! Which origin may use which RP ID (WebAuthn L3 §5.1.3, §5.11; HTML §7.1.1).

use super::{DomException, Origin, OriginError, RelatedOrigins};

/// Why an origin may not use an RP ID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RpIdError {
    /// No origin that can use WebAuthn at all.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// Not the host, nor a parent domain of it.
    #[error("the origin \"{origin}\" may not use the RP ID {rp_id:?}")]
    Foreign {
        /// The origin.
        origin: Origin,
        /// The RP ID.
        rp_id: String,
    },
    /// A parent domain under which anybody can have a name.
    #[error(
        "the origin \"{origin}\" may not use the RP ID {rp_id:?}, under which anybody can have a name"
    )]
    PublicSuffix {
        /// The origin.
        origin: Origin,
        /// The RP ID.
        rp_id: String,
    },
    /// Not the host, nor a parent domain of it, and the origin is not listed as related.
    #[error("the origin \"{origin}\" is not among the related origins of the RP ID {rp_id:?}")]
    NotRelated {
        /// The origin.
        origin: Origin,
        /// The RP ID.
        rp_id: String,
    },
}

impl RpIdError {
    /// Returns the name that a browser gives the error.
    pub fn dom_exception(&self) -> DomException {
        DomException::Security
    }
}

/// Returns the RP ID that is effective for an origin: the one wanted, if the origin may use it, or
/// else the origin's host.
///
/// Keys sign only hashes of both, so nobody but the client can tell whether they fit.
pub fn effective_rp_id(
    origin: &Origin,
    wanted: Option<&str>,
    related: Option<&RelatedOrigins>,
) -> Result<String, RpIdError> {
    let host = origin.host();
    let Some(rp_id) = wanted.filter(|rp_id| *rp_id != host) else {
        return Ok(host.to_owned());
    };
    let is_parent =
        !rp_id.is_empty() && host.strip_suffix(rp_id).is_some_and(|rest| rest.ends_with('.'));
    if is_parent && belongs_with(host, rp_id) {
        return Ok(rp_id.to_owned());
    }
    if related.is_some_and(|related| related.admit(origin)) {
        return Ok(rp_id.to_owned());
    }
    let (origin, rp_id) = (origin.clone(), rp_id.to_owned());
    Err(match related {
        Some(_) => RpIdError::NotRelated { origin, rp_id },
        None if is_parent => RpIdError::PublicSuffix { origin, rp_id },
        None => RpIdError::Foreign { origin, rp_id },
    })
}

/// Tells whether a parent domain of a host belongs to the same owner: it is no shorter than the
/// host's label in front of the public suffix, below which names are given to anybody.
fn belongs_with(host: &str, parent: &str) -> bool {
    psl::domain_str(host).is_some_and(|registrable| parent.len() >= registrable.len())
}

/// Tells whether text can be an RP ID: a domain in ASCII lower case, or a name with a scheme of its
/// own, such as `ssh:`.
pub fn is_rp_id(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._:".contains(c);
    !text.is_empty() && !text.starts_with('.') && text.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_may_use_its_host_and_its_parents_only() {
        let table = [
            ("https://login.example.com", "login.example.com", true),
            ("https://login.example.com:8443", "example.com", true),
            ("https://login.example.com", "com", false),
            ("https://login.example.com", "other.example.com", false),
            ("https://notexample.com", "example.com", false),
            ("https://a.github.io", "github.io", false),
            ("https://github.io", "github.io", true),
            ("https://city.kawasaki.jp", "kawasaki.jp", false),
            ("https://x.city.kawasaki.jp", "city.kawasaki.jp", true),
            ("http://a.localhost", "a.localhost", true),
            ("https://intranet", "intranet", true),
            ("https://app.intranet.corp", "intranet.corp", true),
            ("https://app.intranet.corp", "corp", false),
        ];
        for (origin, rp_id, allowed) in table {
            let origin: Origin = origin.parse().unwrap();
            let effective = effective_rp_id(&origin, Some(rp_id), None);
            assert_eq!(effective.is_ok(), allowed, "{origin} {rp_id}");
        }
    }

    #[test]
    fn rp_ids_are_not_origins() {
        assert!(is_rp_id("example.com") && is_rp_id("ssh:"));
        for wrong in ["https://example.com", "Example.com", "", ".com", "bücher.example"] {
            assert!(!is_rp_id(wrong), "{wrong}");
        }
    }
}
