//! Application IDs of U2F, and which origin may use which (FIDO AppID and Facet Specification
//! §3.1.2, as WebAuthn L3 §10.1.1 takes it).

use super::{DomException, Origin, host_name};

/// Why an origin may not use an application ID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppIdError {
    /// No https URL.
    #[error("{0:?} is not an application ID: an https URL is wanted")]
    Malformed(String),
    /// The host is of another owner.
    #[error("the origin \"{origin}\" may not use the application ID {app_id:?} of another site")]
    Foreign {
        /// The origin.
        origin: Origin,
        /// The application ID.
        app_id: String,
    },
}

impl AppIdError {
    /// Returns the name that a browser gives the error.
    pub fn dom_exception(&self) -> DomException {
        DomException::Security
    }
}

/// Returns the application ID that is effective for an origin: the one wanted, if it is of the same
/// site, and the origin for an empty one.
///
/// As in browsers, lists of trusted facets, by which other sites could be admitted, are not fetched,
/// and an origin with http is not its own application ID.
pub fn effective_app_id(origin: &Origin, wanted: &str) -> Result<String, AppIdError> {
    if wanted.is_empty() {
        return Ok(origin.to_string());
    }
    let host = host_of(wanted).ok_or_else(|| AppIdError::Malformed(wanted.to_owned()))?;
    if same_site(origin.host(), &host) {
        Ok(wanted.to_owned())
    } else {
        Err(AppIdError::Foreign { origin: origin.clone(), app_id: wanted.to_owned() })
    }
}

fn host_of(app_id: &str) -> Option<String> {
    let rest = app_id.strip_prefix("https://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = match authority.split_once(':') {
        Some((host, port)) => host_with_port(host, port)?,
        None => authority,
    };
    host_name::to_ascii(host)
}

fn host_with_port<'h>(host: &'h str, port: &str) -> Option<&'h str> {
    port.parse::<u16>().ok().map(|_| host)
}

/// Tells whether two hosts have the same owner, as far as names tell it.
fn same_site(one: &str, other: &str) -> bool {
    let site = psl::domain_str(one);
    one == other || site.is_some() && site == psl::domain_str(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_may_use_application_ids_of_its_site() {
        let table = [
            ("https://login.example.com", "https://login.example.com", true),
            ("https://login.example.com", "https://www.example.com/u2f/app-id.json", true),
            ("https://login.example.com:8443", "https://example.com:444", true),
            ("https://login.example.com", "https://example.org", false),
            ("https://login.example.com", "https://example.com.evil.org/", false),
            ("https://login.example.com", "https://example.com@evil.org/", false),
            ("https://a.github.io", "https://b.github.io/app-id.json", false),
            ("https://login.example.com", "http://login.example.com", false),
            ("https://login.example.com", "example.com", false),
            ("http://localhost:8080", "http://localhost:8080", false),
            ("http://localhost", "https://localhost/app-id", true),
            ("https://a.intranet", "https://b.intranet", false),
        ];
        for (origin, app_id, allowed) in table {
            let origin: Origin = origin.parse().unwrap();
            let effective = effective_app_id(&origin, app_id);
            assert_eq!(effective.is_ok(), allowed, "{origin} {app_id}");
            assert!(effective.is_err() || effective.as_deref() == Ok(app_id));
        }
    }

    #[test]
    fn an_empty_application_id_is_the_origin() {
        let origin: Origin = "https://Example.com:443".parse().unwrap();
        assert_eq!(effective_app_id(&origin, "").as_deref(), Ok("https://example.com"));
    }
}
