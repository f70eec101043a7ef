//! A stored credential in words and in JSON.

use fidoctl::cbor;
use fidoctl::client::credentials::{Counted, Discrepancy, Listing, RelyingParty, StoredCredential};
use fidoctl::ctap2::extensions::CredProtect;
use fidoctl::webauthn::Base64Url;
use serde_json::{Value, json};

use crate::output::{Page, hex, visible};

/// A credential with the relying party that it is for.
#[derive(Clone)]
pub struct Shown {
    rp_id: Option<String>,
    rp_name: Option<String>,
    rp_id_hash: [u8; 32],
    rp_id_is_whole: bool,
    pub credential: StoredCredential,
}

impl Shown {
    pub fn new(rp: &RelyingParty, credential: &StoredCredential) -> Self {
        Shown {
            rp_id: rp.id.clone(),
            rp_name: rp.name.clone(),
            rp_id_hash: rp.id_hash,
            rp_id_is_whole: rp.id_is_whole(),
            credential: credential.clone(),
        }
    }

    pub fn all(listing: &Listing) -> Vec<Self> {
        listing.credentials().map(|(rp, credential)| Shown::new(rp, credential)).collect()
    }

    pub fn json(&self) -> Value {
        let credential = &self.credential;
        let key = credential.public_key.as_ref();
        json!({
            "credential_id": Base64Url(credential.id.clone()),
            "rp_id": self.rp_id,
            "rp_id_is_whole": self.rp_id_is_whole,
            "rp_id_hash": hex(&self.rp_id_hash),
            "rp_name": self.rp_name,
            "user_id": Base64Url(credential.user_id.clone()),
            "user_name": credential.user_name,
            "user_display_name": credential.user_display_name,
            "algorithm": key.map(|key| key.algorithm().0),
            "public_key_cose": key.map(|key| Base64Url(cbor::to_vec(key))),
            "public_key_pem": key.and_then(|key| key.to_pem()),
            "cred_protect": credential.cred_protect,
            "large_blob_key": credential.large_blob_key.is_some(),
            "third_party_payment": credential.third_party_payment,
        })
    }

    /// Returns the relying party as people read it.
    pub fn rp(&self) -> String {
        match &self.rp_id {
            Some(id) if self.rp_id_is_whole => visible(id),
            Some(id) => format!("{} (cut by the key)", visible(id)),
            None => format!("SHA-256 {}", hex(&self.rp_id_hash)),
        }
    }

    /// Returns the account as people read it.
    pub fn user(&self) -> String {
        let credential = &self.credential;
        let name = credential.user_name.as_ref().or(credential.user_display_name.as_ref());
        name.filter(|name| !name.is_empty())
            .map(|name| visible(name))
            .unwrap_or_else(|| format!("user ID {}", hex(&credential.user_id)))
    }

    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let credential = &self.credential;
        let mut pairs = vec![
            ("credential", Base64Url(credential.id.clone()).to_string()),
            ("in hex", hex(&credential.id)),
            ("RP ID", self.rp()),
        ];
        pairs.extend(self.rp_name.as_ref().map(|name| ("service", visible(name))));
        pairs.extend(credential.user_name.as_ref().map(|name| ("user", visible(name))));
        let display_name = credential.user_display_name.as_ref();
        pairs.extend(display_name.map(|name| ("display name", visible(name))));
        pairs.push(("user ID", Base64Url(credential.user_id.clone()).to_string()));
        pairs.push(("algorithm", self.algorithm()));
        pairs.push(("protection", self.protection()));
        let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        pairs.push(("large blob key", yes_no(credential.large_blob_key.is_some())));
        pairs.extend(credential.third_party_payment.map(|yes| ("payments", yes_no(yes))));
        pairs
    }

    fn algorithm(&self) -> String {
        let key = self.credential.public_key.as_ref();
        key.map_or_else(|| "unknown".to_owned(), |key| key.algorithm().to_string())
    }

    fn protection(&self) -> String {
        match self.credential.cred_protect {
            None => "unknown".to_owned(),
            Some(level) => {
                let name = CredProtect::from_level(level).map_or("unknown", CredProtect::name);
                format!("{level} ({name})")
            }
        }
    }
}

/// Writes credentials as a table; their IDs as far as they differ, in hex.
pub fn table(page: &mut Page, shown: &[Shown]) {
    let digits = telling_digits(shown);
    let rows: Vec<_> = shown
        .iter()
        .map(|shown| {
            let id = hex(&shown.credential.id);
            let level = shown.credential.cred_protect;
            vec![
                shown.rp(),
                shown.user(),
                id.get(..digits).unwrap_or(&id).to_owned(),
                shown.algorithm(),
                level.map_or_else(|| "?".to_owned(), |level| level.to_string()),
            ]
        })
        .collect();
    page.table(&["RP ID", "USER", "CREDENTIAL", "ALGORITHM", "PROTECTION"], &rows);
}

/// Returns how many hex digits tell all these IDs apart, and at least 16.
fn telling_digits(shown: &[Shown]) -> usize {
    let mut ids: Vec<&[u8]> = shown.iter().map(|shown| shown.credential.id.as_slice()).collect();
    ids.sort_unstable();
    let shared = |(a, b): (&&[u8], &&[u8])| a.iter().zip(*b).take_while(|(x, y)| x == y).count();
    let longest = ids.iter().zip(ids.iter().skip(1)).map(shared).max().unwrap_or(0);
    (2 * (longest + 1)).max(16)
}

/// JSON form of the key's wrong totals.
pub fn discrepancies_json(listing: &Listing) -> Value {
    let one = |discrepancy: &Discrepancy| {
        let (counted, rp_id_hash) = match discrepancy.counted {
            Counted::Credentials => ("credentials", None),
            Counted::RelyingParties => ("relying-parties", None),
            Counted::CredentialsOf(hash) => ("credentials-of-rp", Some(hex(&hash))),
        };
        json!({
            "counted": counted,
            "rp_id_hash": rp_id_hash,
            "claimed": discrepancy.claimed,
            "found": discrepancy.found,
        })
    };
    listing.discrepancies.iter().map(one).collect()
}

/// Says which of the key's totals are wrong.
pub fn discrepancies(page: &mut Page, listing: &Listing) {
    for Discrepancy { counted, claimed, found } in &listing.discrepancies {
        let what = match counted {
            Counted::Credentials => "credentials".to_owned(),
            Counted::RelyingParties => "relying parties".to_owned(),
            Counted::CredentialsOf(hash) => {
                let mut all = listing.relying_parties.iter();
                let rp = all.find(|rp| rp.id_hash == *hash).and_then(|rp| rp.id.clone());
                format!("credentials of {}", visible(&rp.unwrap_or_else(|| hex(hash))))
            }
        };
        let claimed = claimed.map_or_else(|| "no number".to_owned(), |claimed| claimed.to_string());
        page.bad(&format!("the key claims {claimed} of {what}, and listed {found}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(id: &[u8]) -> Shown {
        let credential = StoredCredential {
            id: id.to_vec(),
            user_id: vec![1],
            user_name: None,
            user_display_name: None,
            public_key: None,
            cred_protect: None,
            large_blob_key: None,
            third_party_payment: None,
        };
        Shown { rp_id: None, rp_name: None, rp_id_hash: [0; 32], rp_id_is_whole: false, credential }
    }

    #[test]
    fn ids_are_shown_as_far_as_they_differ() {
        assert_eq!(telling_digits(&[shown(&[1; 32]), shown(&[2; 32])]), 16);
        let (mut a, mut b) = ([7; 32], [7; 32]);
        (a[20], b[20]) = (1, 2);
        assert_eq!(telling_digits(&[shown(&a), shown(&[9; 32]), shown(&b)]), 42);
    }
}
