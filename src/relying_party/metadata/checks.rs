//! A registration held against the metadata (WebAuthn L3 §7.1 steps 22 to 24).

use std::time::SystemTime;

use data_encoding::BASE64;

use super::entry::Entry;
use super::model::ModelId;
use super::status::StatusReport;
use super::table::Metadata;
use crate::relying_party::report::Verdict;
use crate::relying_party::trust::Certificate;
use crate::relying_party::{
    Attestation, AttestationKind, Error, Report, Trust, attestation_checks,
};

const UNVERIFIED: &str = "the attestation does not verify";
const UNKNOWN: &str = "the metadata do not know the model";
const SELF_MADE: &str = "the model attests itself, which does not prove that it is this model";

impl Metadata {
    /// Holds a registration's report against the entry of its model: adds the checks
    /// `metadata-model`, `metadata-status` and `metadata-chain`; returns the entry.
    ///
    /// Certificates must be valid at `at`; without a time, their dates are not looked at.
    pub fn check(&self, report: &mut Report, at: Option<SystemTime>) -> Option<&Entry> {
        let model = model_of(report);
        let entry = model.as_ref().and_then(|model| self.entries_of(model).next());
        let model = Verdict::of(report.authenticator_data(), "there is no credential", |_| {
            Verdict::ensure(entry.is_some(), Error::UnknownModel)
        });
        let certificates = report.attestation().map_or(&[][..], |it| it.certificates.as_slice());
        let status = Verdict::of(entry, UNKNOWN, |entry| check_status(entry, certificates));
        let chain = Verdict::of(entry, UNKNOWN, |entry| {
            Verdict::of(report.attestation(), UNVERIFIED, |it| check_chain(entry, it, at))
        });
        report.add("metadata-model", model);
        report.add("metadata-status", status);
        report.add("metadata-chain", chain);
        entry
    }
}

/// A U2F key has no AAGUID; its attestation certificate's key stands for the model.
fn model_of(report: &Report) -> Option<ModelId> {
    let credential = report.authenticator_data()?.attested_credential.as_ref()?;
    if credential.aaguid != [0; 16] {
        return Some(ModelId::Aaguid(credential.aaguid));
    }
    let signer = Certificate::parse(report.attestation()?.certificates.first()?)?;
    ModelId::of_attestation_key(signer.spki())
}

fn check_status(entry: &Entry, certificates: &[Vec<u8>]) -> Verdict {
    let concerned = |report: &&StatusReport| is_concerned(report, certificates);
    let problems: Vec<_> =
        entry.problems().filter(concerned).map(|report| report.status.name()).collect();
    Verdict::ensure(problems.is_empty(), Error::ModelStatus(problems.join(", ")))
}

/// A report on a batch concerns the keys that its certificate attests; of a key without
/// certificates nobody knows to which batch it belongs.
fn is_concerned(report: &StatusReport, certificates: &[Vec<u8>]) -> bool {
    let batch = report.certificate.as_deref().and_then(|text| BASE64.decode(text.as_bytes()).ok());
    batch.is_none_or(|batch| certificates.is_empty() || certificates.contains(&batch))
}

fn check_chain(entry: &Entry, attestation: &Attestation, at: Option<SystemTime>) -> Verdict {
    let mut types = entry.statement().attestation_types();
    if attestation.kind == AttestationKind::SelfAttestation
        && types.any(|kind| kind == "basic_surrogate")
    {
        return Verdict::NotChecked(SELF_MADE);
    }
    let trust = Trust { roots: entry.attestation_roots().to_vec(), at };
    attestation_checks::check_chains(attestation, &trust).into()
}
