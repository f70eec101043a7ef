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

/// id-fido-gen-ce-sernum (WebAuthn L3 §8.2.2): the serial number, in enterprise attestations only.
const SERIAL_EXTENSION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.1.1.2");
/// id-fido-gen-ce-aaguid (WebAuthn L3 §8.2.1).
const AAGUID_EXTENSION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.1.1.4");

// ZZ is one of the codes that ISO 3166 leaves to its users.
const ROOT_SUBJECT: &str = "CN=fidoctl Virtual Key Test Root,O=fidoctl,C=ZZ";
const LEAF_SUBJECT: &str =
    "CN=fidoctl Virtual Key Test Attestation,OU=Authenticator Attestation,O=fidoctl,C=ZZ";
const ENTERPRISE_SUBJECT: &str = "CN=fidoctl Virtual Key Test Enterprise Attestation,\
     OU=Authenticator Attestation,O=fidoctl,C=ZZ";

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

/// A root with its private key, which lives only while a key is made.
pub(super) struct Root {
    key: CredentialKey,
    certificate: Vec<u8>,
    now: Duration,
}

impl Root {
    pub(super) fn new(random: &mut dyn Random, now: Duration) -> Result<Self, AttestationError> {
        let key = CredentialKey::generate(KeyType::Es256, random)?;
        let subject = Name::from_str(ROOT_SUBJECT)?;
        let profile = Profile { subject: subject.clone(), issuer: subject, model: None };
        let certificate = issue(profile, &key, &key, random, now)?;
        Ok(Root { key, certificate, now })
    }

    /// Makes a key with a certificate that names the model, and with a serial number the device.
    pub(super) fn certify(
        &self,
        aaguid: &[u8; 16],
        serial: Option<&str>,
        random: &mut dyn Random,
    ) -> Result<Attestation, AttestationError> {
        let key = CredentialKey::generate(KeyType::Es256, random)?;
        let subject = if serial.is_some() { ENTERPRISE_SUBJECT } else { LEAF_SUBJECT };
        let serial = serial.map(|serial| serial.as_bytes().to_vec());
        let profile = Profile {
            subject: Name::from_str(subject)?,
            issuer: Name::from_str(ROOT_SUBJECT)?,
            model: Some(Model { aaguid: *aaguid, serial }),
        };
        Ok(Attestation::Batch {
            certificate: Base64Url(issue(profile, &key, &self.key, random, self.now)?),
            root: Base64Url(self.certificate.clone()),
            key,
        })
    }
}

impl Attestation {
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
                let model = Some(Model { aaguid: [0; 16], serial: None });
                let profile = Profile { subject: name.clone(), issuer: name, model };
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

/// A root, or with a model a leaf as WebAuthn L3 §8.2.1 wants it.
struct Profile {
    subject: Name,
    issuer: Name,
    model: Option<Model>,
}

/// What a leaf names.
struct Model {
    aaguid: [u8; 16],
    serial: Option<Vec<u8>>,
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
        let ca = self.model.is_none();
        let constraints = BasicConstraints { ca, path_len_constraint: None };
        extensions.push(constraints.to_extension(subject, &extensions)?);
        let identifier = SubjectKeyIdentifier::try_from(key)?;
        extensions.push(identifier.to_extension(subject, &extensions)?);
        match &self.model {
            None => {
                let usage = KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign);
                extensions.push(usage.to_extension(subject, &extensions)?);
            }
            Some(model) => {
                let issuer = AuthorityKeyIdentifier::try_from(issuer_key)?;
                extensions.push(issuer.to_extension(subject, &extensions)?);
                let usage = KeyUsage(KeyUsages::DigitalSignature.into());
                extensions.push(usage.to_extension(subject, &extensions)?);
                extensions.push(octets(AAGUID_EXTENSION, &model.aaguid)?);
                if let Some(serial) = &model.serial {
                    extensions.push(octets(SERIAL_EXTENSION, serial)?);
                }
            }
        }
        Ok(extensions)
    }
}

fn octets(extn_id: ObjectIdentifier, value: &[u8]) -> builder::Result<Extension> {
    let extn_value = OctetString::new(OctetString::new(value)?.to_der()?)?;
    Ok(Extension { extn_id, critical: false, extn_value })
}
