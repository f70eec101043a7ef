"""Everything printed with --json is what docs/schemas says it is."""

import base64
import json

import pytest
from jsonschema import Draft202012Validator

from fidoctl import FIDOCTL, ROOT

SCHEMAS = ROOT / "docs/schemas"
HASH = "00" * 32


def validate(name, value):
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(value)


@pytest.fixture
def virtual(fidoctl, tmp_path):
    """fidoctl with an embedded key, a credential on it and its record."""
    fidoctl.device = "virtual:ci.key"
    fidoctl.run("enroll", "--rp", "example.com", "--user", "alice", "--save", "cred.json")
    fidoctl.run("enroll", "--rp", "blob.example", "--user", "alice", "--large-blob", "required")
    fidoctl.file("blob.txt", "a blob")
    fidoctl.run("blob", "set", "--rp", "blob.example", "blob.txt")
    return fidoctl


COMMANDS = [
    ("info", ["info"]),
    ("pin-status", ["pin"]),
    ("pin-status", ["pin", "status"]),
    ("registration", ["enroll", "--rp", "example.com", "--user", "bob"]),
    ("raw-registration", ["enroll", "--rp", "a.b", "--user", "bob", "--client-data-hash", HASH]),
    ("authentication", ["assert", "--credential", "cred.json"]),
    ("authentication", ["assert", "--credential", "cred.json", "--all"]),
    ("authentication", ["assert", "--credential", "cred.json", "--hmac-salt", HASH]),
    ("raw-assertion", ["assert", "--credential", "cred.json", "--client-data-hash", HASH]),
    ("raw-registration", ["enroll", "--rp", "a.b", "--user", "bob", "--client-data-hash", HASH,
                          "--hmac-secret-salt", HASH, "--uv", "discouraged"]),
    ("info-lint", ["info", "--lint"]),
    ("secret", ["secret", "--credential", "cred.json", "--salt", HASH, "--uv", "discouraged"]),
    ("secret", ["secret", "--credential", "cred.json", "--salt", HASH, "--salt2", HASH,
                "--uv", "discouraged", "--output", "base64url"]),
    ("secret", ["secret", "--credential", "cred.json", "--salt", HASH, "--uv", "discouraged",
                "--out", "secret.txt"]),
    ("blob-list", ["blob", "list"]),
    ("blob-list", ["blob", "list", "--rp", "blob.example"]),
    ("blob", ["blob", "set", "--rp", "blob.example", "cred.json", "--force"]),
    ("blob", ["blob", "delete", "--rp", "blob.example", "--yes"]),
    ("blob-get", ["blob", "get", "--rp", "blob.example"]),
    ("select", ["select"]),
    ("ping", ["ping", "--count", "2"]),
    ("wink", ["wink"]),
    ("reset", ["reset", "--yes"]),
    ("raw-cbor", ["raw", "cbor", "getInfo"]),
    ("raw-cbor", ["raw", "cbor", "selection"]),
    ("raw-apdu", ["raw", "apdu", "00030000"]),
    ("raw-hid", ["raw", "hid", "ping", "00"]),
    ("explain", ["explain"]),
    ("explain", ["explain", "pin-invalid"]),
    ("explain", ["explain", "0x6985"]),
    ("config-show", ["config", "show"]),
    ("config", ["config", "min-pin-length", "6", "--yes"]),
    ("virtual-show", ["virtual", "show", "--state", "ci.key"]),
    ("virtual-new", ["virtual", "new", "--state", "other.key"]),
    ("virtual-replug", ["virtual", "replug", "--state", "ci.key"]),
    ("virtual-new", ["virtual", "new", "--state", "like.key", "--like", "trustkey-t110"]),
    ("personality", ["virtual", "personality", "show", "feitian-biopass"]),
    ("personality-list", ["virtual", "personality", "list"]),
]


@pytest.mark.parametrize("schema, command", COMMANDS, ids=[" ".join(c) for _, c in COMMANDS])
def test_output_has_the_shape_described(virtual, schema, command):
    validate(schema, virtual.run(*command, "--json").json)


def test_orders_have_the_shape_described(fidoctl):
    for order in (["clock", "1"], ["finger", "wrong,auto"], ["unplug"], ["plug-in"]):
        program = [str(FIDOCTL), "--json", "virtual", *order]
        validate("virtual-control", fidoctl.run("virtual", "run", "--", *program).json)


def test_fingerprint_commands_have_the_shape_described(fidoctl):
    made = fidoctl.run("virtual", "new", "--state", "bio.key", "--fingerprint", "--json").json
    validate("virtual-new", made)
    fidoctl.device = "virtual:bio.key"
    pin = fidoctl.set_pin("4826")
    validate("fingerprint-list", fidoctl("fingerprint", "list", *pin))
    validate("fingerprint", fidoctl("fingerprint", "add", *pin))
    validate("fingerprint", fidoctl("fingerprint", "rename", "0001", "thumb"))
    validate("fingerprint-list", fidoctl("fingerprint", "list"))
    validate("fingerprint-sensor", fidoctl("fingerprint", "sensor"))
    validate("virtual-show", fidoctl("virtual", "show", "--state", "bio.key"))
    validate("fingerprint", fidoctl("fingerprint", "remove", "thumb", "--yes"))


def test_fingerprint_events_have_the_shape_described(fidoctl):
    fidoctl.run("virtual", "new", "--state", "bio.key", "--fingerprint")
    fidoctl.device = "virtual:bio.key"
    pin = fidoctl.set_pin("4826")
    fidoctl.device = "virtual:bio.key?finger=too-fast,auto"
    ended = fidoctl.run("fingerprint", "add", *pin, "--progress", "json", "--json")
    events = [json.loads(line) for line in ended.err.splitlines()]
    samples = [(event["status"], event["remaining"]) for event in events]
    assert samples == [("too-fast", 4), ("good", 3), ("good", 2), ("good", 1), ("good", 0)]
    fidoctl.device = "virtual:bio.key?finger=wrong"
    listed = ["fingerprint", "list", *pin, "--progress", "json", "--json"]
    events += [json.loads(line) for line in fidoctl.run(*listed).err.splitlines()]
    assert events[-1] == {"event": "falling-back-to-pin", "blocked": False}
    for event in events:
        validate("progress", event)


@pytest.mark.parametrize("schema, command", [
    ("info", ["info"]),
    ("pin-status", ["pin", "status"]),
    ("registration", ["enroll", "--rp", "example.com", "--user", "bob"]),
    ("raw-registration", ["enroll", "--rp", "a.b", "--user", "bob", "--client-data-hash", HASH]),
    ("virtual-show", ["virtual", "show", "--state", "u2f.key"]),
])
def test_output_for_a_key_with_only_u2f_has_the_shape_described(fidoctl, schema, command):
    fidoctl("virtual", "new", "--state", "u2f.key", "--u2f-only")
    fidoctl.device = "virtual:u2f.key"
    validate(schema, fidoctl.run(*command, "--json").json)


def test_list_has_the_shape_described(fidoctl):
    validate("list", fidoctl.run("list", "--json").json)


def test_a_key_that_is_listed_has_the_shape_described():
    key = {"kind": "hid", "selector": "/dev/hidraw0", "path": "/dev/hidraw0", "vendor_id": "1050"}
    rest = {"product_id": "0407", "product": "Key", "manufacturer": None, "serial": None}
    keys = [key | rest | {"release": "0543", "accessible": True}]
    validate("list", {"schema": "fidoctl.list/1", "keys": keys})


def test_the_credential_record_has_the_shape_described(virtual, tmp_path):
    validate("credential", json.loads((tmp_path / "cred.json").read_text()))


def test_pin_commands_have_the_shape_described(virtual, tmp_path):
    (tmp_path / "first").write_text("4826\n")
    (tmp_path / "second").write_text("5937\n")
    validate("pin", virtual.run("pin", "set", "--new-pin-file", "first", "--json").json)
    change = ["pin", "change", "--pin-file", "first", "--new-pin-file", "second", "--json"]
    validate("pin", virtual.run(*change).json)
    validate("pin", virtual.run("pin", "verify", "--pin-file", "second", "--json").json)


def test_collected_blobs_have_the_shape_described(virtual):
    pin = virtual.set_pin("4826")
    validate("blob-gc", virtual("blob", "gc", "--dry-run", *pin))


def test_credential_commands_have_the_shape_described(virtual, tmp_path):
    pin = virtual.set_pin("4826")
    for user in ["alice", "bob", "carol"]:
        virtual.enroll("--rk", "required", *pin, user=user, record=f"{user}.json")
    (tmp_path / "keep").write_text(json.loads((tmp_path / "alice.json").read_text())["credential_id"])
    listed = virtual("credential", "list", "--token-file", "token", *pin)
    validate("credential-list", listed)
    validate("credential-list", virtual("credential", "list", "--rp", "example.com", *pin))
    id = f"hex:{from_base64url(listed['credentials'][1]['credential_id']).hex()}"
    validate("credential-show", virtual("credential", "show", id, *pin))
    validate("credential-rename", virtual("credential", "rename", id, "--name", "x", *pin))
    validate("credential-delete", virtual("credential", "delete", id, "--yes", *pin))
    keep = ["credential", "prune", "--rp", "example.com", "--keep", "keep"]
    validate("credential-prune", virtual(*keep, "--dry-run", *pin))
    validate("credential-prune", virtual(*keep, "--yes", *pin))
    validate("credential-metadata", virtual("credential", "metadata", *pin))
    validate("info", virtual("info", "--token-file", "token"))


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("what", ["registration", "assertion"])
def test_verdicts_have_the_shape_described(virtual, tmp_path, what):
    if what == "registration":
        made = virtual.run("enroll", "--rp", "example.com", "--user", "bob", "--json")
        credential = []
    else:
        made = virtual.run("assert", "--credential", "cred.json", "--json")
        credential = ["--credential", "cred.json"]
    (tmp_path / "made.json").write_text(made.out)
    validate("verify", virtual.run("verify", what, "made.json", *credential, "--json").json)


def test_errors_have_the_shape_described(virtual, tmp_path):
    (tmp_path / "pin").write_text("4826\n")
    (tmp_path / "wrong").write_text("0000\n")
    virtual.run("pin", "set", "--new-pin-file", "pin")
    ended = virtual.run("pin", "verify", "--pin-file", "wrong", "--json")
    validate("error", {"error": ended.error})
    validate("error", {"error": virtual.run("enroll", "--json").error})


def test_progress_has_the_shape_described(virtual):
    wanted = ["assert", "--credential", "cred.json", "--timeout", "1", "--progress", "json"]
    virtual.device = "virtual:ci.key?touch=never"
    events = [json.loads(line) for line in virtual.run(*wanted, "--json").err.splitlines()]
    assert [event["event"] for event in events[:-1]][-1] == "touch-wanted"
    for event in events[:-1]:
        validate("progress", event)
    validate("error", events[-1])
