//! The checks of authenticator data that both ceremonies share (WebAuthn L3 §7.1 steps 14 to 18,
//! §7.2 steps 16 to 21).

use super::report::Verdict;
use super::{Error, Expectations, Report, extensions};
use crate::cbor::Strictness;
use crate::webauthn::{AuthenticatorData, Ceremony, Flags, rp_id_hash};

/// Why the checks of authenticator data are left out.
pub(super) const UNREADABLE: &str = "the authenticator data cannot be read";

/// Reads authenticator data as leniently as relying parties do.
pub(super) fn parse(bytes: &[u8]) -> Result<AuthenticatorData, Error> {
    AuthenticatorData::parse(bytes, Strictness::Tolerant)
        .map_err(|error| Error::AuthenticatorData(error.to_string()))
}

/// Checks RP ID hash, flags and extension outputs.
pub(super) fn check(
    data: Option<&AuthenticatorData>,
    ceremony: Ceremony,
    wanted: &Expectations,
    report: &mut Report,
) {
    report.add("rp-id-hash", Verdict::of(data, UNREADABLE, |data| check_rp_id(data, wanted)));
    let mut flag = |name, left_out: Option<&'static str>, judge: fn(Flags) -> bool, error| {
        let verdict = Verdict::of(data, UNREADABLE, |data| match left_out {
            Some(why) => Verdict::NotChecked(why),
            None => Verdict::ensure(judge(data.flags), error),
        });
        report.add(name, verdict);
    };
    flag(
        "user-present",
        wanted.allow_user_absent.then_some("nobody has to be present"),
        |flags| flags.contains(Flags::UP),
        Error::UserNotPresent,
    );
    flag(
        "user-verified",
        (!wanted.require_user_verification).then_some("user verification is not required"),
        |flags| flags.contains(Flags::UV),
        Error::UserNotVerified,
    );
    flag(
        "backup-flags",
        None,
        |flags| flags.contains(Flags::BE) || !flags.contains(Flags::BS),
        Error::BackupFlags,
    );
    flag(
        "backup-eligibility",
        (!wanted.refuse_backup_eligible).then_some("credentials may be backed up"),
        |flags| !flags.contains(Flags::BE),
        Error::BackupEligible,
    );
    report.add(
        "extensions",
        Verdict::of(data, UNREADABLE, |data| {
            Verdict::of(data.extensions.as_ref(), "there are no extension outputs", |outputs| {
                extensions::check(outputs, ceremony, wanted.extensions.as_deref())
            })
        }),
    );
}

fn check_rp_id(data: &AuthenticatorData, wanted: &Expectations) -> Verdict {
    Verdict::of(wanted.rp_ids(), "neither RP ID nor origin given", |rp_ids| {
        let known = rp_ids.iter().any(|rp_id| rp_id_hash(rp_id) == data.rp_id_hash);
        Verdict::ensure(known, Error::RpIdHash)
    })
}
