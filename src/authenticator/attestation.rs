//! Packed attestation (WebAuthn L3 §8.2): batch certificate or self; and what U2F has in its place.

use std::str::FromStr;
use std::time::Duration;

use p256::ecdsa::DerSignature;
use serde::{Deserialize, Serialize};
use x509_cert::TbsCertificate;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{self, Builder, CertificateBuilder};
use x509_cert::der::asn1::{GeneralizedTime, ObjectIdentifier, OctetString};
use x509_cert::der::{self, DateTime, Encode};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};

use super::credential_key::{CredentialKey, KeyType};
use crate::cbor::Value;
use crate::pin_uv::{Random, RandomUnavailable, random_bytes};
use crate::webauthn::Base64Url;

/// id-fido-gen-ce-aaguid (WebAuthn L3 §8.2.1).
const AAGUID_EXTENSION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.1.1.4");

// ZZ is one of the codes that ISO 3166 leaves to its users.
const ROOT_SUBJECT: &str = "CN=fidoctl Virtual Key Test Root,O=fidoctl,C=ZZ";
const LEAF_SUBJECT: &str =
    "CN=fidoctl Virtual Key Test Attestation,OU=Authenticator Attestation,O=fidoctl,C=ZZ";

/// Why no key could be made.
#[derive(Debug, thiserror::Error)]
pub enum AttestationError {
    /// No random numbers.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// The attestation certificate could not be made.
    #[error("attestation certificate: {0}")]
    Certificate(#[from] builder::Error),
}

impl From<der::Error> for AttestationError {
    fn from(error: der::Error) -> Self {
        Self::Certificate(error.into())
    }
}

/// How a key attests, and what with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Attestation {
    /// With a batch key certified by a root of its own.
    Batch {
        key: CredentialKey,
        /// DER.
        certificate: Base64Url,
        /// DER; its private key is forgotten.
        root: Base64Url,
    },
    /// With the credential's key.
    #[serde(rename = "self")]
    SelfAttestation,
}

impl Attestation {
    /// Makes a root, and under it a batch certificate that names the model.
    pub(super) fn new_batch(
        aaguid: &[u8; 16],
        random: &mut dyn Random,
        now: Duration,
    ) -> Result<Self, AttestationError> {
        let root_key = CredentialKey::generate(KeyType::Es256, random)?;
        let key = CredentialKey::generate(KeyType::Es256, random)?;
        let subject = Name::from_str(ROOT_SUBJECT)?;
        let root = Profile { subject: subject.clone(), issuer: subject.clone(), aaguid: None };
        let leaf = Profile {
            subject: Name::from_str(LEAF_SUBJECT)?,
            issuer: subject,
            aaguid: Some(*aaguid),
        };
        Ok(Attestation::Batch {
            certificate: Base64Url(issue(leaf, &key, &root_key, random, now)?),
            root: Base64Url(issue(root, &root_key, &root_key, random, now)?),
            key,
        })
    }

    /// Returns the root's certificate, DER.
    pub(super) fn root(&self) -> Option<&[u8]> {
        match self {
            Attestation::Batch { root, .. } => Some(&root.0),
            Attestation::SelfAttestation => None,
        }
    }

    /// Makes the statement over authenticator data and client data hash, `message`.
    pub(super) fn statement(&self, credential_key: &CredentialKey, message: &[u8]) -> Value {
        let signer = match self {
            Attestation::Batch { key, .. } => key,
            Attestation::SelfAttestation => credential_key,
        };
        let algorithm = Value::from(signer.key_type().algorithm().0);
        let signature = Value::from(signer.sign(message));
        let mut members = vec![("alg", algorithm), ("sig", signature)];
        if let Attestation::Batch { certificate, .. } = self {
            members.push(("x5c", Value::Array(vec![Value::from(certificate.0.clone())])));
        }
        Value::text_map(members)
    }

    /// Returns the certificate and the signature of a U2F registration over `message`.
    ///
    /// U2F knows no self attestation: a credential's own key then signs its own certificate.
    pub(super) fn u2f(
        &self,
        credential_key: &CredentialKey,
        message: &[u8],
        random: &mut dyn Random,
        now: Duration,
    ) -> Result<(Vec<u8>, Vec<u8>), AttestationError> {
        match self {
            Attestation::Batch { key, certificate, .. } => {
                Ok((certificate.0.clone(), key.sign(message)))
            }
            Attestation::SelfAttestation => {
                let name = Name::from_str(LEAF_SUBJECT)?;
                let profile =
                    Profile { subject: name.clone(), issuer: name, aaguid: Some([0; 16]) };
                let certificate = issue(profile, credential_key, credential_key, random, now)?;
                Ok((certificate, credential_key.sign(message)))
            }
        }
    }
}

/// Issues the certificate of `key`, signed by `issuer`; DER.
fn issue(
    profile: Profile,
    key: &CredentialKey,
    issuer: &CredentialKey,
    random: &mut dyn Random,
    now: Duration,
) -> Result<Vec<u8>, AttestationError> {
    let (Some(key), Some(issuer)) = (key.p256(), issuer.p256()) else {
        return Err(RandomUnavailable.into());
    };
    let mut serial: [u8; 16] = random_bytes(random)?;
    // Positive, and sixteen bytes long whatever comes.
    if let Some(first) = serial.first_mut() {
        *first = *first & 0x3f | 0x40;
    }
    let not_before = Time::from(GeneralizedTime::from_unix_duration(now)?);
    let not_after = Time::from(GeneralizedTime::from_date_time(DateTime::INFINITY));
    let public_key =
        SubjectPublicKeyInfo::from_key(key.verifying_key()).map_err(builder::Error::from)?;
    let certificate = CertificateBuilder::new(
        profile,
        SerialNumber::new(&serial)?,
        Validity::new(not_before, not_after),
        public_key,
    )?;
    Ok(certificate.build::<_, DerSignature>(&issuer)?.to_der()?)
}

/// A root, or with an AAGUID a leaf as WebAuthn L3 §8.2.1 wants it.
struct Profile {
    subject: Name,
    issuer: Name,
    aaguid: Option<[u8; 16]>,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, _: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        key: SubjectPublicKeyInfoRef<'_>,
        issuer_key: SubjectPublicKeyInfoRef<'_>,
        certificate: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        let subject = certificate.subject();
        let mut extensions = Vec::new();
        let ca = self.aaguid.is_none();
        let constraints = BasicConstraints { ca, path_len_constraint: None };
        extensions.push(constraints.to_extension(subject, &extensions)?);
        let identifier = SubjectKeyIdentifier::try_from(key)?;
        extensions.push(identifier.to_extension(subject, &extensions)?);
        match self.aaguid {
            None => {
                let usage = KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign);
                extensions.push(usage.to_extension(subject, &extensions)?);
            }
            Some(aaguid) => {
                let issuer = AuthorityKeyIdentifier::try_from(issuer_key)?;
                extensions.push(issuer.to_extension(subject, &extensions)?);
                let usage = KeyUsage(KeyUsages::DigitalSignature.into());
                extensions.push(usage.to_extension(subject, &extensions)?);
                let value = OctetString::new(aaguid)?.to_der()?;
                extensions.push(Extension {
                    extn_id: AAGUID_EXTENSION,
                    critical: false,
                    extn_value: OctetString::new(value)?,
                });
            }
        }
        Ok(extensions)
    }
}
