//! A fingerprint sensor on which the right finger always lies.

use opensk::api::fingerprint::{
    Ctap2EnrollFeedback, Fingerprint, FingerprintCheckError, FingerprintKind,
};
use opensk::ctap::status_code::CtapResult;
use rand::RngCore;

const SAMPLES: usize = 3;

/// The enrolment that runs: its template, and the samples it still wants.
#[derive(Default)]
pub struct Sensor(Option<(Vec<u8>, usize)>);

impl Fingerprint for Sensor {
    fn prepare_enrollment(&mut self) -> CtapResult<()> {
        let id = rand::thread_rng().next_u32().to_be_bytes();
        self.0 = Some((id.to_vec(), SAMPLES));
        Ok(())
    }

    fn capture_sample(
        &mut self,
        _: Option<usize>,
    ) -> CtapResult<(Ctap2EnrollFeedback, usize, Option<Vec<u8>>)> {
        let (id, remaining) = self.0.as_mut().expect("OpenSK prepares it");
        *remaining = remaining.saturating_sub(1);
        // As sensors that choose an ID only in the end; OpenSK makes one up for the time before.
        let chosen = (*remaining == 0).then(|| id.clone());
        Ok((Ctap2EnrollFeedback::FpGood, *remaining, chosen))
    }

    fn cancel_enrollment(&mut self) -> CtapResult<()> {
        self.0 = None;
        Ok(())
    }

    /// OpenSK keeps the list of templates; there are no prints to go with it.
    fn remove_enrollment(&mut self, _: &[u8]) -> CtapResult<()> {
        Ok(())
    }

    fn check_fingerprint_init(&mut self) -> CtapResult<()> {
        Ok(())
    }

    fn check_fingerprint(&mut self, _: usize) -> Result<(), FingerprintCheckError> {
        Ok(())
    }

    fn check_fingerprint_complete(&mut self) -> CtapResult<()> {
        Ok(())
    }

    fn fingerprint_kind(&self) -> FingerprintKind {
        FingerprintKind::Touch
    }

    fn max_capture_samples_required_for_enroll(&self) -> usize {
        SAMPLES
    }
}
