//! The checks of client data (WebAuthn L3 §7.1 steps 5 to 11, §7.2 steps 9 to 14).

use subtle::ConstantTimeEq;

use super::report::Verdict;
use super::{Error, Expectations, Report};
use crate::webauthn::{Ceremony, CollectedClientData};

/// Client data, or all that is known of them.
#[derive(Clone, Copy, Debug)]
pub enum ClientData<'a> {
    /// clientDataJSON, byte for byte.
    Json(&'a [u8]),
    /// Its hash only: type, challenge and origin are out of reach.
    Hash([u8; 32]),
}

impl ClientData<'_> {
    /// Returns the hash that keys sign.
    pub(super) fn hash(&self) -> [u8; 32] {
        match self {
            ClientData::Json(json) => CollectedClientData::hash(json),
            ClientData::Hash(hash) => *hash,
        }
    }

    pub(super) fn check(&self, ceremony: Ceremony, wanted: &Expectations, report: &mut Report) {
        let (read, why_not, first) = match self {
            ClientData::Hash(_) => {
                let why_not = "only the hash of the client data is known";
                (None, why_not, Verdict::NotChecked(why_not))
            }
            ClientData::Json(json) => {
                let why_not = "the client data cannot be read";
                match CollectedClientData::from_json(json) {
                    Ok(data) => (Some(data), why_not, Verdict::Passed),
                    Err(error) => {
                        (None, why_not, Verdict::Failed(Error::ClientData(error.to_string())))
                    }
                }
            }
        };
        report.add("client-data", first);
        let checks: [(&'static str, Judge); 5] = [
            ("client-data-type", |data, ceremony, _| check_type(data, ceremony)),
            ("challenge", |data, _, wanted| check_challenge(data, wanted)),
            ("origin", |data, _, wanted| check_origin(data, wanted)),
            ("cross-origin", |data, _, wanted| {
                let same_origin = !data.cross_origin && data.top_origin.is_none();
                let known_page = data.top_origin.is_some() && wanted.top_origins.is_some();
                let allowed = wanted.allow_cross_origin || known_page;
                Verdict::ensure(same_origin || allowed, Error::CrossOrigin)
            }),
            ("top-origin", |data, _, wanted| check_top_origin(data, wanted)),
        ];
        for (name, judge) in checks {
            report.add(name, Verdict::of(read.as_ref(), why_not, |d| judge(d, ceremony, wanted)));
        }
    }
}

type Judge = fn(&CollectedClientData, Ceremony, &Expectations) -> Verdict;

fn check_type(data: &CollectedClientData, ceremony: Ceremony) -> Verdict {
    let (wanted, got) = (ceremony.type_name(), data.ceremony_type.clone());
    Verdict::ensure(got == wanted, Error::ClientDataType { wanted, got })
}

fn check_challenge(data: &CollectedClientData, wanted: &Expectations) -> Verdict {
    Verdict::of(wanted.challenge.as_deref(), "no challenge given", |challenge| {
        Verdict::ensure(challenge.ct_eq(&data.challenge.0).into(), Error::Challenge)
    })
}

fn check_origin(data: &CollectedClientData, wanted: &Expectations) -> Verdict {
    Verdict::of(wanted.origins.as_ref(), "no origin given", |origins| {
        Verdict::ensure(origins.contains(&data.origin), Error::Origin(data.origin.clone()))
    })
}

fn check_top_origin(data: &CollectedClientData, wanted: &Expectations) -> Verdict {
    let Some(top_origin) = &data.top_origin else {
        return Verdict::NotChecked("the client data name no other page");
    };
    Verdict::of(wanted.top_origins.as_ref(), "no outer origin given", |allowed| {
        Verdict::ensure(allowed.contains(top_origin), Error::TopOrigin(top_origin.clone()))
    })
}
