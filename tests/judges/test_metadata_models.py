"""The whole payload number 291: read completely, and filtered as Python filters it."""

import json
import re

import pytest

from fidoctl import UNEXPECTED, USAGE
from packages import recent_payload

# Within the time that the issue was the newest.
AT = "2026-10-15"
MDS = ["--mds", str(recent_payload()), "--unsigned", "--at", AT]

LEVELS = ["FIDO_CERTIFIED"] + [
    f"FIDO_CERTIFIED_{level}" for level in ["L1", "L1plus", "L2", "L2plus", "L3", "L3plus"]
]
PROBLEMS = {
    "REVOKED", "USER_VERIFICATION_BYPASS", "ATTESTATION_KEY_COMPROMISE",
    "USER_KEY_REMOTE_COMPROMISE", "USER_KEY_PHYSICAL_COMPROMISE",
}


@pytest.fixture(scope="module")
def payload():
    return json.loads(recent_payload().read_text())


def ids(entry):
    """What tells entries apart: one AAGUID or AAID, or key identifiers."""
    identifiers = entry.get("attestationCertificateKeyIdentifiers") or entry.get("key_identifiers")
    if "aaid" in entry and entry["aaid"]:
        return entry["aaid"].lower()
    return entry.get("aaguid") or tuple(sorted(set(identifiers)))


def statement(entry):
    return entry["metadataStatement"]


def get_info(entry):
    return statement(entry).get("authenticatorGetInfo", {})


def statuses(entry):
    return {report["status"] for report in entry["statusReports"]}


def level(entry):
    """The place in LEVELS of the highest level that was not taken back; -1 without any."""
    ends = [
        report.get("effectiveDate", "9999")
        for report in entry["statusReports"]
        if report["status"] in ("NOT_FIDO_CERTIFIED", "REVOKED")
    ]
    return max(
        [-1]
        + [
            LEVELS.index(report["status"])
            for report in entry["statusReports"]
            if report["status"] in LEVELS
            and all(report.get("effectiveDate", "9999") >= end for end in ends)
        ]
    )


def named(entry, text):
    names = [statement(entry)["description"], *statement(entry)["friendlyNames"].values()]
    return any(text in name.lower() for name in names)


# ------------------------------------------------------------------------------------- everything

def test_the_whole_payload_is_read(fidoctl, payload):
    listed = fidoctl("mds", "list", *MDS)
    assert listed["metadata"]["no"] == payload["no"] == 291
    assert listed["metadata"]["next_update"] == payload["nextUpdate"]
    assert listed["metadata"]["left_out"] == 0
    assert [ids(model) for model in listed["models"]] == [ids(e) for e in payload["entries"]]
    families = [model["family"] for model in listed["models"]]
    assert [families.count(family) for family in ["fido2", "u2f", "uaf"]] == [348, 136, 36]


def test_every_attestation_root_is_read(fidoctl, payload):
    listed = fidoctl("mds", "list", *MDS)["models"]
    roots = [len(statement(entry)["attestationRootCertificates"]) for entry in payload["entries"]]
    assert [model["attestation_roots"] for model in listed] == roots
    assert sum(roots) == 1095


def test_every_member_of_every_entry_is_kept(fidoctl, payload):
    listed = fidoctl("mds", "list", *MDS, "--entries")["models"]
    for ours, theirs in zip(listed, payload["entries"], strict=True):
        assert ours["entry"] == theirs


def test_every_model_has_python_s_certification_and_problems(fidoctl, payload):
    for ours, theirs in zip(fidoctl("mds", "list", *MDS)["models"], payload["entries"], strict=True):
        place = level(theirs)
        assert ours["certification"] == (LEVELS[place] if place >= 0 else None)
        assert set(ours["problems"]) == statuses(theirs) & PROBLEMS
        assert ours["last_status_change"] == theirs["timeOfLastStatusChange"]


# ---------------------------------------------------------------------------------------- filters

def listing(where, name):
    """Names in a list, whatever the case."""
    return lambda entry: name.lower() in [one.lower() for one in where(entry)]


def of_statement(member):
    return lambda entry: statement(entry).get(member, [])


def of_info(member):
    return lambda entry: get_info(entry).get(member, [])


FILTERS = [
    (["--name", "YubiKey"], lambda e: named(e, "yubikey")),
    (["--name", "feitian", "--name", "NFC"], lambda e: named(e, "feitian") and named(e, "nfc")),
    (["--name", "no such model"], lambda e: False),
    (["--family", "u2f"], lambda e: statement(e)["protocolFamily"] == "u2f"),
    (["--family", "FIDO2"], lambda e: statement(e)["protocolFamily"] == "fido2"),
    (["--level", "any"], lambda e: level(e) >= 0),
    *[
        (["--level", name.rsplit("_", 1)[-1].lower()], lambda e, place=place: level(e) >= place)
        for place, name in enumerate(LEVELS)
        if place > 0
    ],
    (["--status", "REVOKED"], lambda e: "REVOKED" in statuses(e)),
    (["--status", "not_fido_certified"], lambda e: "NOT_FIDO_CERTIFIED" in statuses(e)),
    (["--with-problem"], lambda e: bool(statuses(e) & PROBLEMS)),
    (["--without-problem"], lambda e: not statuses(e) & PROBLEMS),
    *[
        (["--transport", name], listing(of_info("transports"), name))
        for name in ["usb", "NFC", "ble", "smart-card", "internal", "hybrid", "lightning", "tin-can"]
    ],
    (["--attachment", "wired"], listing(of_statement("attachmentHint"), "wired")),
    *[
        (["--ctap", name], listing(of_info("versions"), name))
        for name in ["FIDO_2_0", "FIDO_2_1_PRE", "fido_2_1", "FIDO_2_2", "FIDO_2_3", "U2F_V2"]
    ],
    *[
        (["--extension", name], listing(of_info("extensions"), name))
        for name in ["hmac-secret", "credProtect", "minPinLength", "largeBlobKey", "previewSign"]
    ],
    (["--option", "ep"], lambda e: "ep" in get_info(e).get("options", {})),
    (["--option", "rk=true"], lambda e: get_info(e).get("options", {}).get("rk") is True),
    (["--option", "clientPin=false"],
     lambda e: get_info(e).get("options", {}).get("clientPin") is False),
    (["--attestation", "basic_surrogate"],
     listing(of_statement("attestationTypes"), "basic_surrogate")),
    (["--key-protection", "tee"], listing(of_statement("keyProtection"), "tee")),
    (["--algorithm", "ed25519_eddsa_sha512_raw"],
     listing(of_statement("authenticationAlgorithms"), "ed25519_eddsa_sha512_raw")),
    (["--level", "L2", "--ctap", "FIDO_2_1", "--transport", "nfc", "--option", "ep",
      "--extension", "credBlob", "--without-problem"],
     lambda e: level(e) >= 3 and "FIDO_2_1" in get_info(e).get("versions", [])
     and "nfc" in get_info(e).get("transports", []) and "ep" in get_info(e).get("options", {})
     and "credBlob" in get_info(e).get("extensions", [])),
]


@pytest.mark.parametrize("arguments, wanted", FILTERS, ids=[" ".join(a) for a, _ in FILTERS])
def test_filters_agree_with_python(fidoctl, payload, arguments, wanted):
    listed = fidoctl("mds", "list", *MDS, *arguments)["models"]
    assert [ids(m) for m in listed] == [ids(e) for e in payload["entries"] if wanted(e)]


def test_filters_are_not_all_empty_or_all_full(payload):
    counts = [sum(map(wanted, payload["entries"])) for _, wanted in FILTERS]
    assert [count for count in counts if count in (0, len(payload["entries"]))] == [0, 0]


@pytest.mark.parametrize("arguments", [
    ["--level", "L9"], ["--option", "rk=maybe"], ["--with-problem", "--without-problem"],
    ["--unsigned", "--root", "x"],
])
def test_filters_that_mean_nothing_are_refused(fidoctl, arguments):
    fidoctl.fails(USAGE, "mds", "list", "--mds", str(recent_payload()), *arguments)


def test_people_see_what_programs_see(fidoctl, payload):
    told = fidoctl.run("mds", "list", *MDS, "--level", "L3").out
    wanted = [entry for entry in payload["entries"] if level(entry) >= LEVELS.index("FIDO_CERTIFIED_L3")]
    rows = [line for line in told.splitlines() if re.match(r"[0-9a-f]{8}-", line)]
    assert len(rows) == len(wanted) == 1
    assert rows[0].split()[:2] == [wanted[0]["aaguid"], "FIDO_CERTIFIED_L3plus"]
    assert f"{len(wanted)} of 520 models" in told and "NOT VERIFIED" in told


# ----------------------------------------------------------------------------------------- models

def test_every_model_is_shown_by_each_of_its_names(fidoctl, payload):
    chosen = payload["entries"][::40] + [e for e in payload["entries"] if "aaid" in e][:2]
    for entry in chosen:
        for name in [entry["aaguid"]] if "aaguid" in entry else [
            *([entry["aaid"]] if "aaid" in entry else []),
            *entry.get("attestationCertificateKeyIdentifiers", []),
        ]:
            shown = fidoctl("mds", "show", name, *MDS)["models"]
            assert entry in [model["entry"] for model in shown]


def test_an_aaguid_may_be_written_in_any_way(fidoctl):
    aaguid = "ba86dc56-635f-4141-aef6-00227b1b9af6"
    shown = [fidoctl("mds", "show", text, *MDS)
             for text in [aaguid, aaguid.upper(), aaguid.replace("-", "")]]
    assert shown[0] == shown[1] == shown[2]
    assert shown[0]["models"][0]["problems"] == ["REVOKED"]
    told = fidoctl.run("mds", "show", aaguid, *MDS).out
    assert "TruU Windows Authenticator" in told and "2023-12-20  REVOKED" in told


def test_a_model_that_is_not_there_is_told_as_such(fidoctl):
    unknown = fidoctl.fails(UNEXPECTED, "mds", "show", "11111111-2222-3333-4444-555555555555", *MDS)
    assert unknown["kind"] == "unknown-model" and "291" in unknown["message"]
    zeros = fidoctl.fails(UNEXPECTED, "mds", "show", "0" * 32, *MDS)
    assert zeros["kind"] == "unknown-model" and "disclose" in zeros["message"]
    fidoctl.fails(USAGE, "mds", "show", "yubikey", *MDS)
