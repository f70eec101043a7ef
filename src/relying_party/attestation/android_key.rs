//! Android's key attestation (WebAuthn L3 §8.4).

use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::der::{self, Tag, Tagged};

use super::packed_certificate::{check_public_key, rule};
use super::statement::{Attestation, AttestationKind, Refusal, Statement};
use crate::relying_party::signature::Sha1;
use crate::relying_party::trust::{context_specific, items, members, only_item};
use crate::relying_party::{AttestationProblem, signature};

/// KeyDescription
const KEY_DESCRIPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.1.17");

/// Tags of AuthorizationList, and the values wanted.
const PURPOSE: u32 = 1;
const ALL_APPLICATIONS: u32 = 600;
const ORIGIN: u32 = 702;
const PURPOSE_SIGN: &[u8] = &[2];
const ORIGIN_GENERATED: &[u8] = &[0];

pub(super) fn verify(statement: &Statement<'_>) -> Result<Attestation, Refusal> {
    let algorithm = statement.algorithm()?;
    let signature = statement.bytes("sig")?;
    let (chain, signer) = statement.signer()?;
    let message = statement.signed_bytes();
    let spki = signer.spki();
    signature::verify_with_spki(spki, algorithm, &message, signature, Sha1::Refused)
        .map_err(Refusal::of_signature)?;
    check_public_key(&signer, &statement.credential()?.public_key)?;
    let extension = signer.extension(KEY_DESCRIPTION).ok_or(
        AttestationProblem::CertificateRule("it must have Android's extension about the key"),
    )?;
    let description = KeyDescription::read(extension.value).map_err(|_| {
        AttestationProblem::CertificateRule("Android's extension about the key is malformed")
    })?;
    if description.challenge != statement.client_data_hash {
        return Err(AttestationProblem::Nonce.into());
    }
    description.check()?;
    Ok(statement.proves(AttestationKind::Basic, &chain))
}

/// What the key store says of the key.
struct KeyDescription<'a> {
    challenge: &'a [u8],
    /// What software and hardware enforce, in one list.
    authorizations: Vec<AnyRef<'a>>,
}

impl<'a> KeyDescription<'a> {
    fn read(der: &'a [u8]) -> der::Result<Self> {
        let members_read = members(only_item(der)?)?;
        let [_, _, _, _, challenge, _, software, hardware, ..] = members_read.as_slice() else {
            return Err(Tag::Sequence.length_error().into());
        };
        challenge.tag().assert_eq(Tag::OctetString)?;
        let authorizations = [members(*software)?, members(*hardware)?].concat();
        Ok(KeyDescription { challenge: challenge.value(), authorizations })
    }

    /// What the key store leaves unsaid is not held against the key, as in the W3C's own vector;
    /// what it says must be right.
    fn check(&self) -> Result<(), AttestationProblem> {
        let values = |number| {
            let tag = context_specific(number);
            self.authorizations.iter().filter(move |i| i.tag() == tag).map(|item| item.value())
        };
        rule(
            values(ALL_APPLICATIONS).next().is_none(),
            "the key must not be one for all applications",
        )?;
        rule(
            values(ORIGIN).all(|der| integer(der) == Some(ORIGIN_GENERATED)),
            "the key must have been generated where it is",
        )?;
        let signs = |der| {
            let purposes = only_item(der).and_then(|set| items(set.value()));
            purposes.is_ok_and(|purposes| {
                purposes.iter().any(|p| p.tag() == Tag::Integer && p.value() == PURPOSE_SIGN)
            })
        };
        rule(values(PURPOSE).all(signs), "the key must be one for signing")
    }
}

fn integer(der: &[u8]) -> Option<&[u8]> {
    only_item(der).ok().filter(|item| item.tag() == Tag::Integer).map(|item| item.value())
}
