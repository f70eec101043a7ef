"""fidoctl verify on the W3C's vectors: trust, demands, frames, times."""

import json
from base64 import b64encode
from pathlib import Path

import pytest
from fido2.utils import websafe_encode

from fidoctl import DONE, NOT_GENUINE, USAGE

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
W3C = json.loads((VECTORS / "webauthn-l3.json").read_text())
CASES = {case["id"]: case for case in W3C["cases"]}
ROOT = bytes.fromhex(W3C["attestation_root"])
ORIGIN = ["--origin", "https://example.org"]


def b64(digits):
    return websafe_encode(bytes.fromhex(digits))


@pytest.fixture
def registration(fidoctl):
    """Writes the registration of a case; its file's name, and what is expected of it."""

    def write(name):
        case = CASES[name]["registration"]
        identifier = b64(case["credential_id"])
        response = {
            "id": identifier,
            "rawId": identifier,
            "type": "public-key",
            "response": {
                "clientDataJSON": b64(case["clientDataJSON"]),
                "attestationObject": b64(case["attestationObject"]),
            },
        }
        file = fidoctl.json_file(f"{name}.json", response)
        return ["verify", "registration", file, *ORIGIN, "--challenge", b64(case["challenge"])]

    return write


@pytest.fixture
def root(fidoctl):
    text = b64encode(ROOT).decode()
    pem = f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"
    return ["--root", fidoctl.file("root.pem", f"The root of the vectors\n{pem}")]


def says(fidoctl, command, *more):
    """What is said of something that is not genuine, in lower case."""
    return fidoctl.fails(NOT_GENUINE, *command, *more)["message"].lower()


def verdicts(report):
    return {check["name"]: check["verdict"] for check in report["checks"]}


@pytest.mark.parametrize("name", [name for name in CASES if "rigin" not in name])
def test_every_format_is_verified_and_traced(fidoctl, registration, root, name):
    report = fidoctl(*registration(name))
    assert report["genuine"] and report["attestation_format"] == CASES[name]["fmt"]
    assert verdicts(report)["attestation-chain"] == "not-checked"
    ended = fidoctl.run(*registration(name), *root, "--json")
    if report["attestation"] == "basic":
        assert verdicts(ended.json)["attestation-chain"] == "passed"
    else:
        error = ended.expect(NOT_GENUINE).error
        assert verdicts(error["report"])["attestation-chain"] == "failed"
        assert "attestation-chain" in error["message"]


def test_a_root_in_der_is_taken_as_well(fidoctl, registration):
    file = fidoctl.file("root.der", ROOT)
    report = fidoctl(*registration("tpm-es256"), "--root", file, "--at", "2026-01-01")
    assert verdicts(report)["attestation-chain"] == "passed"


def test_certificates_must_be_valid_at_the_time(fidoctl, registration, root):
    command = [*registration("packed-es256"), *root]
    assert "not valid yet" in says(fidoctl, command, "--at", "2023-12-31T23:59:59Z")
    assert "expired" in says(fidoctl, command, "--at", "3025-01-01")
    fidoctl(*command, "--at", "1704067200")
    fidoctl(*command, "--any-date")
    for wrong in ["yesterday", "2026-13-01", "-1"]:
        fidoctl.fails(USAGE, *command, f"--at={wrong}")
    fidoctl.fails(USAGE, *registration("packed-es256"), "--at", "2026-01-01")


def test_a_file_without_certificates_is_a_usage_error(fidoctl, registration):
    torn = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    for content in [b"", b"no certificate", torn, b"\x30\x03\x02\x01\x01"]:
        file = fidoctl.file("root.pem", content)
        error = fidoctl.fails(USAGE, *registration("packed-es256"), "--root", file)
        assert error["kind"] == "bad-file" and error["hints"]


DEMANDS = {
    "uv": ("user-verified", ["packed-es512"]),
    "device-bound": ("backup-eligibility", []),
    "attested": ("attested", ["packed-es256", "tpm-es256", "apple-es256", "fido-u2f-es256"]),
    "format=tpm": ("attestation-format", ["tpm-es256"]),
    "format=tpm,format=apple": ("attestation-format", ["tpm-es256", "apple-es256"]),
    "aaguid=876ca4f5-2071-c3e9-b255-09ef2cdf7ed6": ("aaguid", ["packed-es256"]),
    "algorithm=RS256": ("algorithm", ["packed-rs256"]),
}


@pytest.mark.parametrize("words", DEMANDS)
def test_every_demand_is_a_check_with_its_verdict(fidoctl, registration, words):
    check, met_by = DEMANDS[words]
    met = []
    for name in ["none-es256", *CASES]:
        if "rigin" in name:
            continue
        ended = fidoctl.run(*registration(name), "--require", words, "--json")
        report = ended.json if ended.code == DONE else ended.error["report"]
        verdict = verdicts(report)[check]
        assert verdict == ("passed" if ended.code == DONE else "failed"), ended
        if verdict == "passed":
            met.append(name)
    assert set(met_by) <= set(met) and len(met) < len(CASES)


def test_the_list_of_demands_is_closed(fidoctl, registration):
    for word in ["", "trusted", "up", "uv=1", "aaguid=1", "format=other", "algorithm"]:
        error = fidoctl.fails(USAGE, *registration("none-es256"), "--require", word)
        assert error["kind"] == "usage"


def test_frames_are_refused_unless_allowed(fidoctl, registration):
    command = registration("none-es256-topOrigin")
    assert "frame" in says(fidoctl, command)
    fidoctl(*command, "--top-origin", "https://example.com")
    fidoctl(*command, "--cross-origin")
    assert "top-origin" in says(fidoctl, command, "--top-origin", "https://example.net")
    command = registration("none-es256-crossOrigin")
    assert "cross-origin" in says(fidoctl, command, "--top-origin", "https://example.com")
    fidoctl(*command, "--cross-origin")


def test_sha1_is_refused_unless_allowed(fidoctl):
    items = json.loads((VECTORS / "attestation.json").read_text())["items"]
    item = next(item for item in items if item["format"] == "tpm")
    content = {"attestation_object": b64(item["attestation_object"])}
    file = fidoctl.json_file("raw.json", content)
    command = ["verify", "registration", file, "--client-data-hash", item["client_data_hash"]]
    assert "sha-1" in says(fidoctl, command)
    report = fidoctl(*command, "--allow-sha1")
    assert report["genuine"] and report["attestation_format"] == "tpm"


def test_the_verdicts_are_told_to_people(fidoctl, registration, root):
    shown = fidoctl.run(*registration("packed-es256"), *root).expect(DONE).out
    assert "attestation-chain" in shown and "the registration is genuine" in shown
    shown = fidoctl.run(*registration("none-es256"), *root).expect(NOT_GENUINE)
    assert "NOT genuine" in shown.out and "error: " in shown.err


def test_what_is_demanded_of_an_assertion_is_what_it_can_show(key, fidoctl):
    fidoctl.enroll()
    file = fidoctl.json_file("assertion.json", fidoctl("assert", "--credential", "credential.json"))
    command = ["verify", "assertion", file, "--credential", "credential.json"]
    fidoctl(*command, "--require", "device-bound")
    fidoctl.fails(NOT_GENUINE, *command, "--require", "device-bound,uv")
    fidoctl.fails(USAGE, *command, "--require", "attested")
    fidoctl.fails(USAGE, *command, "--root", "root.pem")
