"""Registrations held against the metadata of their model."""

import base64
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fido2.webauthn import AttestationObject

from fidoctl import DONE, NOT_GENUINE
from metadata_service import (
    DAY, NOW, SIGNERS, MetadataService, base64url, certificate, der, entry, payload,
)

GOOD = {"metadata-model": "passed", "metadata-status": "passed", "metadata-chain": "passed"}


class Registration:
    """A registration in a file, and what it says of its key."""

    def __init__(self, fidoctl, *how):
        fidoctl("virtual", "new", "--state", "ci.key", *how)
        fidoctl.device = "virtual:ci.key"
        made = fidoctl.run("enroll", "--rp", "example.com", "--user", "alice", "--json")
        fidoctl.file("made.json", made.out)
        encoded = made.json["response"]["attestationObject"]
        self.object = AttestationObject(base64.urlsafe_b64decode(encoded + "=="))
        self.aaguid = str(self.object.auth_data.credential_data.aaguid)
        self.chain = self.object.att_stmt.get("x5c", [])
        self.fidoctl = fidoctl

    def verify(self, *entries, at=(), code=DONE):
        """The verdicts on what concerns metadata, and the report."""
        service = MetadataService()
        blob = self.fidoctl.file("blob.jwt", service.blob(payload(entries=entries)))
        root = self.fidoctl.file("root.pem", service.root_pem())
        given = ["--mds", blob, "--mds-root", root, *at, "--origin", "https://example.com"]
        ended = self.fidoctl.run("verify", "registration", "made.json", *given, "--json")
        report = ended.expect(code).json if code == DONE else ended.expect(code).error["report"]
        checks = {check["name"]: check for check in report["checks"]}
        return {name: checks[name]["verdict"] for name in GOOD}, report

    def entry(self, statuses=("FIDO_CERTIFIED_L1",), roots=None, **statement):
        roots = self.chain[:1] if roots is None else roots
        listed = [base64.b64encode(root).decode() for root in roots]
        return entry(
            self.aaguid, statuses, attestationRootCertificates=listed,
            **{"attestationTypes": ["basic_full"]} | statement,
        )


@pytest.fixture
def registration(fidoctl):
    return Registration(fidoctl)


def another_root():
    key, _ = SIGNERS["ES256"]()
    return der(certificate("Another", key, ca=True))


def test_a_model_whose_root_is_listed_is_genuine(registration):
    verdicts, report = registration.verify(registration.entry(roots=[another_root(), registration.chain[0]]))
    assert verdicts == GOOD
    certified = {"certification": "FIDO_CERTIFIED_L1", "statuses": ["FIDO_CERTIFIED_L1"]}
    assert report["model"] == {"description": "A key"} | certified


def test_without_metadata_nothing_is_said_of_the_model(registration):
    command = ["verify", "registration", "made.json", "--origin", "https://example.com"]
    report = registration.fidoctl(*command)
    assert report["model"] is None
    assert not any(check["name"].startswith("metadata") for check in report["checks"])


@pytest.mark.parametrize("roots", [lambda: [], lambda: [another_root()]], ids=["none", "another"])
def test_a_model_whose_root_is_not_listed_is_not_genuine(registration, roots):
    verdicts, _ = registration.verify(registration.entry(roots=roots()), code=NOT_GENUINE)
    assert verdicts == GOOD | {"metadata-chain": "failed"}


def test_a_model_that_is_not_known_is_not_genuine(registration):
    other = registration.entry() | {"aaguid": "00112233-4455-6677-8899-aabbccddeeff"}
    for entries in [[], [other]]:
        verdicts, report = registration.verify(*entries, code=NOT_GENUINE)
        assert verdicts == {
            "metadata-model": "failed", "metadata-status": "not-checked", "metadata-chain": "not-checked",
        }
        assert report["model"] is None


@pytest.mark.parametrize("status", [
    "REVOKED", "USER_VERIFICATION_BYPASS", "ATTESTATION_KEY_COMPROMISE",
    "USER_KEY_REMOTE_COMPROMISE", "USER_KEY_PHYSICAL_COMPROMISE",
])
def test_a_model_that_the_metadata_warn_of_is_not_genuine(registration, status):
    certified_later = ["FIDO_CERTIFIED_L1", {"status": status, "effectiveDate": "2020-01-01"}]
    verdicts, report = registration.verify(registration.entry(certified_later), code=NOT_GENUINE)
    assert verdicts == GOOD | {"metadata-status": "failed"}
    reasons = [check.get("reason", "") for check in report["checks"]]
    assert any(status in reason for reason in reasons)


def test_a_warning_of_the_future_does_not_count_yet(registration):
    tomorrow = (NOW + 2 * DAY).strftime("%Y-%m-%d")
    revoked = registration.entry([{"status": "REVOKED", "effectiveDate": tomorrow}])
    assert registration.verify(revoked)[0] == GOOD


def test_a_warning_of_one_batch_concerns_that_batch(registration):
    def compromised(batch):
        listed = base64.b64encode(batch).decode()
        return registration.entry([{"status": "ATTESTATION_KEY_COMPROMISE", "certificate": listed}])

    assert registration.verify(compromised(another_root()))[0] == GOOD
    verdicts, _ = registration.verify(compromised(registration.chain[0]), code=NOT_GENUINE)
    assert verdicts == GOOD | {"metadata-status": "failed"}


def test_newer_firmware_is_told_and_no_failure(registration):
    entry = registration.entry(["UPDATE_AVAILABLE"])
    assert registration.verify(entry)[1]["model"]["statuses"] == ["UPDATE_AVAILABLE"]
    told = registration.fidoctl.run(
        "verify", "registration", "made.json", "--origin", "https://example.com",
        "--mds", "blob.jwt", "--mds-root", "root.pem",
    ).expect(DONE)
    assert "newer firmware" in told.out and "model: A key, not certified" in told.out


def test_self_attestation_is_what_the_model_s_entry_says_it_is(fidoctl):
    registration = Registration(fidoctl, "--attestation", "self")
    assert registration.chain == []
    verdicts, _ = registration.verify(registration.entry(), code=NOT_GENUINE)
    assert verdicts == GOOD | {"metadata-chain": "failed"}
    surrogate = registration.entry(attestationTypes=["basic_surrogate"])
    assert registration.verify(surrogate)[0] == GOOD | {"metadata-chain": "not-checked"}


def test_a_u2f_key_is_known_by_its_attestation_key(fidoctl):
    registration = Registration(fidoctl, "--u2f-only")
    assert registration.object.fmt == "fido-u2f"
    public_key = x509.load_der_x509_certificate(registration.chain[0]).public_key()
    bits = public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    entry = registration.entry()
    del entry["aaguid"]
    verdicts, _ = registration.verify(
        entry | {"attestationCertificateKeyIdentifiers": [hashlib.sha1(bits).hexdigest()]}
    )
    assert verdicts == GOOD
    verdicts, _ = registration.verify(
        entry | {"attestationCertificateKeyIdentifiers": ["00" * 20]}, code=NOT_GENUINE
    )
    assert verdicts["metadata-model"] == "failed"


def test_metadata_that_are_not_genuine_are_no_measure(registration):
    service = MetadataService()
    signed = service.blob(payload(entries=[registration.entry()]))
    forged = signed.rsplit(".", 1)[0] + "." + base64url(bytes(64))
    fidoctl = registration.fidoctl
    given = ["--mds", fidoctl.file("blob.jwt", forged)]
    root = ["--mds-root", fidoctl.file("root.pem", service.root_pem())]
    command = ["verify", "registration", "made.json", "--origin", "https://example.com", *given]
    for arguments in [[], root]:
        error = fidoctl.fails(NOT_GENUINE, *command, *arguments)
        assert "report" not in error and "blob.jwt" in error["message"]


def test_a_claim_to_be_a_model_without_any_attestation_is_not_enough(registration):
    fidoctl = registration.fidoctl
    # {"fmt": "none", "attStmt": {}, "authData": …} around the same authenticator data.
    data = bytes(registration.object.auth_data)
    bare = b"\xa3cfmtdnonegattStmt\xa0hauthData\x59" + len(data).to_bytes(2, "big") + data
    hash = "00" * 32
    fidoctl.json_file("raw.json", {"attestation_object": base64url(bare)})
    service = MetadataService()
    blob = fidoctl.file("blob.jwt", service.blob(payload(entries=[registration.entry()])))
    root = fidoctl.file("root.pem", service.root_pem())
    command = ["verify", "registration", "raw.json", "--client-data-hash", hash, "--rp", "example.com"]
    error = fidoctl.fails(NOT_GENUINE, *command, "--mds", blob, "--mds-root", root)
    failed = [c["name"] for c in error["report"]["checks"] if c["verdict"] == "failed"]
    assert failed == ["metadata-chain"]
