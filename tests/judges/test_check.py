"""Policies: Entra's rule over every model of the full metadata, and keys from end to end."""

import base64
import json

import pytest
from fido2.webauthn import AttestationObject

import ctaphid
from fidoctl import NOT_GENUINE, UNEXPECTED, USAGE
from packages import recent_payload

PAYLOAD = recent_payload()
# A day on which number 291 was the newest.
AT = "2026-10-15"
MDS = ["--mds", str(PAYLOAD), "--unsigned", "--at", AT]


# ------------------------------------------------------------------------------------------ models

def certified(entry):
    """Certified at any level, and not told later that it no longer is."""
    reports = entry["statusReports"]
    ends = [r.get("effectiveDate", "9999") for r in reports
            if r["status"] in ("NOT_FIDO_CERTIFIED", "REVOKED")]
    return any(r["status"].startswith("FIDO_CERTIFIED")
               and all(r.get("effectiveDate", "9999") >= end for end in ends) for r in reports)


def entra_takes(entry):
    """What Entra demands of a model where attestation is enforced, from the JSON alone."""
    statement = entry["metadataStatement"]
    info = statement.get("authenticatorGetInfo", {})
    options = info.get("options", {})
    return (
        bool({"FIDO_2_0", "FIDO_2_1_PRE", "FIDO_2_1", "FIDO_2_2", "FIDO_2_3"}
             & set(info.get("versions", [])))
        and options.get("rk") is True
        and bool({"clientPin", "uv"} & set(options))
        and "hmac-secret" in info.get("extensions", [])
        and "packed" in info.get("attestationFormats", ["packed"])
        and bool({"basic_full", "attca"} & set(statement["attestationTypes"]))
        and len(statement["attestationRootCertificates"]) > 0
        and certified(entry)
    )


@pytest.fixture(scope="module")
def fido2_models():
    entries = json.loads(PAYLOAD.read_text())["entries"]
    return {entry["aaguid"]: entry for entry in entries if "aaguid" in entry}


def test_entra_s_rule_says_of_every_model_what_python_says(fidoctl, fido2_models):
    told = fidoctl("check", "--models", *MDS)
    ours = {model["aaguid"]: model["verdict"] == "acceptable" for model in told["models"]}
    theirs = {aaguid: entra_takes(entry) for aaguid, entry in fido2_models.items()}
    assert {a for a in theirs if ours[a] != theirs[a]} == set()
    assert ours == theirs
    assert (sum(theirs.values()), len(theirs), told["acceptable"]) == (248, 348, 248)


def test_why_a_model_is_refused_is_named(fidoctl, fido2_models):
    refused = [m for m in fidoctl("check", "--models", *MDS)["models"] if m["verdict"] != "acceptable"]
    assert len(refused) == 100
    for model in refused:
        entry = fido2_models[model["aaguid"]]
        assert ("certified" in model["not_met"]) == (not certified(entry)), model
        info = entry["metadataStatement"].get("authenticatorGetInfo", {})
        lacks_secret = "hmac-secret" not in info.get("extensions", [])
        if lacks_secret:
            assert "entra-metadata" in model["not_met"], model


def test_a_single_model_fares_as_in_the_list(fidoctl, fido2_models):
    taken = next(a for a, entry in fido2_models.items() if entra_takes(entry))
    refused = next(a for a, entry in fido2_models.items() if not certified(entry))
    assert fidoctl("check", "--aaguid", taken, *MDS)["verdict"] == "acceptable"
    error = fidoctl.fails(UNEXPECTED, "check", "--aaguid", refused, *MDS)
    assert error["kind"] == "not-acceptable"
    assert error["report"]["verdict"] == "not-acceptable"
    unlisted = "00000000-0000-4000-8000-000000000000"
    error = fidoctl.fails(UNEXPECTED, "check", "--aaguid", unlisted, *MDS)
    assert error["report"]["verdict"] == "undecided"


def test_lists_of_models_hold_for_models_too(fidoctl, fido2_models):
    taken = [a for a, entry in fido2_models.items() if entra_takes(entry)][:3]
    allow = [word for aaguid in taken for word in ("--allow-aaguid", aaguid)]
    block = [word for aaguid in taken for word in ("--block-aaguid", aaguid)]
    assert fidoctl("check", "--models", *allow, *MDS)["acceptable"] == 3
    assert fidoctl("check", "--models", *block, *MDS)["acceptable"] == 245


# -------------------------------------------------------------------------------------------- keys

@pytest.fixture
def listed(fidoctl):
    """A virtual key with a PIN, its registration in cred.json, and metadata that list its model."""
    fidoctl.device = "virtual:ci.key"
    pin = fidoctl.set_pin("4826")
    made = fidoctl.enroll("--rk", "required", "--hmac-secret", *pin, record="cred.json")
    attestation = AttestationObject(from_base64url(made["response"]["attestationObject"]))
    info = fidoctl("info")["get_info"]
    certificate = base64.b64encode(attestation.att_stmt["x5c"][0]).decode()

    def write(change=lambda entry: None):
        entry = {
            "aaguid": info["aaguid"],
            "statusReports": [{"status": "FIDO_CERTIFIED_L1", "effectiveDate": "2026-01-01"}],
            "timeOfLastStatusChange": "2026-01-01",
            "metadataStatement": {
                "description": "A virtual key",
                "protocolFamily": "fido2",
                "attestationTypes": ["basic_full"],
                "attestationRootCertificates": [certificate],
                "authenticatorGetInfo": {
                    name: info[name] for name in ["versions", "extensions", "options"]
                },
            },
        }
        change(entry)
        payload = {"no": 1, "nextUpdate": "2099-01-01", "entries": [entry]}
        return ["--mds", fidoctl.json_file("mds.json", payload), "--unsigned"]

    return write


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def outcomes(report):
    return {c["clause"]: (c["outcome"], c["predicted"]) for c in report["profiles"][0]["clauses"]}


def test_a_listed_key_and_its_registration_suit_entra(fidoctl, listed):
    mds = listed()
    of_key = fidoctl("check", *mds)
    assert of_key["verdict"] == "acceptable"
    assert outcomes(of_key)["discoverable"] == ("met", False)
    assert outcomes(of_key)["attested"] == ("met", True)
    of_registration = fidoctl("check", "--registration", "cred.json", *mds)
    assert of_registration["verdict"] == "acceptable"
    assert outcomes(of_registration)["attestation-formats"] == ("met", False)
    assert outcomes(of_registration)["certified"] == ("met", True)


def test_a_policy_of_one_s_own_takes_the_metadata_for_facts(fidoctl, listed):
    policy = ["--policy", fidoctl.file("own.toml", 'attested = true\ncertified = "L1"\n')]
    told = outcomes(fidoctl("check", "--registration", "cred.json", *policy, *listed()))
    assert told == {"attested": ("met", False), "certified": ("met", False)}


@pytest.mark.parametrize("clause, change", [
    ("certified", lambda entry: entry.update(statusReports=[])),
    ("attested", lambda entry: entry["metadataStatement"].update(attestationRootCertificates=[])),
    ("entra-metadata", lambda entry: entry["metadataStatement"].pop("authenticatorGetInfo")),
])
def test_metadata_that_lack_something_are_told(fidoctl, listed, clause, change):
    error = fidoctl.fails(UNEXPECTED, "check", *listed(change))
    assert outcomes(error["report"])[clause] == ("not-met", True)
    assert clause in error["message"]


def test_certificates_of_another_root_are_refused(fidoctl, listed):
    mine, fidoctl.device = fidoctl.device, "virtual:other.key"
    made = fidoctl.enroll(record="other.json")
    fidoctl.device = mine
    other = AttestationObject(from_base64url(made["response"]["attestationObject"]))
    root = base64.b64encode(other.att_stmt["x5c"][0]).decode()

    def change(entry):
        entry["metadataStatement"]["attestationRootCertificates"] = [root]

    policy = ["--policy", fidoctl.file("own.toml", "attested = true")]
    error = fidoctl.fails(UNEXPECTED, "check", "--registration", "cred.json", *policy, *listed(change))
    assert outcomes(error["report"]) == {"attested": ("not-met", False)}


def test_without_metadata_there_is_no_telling(fidoctl, listed):
    error = fidoctl.fails(UNEXPECTED, "check")
    assert error["report"]["verdict"] == "undecided"
    assert any("--mds" in hint for hint in error["hints"])
    assert any("--allow-unknown" in hint for hint in error["hints"])
    told = fidoctl("check", "--allow-unknown")
    assert (told["verdict"], told["acceptable"]) == ("undecided", True)


def test_what_is_not_met_stays_so_with_allow_unknown(fidoctl, listed):
    policy = ["--policy", fidoctl.file("own.toml", "min-pin-length = 8\ncertified = 'any'")]
    error = fidoctl.fails(UNEXPECTED, "check", *policy, "--allow-unknown")
    assert outcomes(error["report"])["min-pin-length"] == ("not-met", False)


def test_a_registration_that_is_not_genuine_is_not_judged(fidoctl, listed):
    record = json.loads((fidoctl.directory / "cred.json").read_text())
    client_data = from_base64url(record["client_data_json"]) + b" "
    record["client_data_json"] = base64.urlsafe_b64encode(client_data).rstrip(b"=").decode()
    tampered = fidoctl.json_file("tampered.json", record)
    off = ["--attestation", "off"]
    assert fidoctl.fails(NOT_GENUINE, "check", "--registration", tampered, *off)["kind"] == "not-genuine"


def test_attestation_that_nobody_can_verify_is_not_taken_for_one(fidoctl, listed):
    record = json.loads((fidoctl.directory / "cred.json").read_text())
    del record["client_data_json"]
    bare = fidoctl.json_file("bare.json", record)
    policy = ["--policy", fidoctl.file("own.toml", "attested = true")]
    error = fidoctl.fails(UNEXPECTED, "check", "--registration", bare, *policy, *listed())
    assert outcomes(error["report"]) == {"attested": ("cannot-tell", False)}


def test_checking_a_key_costs_a_channel_and_get_info(observed, fidoctl):
    fidoctl.set_pin("4826")
    before = len(observed.requests)
    fidoctl("check", "--attestation", "off")
    assert [command for command, _ in observed.requests[before:]] == [ctaphid.INIT, ctaphid.CBOR]
    assert observed.requests[-1][1][0] == 0x04
    policy = ["--policy", fidoctl.file("own.toml", "min-pin-retries = 8")]
    before = len(observed.requests)
    fidoctl("check", *policy)
    sent = [payload[0] for command, payload in observed.requests[before:] if command == ctaphid.CBOR]
    assert sent == [0x04, 0x06]


def test_the_tenant_s_policy_is_followed(fidoctl, listed):
    ours = fidoctl("info")["get_info"]["aaguid"]
    other = "ee882879-721c-4913-9775-3dfcce97072a"

    def profile(name, aaguids):
        return {
            "id": f"0-{name}", "name": name, "passkeyTypes": "deviceBound",
            "attestationEnforcement": "disabled",
            "keyRestrictions": {"isEnforced": True, "enforcementType": "allow", "aaGuids": aaguids},
        }

    tenant = {
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata", "id": "Fido2",
        "state": "enabled", "isSelfServiceRegistrationAllowed": True, "isAttestationEnforced": True,
        "keyRestrictions": None, "passkeyProfiles": [profile("Other", [other]), profile("Desk", [ours])],
    }
    # As Windows PowerShell 5.1 writes it.
    path = fidoctl.file("tenant.json", json.dumps(tenant).encode("utf-16"))
    told = fidoctl("check", "--entra-policy", path)
    assert [(p["name"], p["verdict"]) for p in told["profiles"]] == [
        ("Other", "not-acceptable"), ("Desk", "acceptable")]
    only = ["check", "--entra-policy", path, "--entra-profile", "Other"]
    assert fidoctl.fails(UNEXPECTED, *only)["kind"] == "not-acceptable"
    fidoctl.fails(USAGE, "check", "--entra-policy", path, "--entra-profile", "Third")


@pytest.mark.parametrize("arguments, words", [
    (["--policy", "own.toml"], 'line 2: there is no clause "pin-sett"'),
    (["--policy", "missing.toml"], "cannot read missing.toml"),
    (["--policy", "own.toml", "--attestation", "off"], "--attestation belongs to the policy"),
    (["--entra-policy", "own.toml"], "not json"),
    (["--registration", "own.toml"], "is not a registration"),
    (["--models"], "--mds"),
    (["--aaguid", "1234"], "an aaguid is wanted"),
])
def test_what_cannot_be_used_is_named(fidoctl, arguments, words):
    fidoctl.file("own.toml", "pin-set = true\npin-sett = true\n")
    assert words in fidoctl.says(USAGE, "check", *arguments)
