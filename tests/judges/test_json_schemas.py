"""Everything printed with --json is what docs/schemas says it is, of every command there is."""

import base64
import json
import re
import shlex
import signal
import subprocess

import pytest
from jsonschema import Draft202012Validator

from fake_key import TakesVendorSettings
from fidoctl import DONE, FIDOCTL, ROOT, UNEXPECTED
from metadata_service import MetadataService, entry, payload
from packages import recent_payload

SCHEMAS = ROOT / "docs/schemas"
HASH = "00" * 32
WHO = "--rp example.com --user bob"
PIN = "--pin-file pin.txt"


def validate(name, value):
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(value)


# Keys to run commands on: how they are made, and what is done before.


def fresh(fidoctl, *options):
    fidoctl("virtual", "new", "--state", "ci.key", *options)
    fidoctl.device = "virtual:ci.key"


def with_a_credential_and_a_blob(fidoctl):
    fresh(fidoctl)
    fidoctl.enroll("--hmac-secret", record="cred.json")
    fidoctl.enroll("--large-blob", "required", rp="blob.example", record="blob.json")
    fidoctl.file("blob.txt", "a blob")
    fidoctl("blob", "set", "--rp", "blob.example", "blob.txt")
    fidoctl.file("own.toml", 'algorithms = ["ES256"]')
    fidoctl.json_file("registration.json", fidoctl.enroll(record="other.json", user="carol"))
    fidoctl.json_file("info.json", fidoctl("info"))
    fidoctl.json_file("assertion.json", fidoctl("assert", "--credential", "cred.json"))


def without_a_pin(fidoctl):
    fresh(fidoctl)
    fidoctl.pin("4826", "pin.txt")
    fidoctl.pin("5937", "second.txt")


def with_three_accounts(fidoctl):
    fresh(fidoctl)
    pin = fidoctl.set_pin("4826")
    for user in ["alice", "bob", "carol"]:
        fidoctl.enroll("--rk", "required", *pin, user=user, record=f"{user}.json")
        id = fidoctl.record(f"{user}.json")["credential_id"]
        fidoctl.file(f"{user}.txt", f"hex:{from_base64url(id).hex()}\n")


def with_a_sensor(fidoctl):
    fresh(fidoctl, "--fingerprint")
    fidoctl.set_pin("4826")


def of_u2f_alone(fidoctl):
    fresh(fidoctl, "--u2f-only")


def with_blobs_by_their_credentials(fidoctl):
    fresh(fidoctl, "--large-blobs", "large-blob")
    pin = fidoctl.set_pin("4826")
    fidoctl.enroll("--large-blob", "required", *pin, record="blob.json")
    fidoctl.file("blob.txt", "a blob")


# Key → (schema, command) in the order in which they are run.
ROWS = {
    with_a_credential_and_a_blob: [
        ("list", "list"),
        ("info", "info"),
        ("info-lint", "info --lint"),
        ("registration", f"enroll {WHO}"),
        ("raw-registration", f"enroll {WHO} --client-data-hash {HASH}"),
        (
            "raw-registration",
            f"enroll {WHO} --client-data-hash {HASH} --hmac-secret-salt {HASH} --uv discouraged",
        ),
        ("authentication", "assert --credential cred.json"),
        ("authentication", "assert --credential cred.json --all"),
        ("authentication", f"assert --credential cred.json --hmac-salt {HASH}"),
        ("authentication", "assert --credential blob.json --large-blob --cred-blob --payment"),
        ("raw-assertion", f"assert --credential cred.json --client-data-hash {HASH}"),
        ("raw-assertion", f"assert --credential cred.json --client-data-hash {HASH} --all"),
        ("secret", f"secret --credential cred.json --salt {HASH} --uv discouraged"),
        (
            "secret",
            f"secret --credential cred.json --salt {HASH} --salt2 {HASH} --uv discouraged"
            " --output base64url",
        ),
        (
            "secret",
            f"secret --credential cred.json --salt {HASH} --uv discouraged --out secret.txt",
        ),
        ("blob-list", "blob list"),
        ("blob-list", "blob list --rp blob.example"),
        ("blob-get", "blob get --rp blob.example"),
        ("blob-get", "blob get --rp blob.example --output out.txt"),
        ("blob", "blob set --rp blob.example cred.json --force"),
        ("blob", "blob delete --rp blob.example --yes"),
        ("verify", "verify registration registration.json --origin https://example.com"),
        ("verify", "verify assertion assertion.json --credential cred.json"),
        ("check", "check --attestation off"),
        ("check", "check --allow-unknown"),
        ("check", "check --registration cred.json --policy own.toml"),
        ("select", "select"),
        ("ping", "ping --count 2"),
        ("wink", "wink"),
        ("raw-cbor", "raw cbor getInfo"),
        ("raw-cbor", "raw cbor selection"),
        ("raw-apdu", "raw apdu 00030000"),
        ("raw-hid", "raw hid ping 00"),
        ("info", "info --trace run.jsonl"),
        ("trace-show", "trace show run.jsonl"),
        ("trace-written", "trace redact run.jsonl redacted.jsonl"),
        ("trace-written", "trace export run.jsonl --pcapng run.pcapng"),
        ("explain", "explain"),
        ("explain", "explain --markdown"),
        ("explain", "explain pin-invalid"),
        ("explain", "explain 0x6985"),
        ("text", "completions bash"),
        ("text", "man"),
        ("text", "man --markdown"),
        ("virtual-show", "virtual show --state ci.key"),
        ("virtual-new", "virtual new --state other.key"),
        ("virtual-new", "virtual new --state like.key --like trustkey-t110"),
        ("personality", "virtual personality show feitian-biopass"),
        ("personality", "virtual personality from-info info.json"),
        ("personality-list", "virtual personality list"),
        ("virtual-replug", "virtual replug --state ci.key"),
        ("reset", "reset --yes"),
    ],
    without_a_pin: [
        ("pin-status", "pin"),
        ("pin-status", "pin status"),
        ("pin", "pin set --new-pin-file pin.txt"),
        ("pin", f"pin verify {PIN}"),
        ("config-show", "config show"),
        ("config", f"config always-uv on {PIN}"),
        ("config", f"config always-uv on {PIN}"),
        ("config", f"config min-pin-length 4 --rp example.com --yes {PIN}"),
        ("config", f"config enterprise-attestation --yes {PIN}"),
        ("config", f"config pin-complexity --yes {PIN}"),
        ("config", f"config long-touch-reset --yes {PIN}"),
        ("pin", f"pin change --new-pin-file second.txt {PIN}"),
        ("config", "config force-pin-change --pin-file second.txt"),
        ("pin-status", "pin status"),
    ],
    with_three_accounts: [
        ("credential-list", f"credential list --token-file token {PIN}"),
        ("credential-list", f"credential list --rp example.com {PIN}"),
        ("info", "info --token-file token"),
        ("credential-metadata", f"credential metadata {PIN}"),
        ("credential-show", f"credential show @bob.txt {PIN}"),
        ("credential-rename", f"credential rename @bob.txt --name robert {PIN}"),
        ("credential-prune", f"credential prune --rp example.com --keep bob.txt --dry-run {PIN}"),
        ("credential-delete", f"credential delete @carol.txt --yes {PIN}"),
        ("credential-prune", f"credential prune --rp example.com --keep bob.txt --yes {PIN}"),
        ("registration", f"enroll {WHO} --prf first {PIN}"),
        ("blob-gc", f"blob gc --dry-run {PIN}"),
        ("blob-gc", f"blob gc --yes {PIN}"),
        ("virtual-show", "virtual show --state ci.key"),
    ],
    with_a_sensor: [
        ("fingerprint-sensor", "fingerprint sensor"),
        ("fingerprint-list", f"fingerprint list {PIN}"),
        ("fingerprint", f"fingerprint add {PIN}"),
        ("fingerprint", "fingerprint rename 0001 thumb"),
        ("fingerprint-list", "fingerprint list"),
        ("virtual-show", "virtual show --state ci.key"),
        ("fingerprint", "fingerprint remove thumb --yes"),
    ],
    of_u2f_alone: [
        ("info", "info"),
        ("pin-status", "pin status"),
        ("config-show", "config show"),
        ("registration", f"enroll {WHO}"),
        ("raw-registration", f"enroll {WHO} --client-data-hash {HASH} --save cred.json"),
        ("authentication", "assert --credential cred.json"),
        ("raw-assertion", f"assert --credential cred.json --client-data-hash {HASH}"),
        ("virtual-show", "virtual show --state ci.key"),
    ],
    with_blobs_by_their_credentials: [
        ("blob", f"blob set --credential blob.json blob.txt --force {PIN}"),
        ("blob-get", f"blob get --credential blob.json {PIN}"),
        ("authentication", f"assert --credential blob.json --large-blob {PIN}"),
    ],
}

# Commands and schemas with tests of their own, below and with what they belong to.
COMMANDS_ELSEWHERE = {"export", "virtual run", "virtual serve", "config vendor"}
COMMANDS_ELSEWHERE |= {"mds verify", "mds list", "mds show", "trace import"}
ORDERS = ["clock 1", "finger wrong,auto", "unplug", "plug-in"]
ANSWERS = {"touch": 0, "refuse": 5}
COMMANDS_ELSEWHERE |= {f"virtual {order.split()[0]}" for order in [*ORDERS, *ANSWERS]}
SCHEMAS_ELSEWHERE = {"virtual-serve", "credential", "persistent-token", "error", "progress", "trace"}
SCHEMAS_ELSEWHERE |= {"mds-verify", "mds-list", "mds-show", "check-models", "virtual-control"}


@pytest.mark.parametrize("key", ROWS, ids=lambda key: key.__name__)
def test_output_has_the_shape_described(fidoctl, key):
    key(fidoctl)
    for schema, command in ROWS[key]:
        words = [from_file(fidoctl, word) for word in shlex.split(command)]
        value = fidoctl(*words)
        validate(schema, value)
        # An empty shape would fit anything.
        assert value != {}, command


def from_file(fidoctl, word):
    """`@FILE` is what the file holds."""
    return (fidoctl.directory / word[1:]).read_text().strip() if word.startswith("@") else word


def test_no_command_and_no_schema_is_left_out():
    man = subprocess.run([FIDOCTL, "man", "--markdown"], capture_output=True, text=True, check=True)
    names = re.findall("^## fidoctl (.+)$", man.stdout, re.MULTILINE)
    # A command that holds others prints help; `pin` alone does something, and has its row.
    leaves = {one for one in names if not any(other.startswith(f"{one} ") for other in names)}
    rows = [row for of_key in ROWS.values() for row in of_key]
    run = {leaf for leaf in leaves if any(f"{line} ".startswith(f"{leaf} ") for _, line in rows)}
    assert leaves - run == COMMANDS_ELSEWHERE
    described = {file.stem for file in SCHEMAS.glob("*.json")}
    assert described - {schema for schema, _ in rows} == SCHEMAS_ELSEWHERE
    listed = re.findall(r"\]\(schemas/(.+)\.json\) \|", (ROOT / "docs/json.md").read_text())
    assert set(listed) == described


def test_a_key_that_is_listed_has_the_shape_described():
    key = {"kind": "hid", "selector": "/dev/hidraw0", "path": "/dev/hidraw0", "vendor_id": "1050"}
    rest = {"product_id": "0407", "product": "Key", "manufacturer": None, "serial": None}
    keys = [key | rest | {"release": "0543", "accessible": True}]
    validate("list", {"schema": "fidoctl.list/1", "keys": keys})


def test_judged_models_have_the_shape_described(fidoctl):
    mds = ["--mds", str(recent_payload()), "--unsigned"]
    validate("check-models", fidoctl("check", "--models", *mds))
    refused = fidoctl.fails(UNEXPECTED, "check", "--aaguid", "0" * 32, *mds)
    validate("check", refused["report"])


def test_metadata_have_the_shape_described(fidoctl):
    service = MetadataService()
    root = ["--root", fidoctl.file("root.pem", service.root_pem())]
    aaguid = "00112233-4455-6677-8899-aabbccddeeff"
    revoked = entry(aaguid, ["REVOKED"], description=7, authenticatorGetInfo={"versions": ["x"]})
    u2f = {"attestationCertificateKeyIdentifiers": ["ab" * 20], "statusReports": []}
    uaf = {"aaid": "12AB#0001", "statusReports": [{"status": "FIDO_CERTIFIED_L1"}]}
    blob = fidoctl.file("blob.jwt", service.blob(payload(entries=[revoked, u2f, uaf, {}])))
    for _ in range(2):
        verdict = fidoctl("mds", "verify", blob, *root)
        validate("mds-verify", verdict)
    assert len(verdict["faults"]) == 2
    validate("mds-list", fidoctl("mds", "list", "--mds", blob, *root))
    validate("mds-list", fidoctl("mds", "list", "--mds", blob, *root, "--entries"))
    for model in [aaguid, "ab" * 20, "12ab#0001"]:
        validate("mds-show", fidoctl("mds", "show", model, "--mds", blob, *root))


def test_a_served_key_has_the_shape_described(fidoctl):
    served = fidoctl.start(
        "virtual", "serve", "--state", "ci.key", "--unix", "key.sock", "--json", "--progress", "json"
    )
    validate("progress", json.loads(served.stderr.readline()))
    validate("virtual-serve", fidoctl.stop(served, signal.SIGINT).expect(DONE).json)


def test_where_standard_output_is_another_s_no_json_comes_between(fidoctl):
    echoed = fidoctl.run("virtual", "run", "--json", "--", "echo", "mine").expect(DONE)
    assert echoed.out == "mine\n"
    served = fidoctl.run("virtual", "serve", "--state", "ci.key", "--stdio", "--json", stdin="")
    assert served.expect(DONE).out == ""


def test_a_vendor_s_setting_has_the_shape_described(fidoctl):
    with TakesVendorSettings(fidoctl.directory / "fake.sock") as key:
        fidoctl.device = key.device
        sent = fidoctl("config", "vendor", "a10107", "--yes")
        validate("config", sent)
    assert sent["result"] == "sent"
    assert bytes.fromhex("0da20118ff02a10107") in [payload for _, _, payload in key.requests]


def test_files_have_the_shape_described(fidoctl):
    with_three_accounts(fidoctl)
    fidoctl("credential", "list", "--token-file", "token", *shlex.split(PIN))
    validate("persistent-token", json.loads((fidoctl.directory / "token").read_text()))
    validate("credential", fidoctl.record("alice.json"))


def test_fingerprint_events_have_the_shape_described(fidoctl):
    with_a_sensor(fidoctl)
    pin = shlex.split(PIN)
    fidoctl.device = "virtual:ci.key?finger=too-fast,auto"
    ended = fidoctl.run("fingerprint", "add", *pin, "--progress", "json", "--json")
    events = [json.loads(line) for line in ended.err.splitlines()]
    samples = [(event["status"], event["remaining"]) for event in events]
    assert samples == [("too-fast", 4), ("good", 3), ("good", 2), ("good", 1), ("good", 0)]
    fidoctl.device = "virtual:ci.key?finger=wrong"
    listed = ["fingerprint", "list", *pin, "--progress", "json", "--json"]
    events += [json.loads(line) for line in fidoctl.run(*listed).err.splitlines()]
    assert events[-1] == {"event": "falling-back-to-pin", "blocked": False}
    for event in events:
        validate("progress", event)


def test_progress_has_the_shape_described(fidoctl):
    fresh(fidoctl)
    fidoctl.enroll(record="cred.json")
    fidoctl.device = "virtual:ci.key?touch=never"
    wanted = ["assert", "--credential", "cred.json", "--timeout", "1", "--progress", "json"]
    events = [json.loads(line) for line in fidoctl.run(*wanted, "--json").err.splitlines()]
    assert [event["event"] for event in events[:-1]][-1] == "touch-wanted"
    for event in events[:-1]:
        validate("progress", event)
    validate("error", events[-1])


def test_errors_have_the_shape_described(fidoctl):
    without_a_pin(fidoctl)
    fidoctl("pin", "set", "--new-pin-file", "pin.txt")
    wrong = fidoctl.run("pin", "verify", "--pin-file", "second.txt", "--json")
    assert wrong.error["retries_left"] == 7
    for ended in [
        wrong,
        fidoctl.run("enroll", "--json"),
        # No virtual key takes a setting of its maker's.
        fidoctl.run("config", "vendor", "a10107", "--yes", *shlex.split(PIN), "--json"),
    ]:
        validate("error", {"error": ended.error})


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("order", ORDERS)
def test_orders_have_the_shape_described(fidoctl, order):
    program = [str(FIDOCTL), "--json", "virtual", *order.split()]
    validate("virtual-control", fidoctl.run("virtual", "run", "--", *program).json)


@pytest.mark.parametrize("answer", ANSWERS)
def test_orders_that_wait_for_a_question_have_the_shape_described(fidoctl, answer):
    script = f"{FIDOCTL} virtual {answer} --json & {FIDOCTL} enroll {WHO} -q --save c.json >&2"
    script += "; status=$?; wait; exit $status"
    ran = fidoctl.run("virtual", "run", "--touch", "never", "--", "sh", "-c", script)
    assert ran.code == ANSWERS[answer], ran.err
    validate("virtual-control", json.loads(ran.out))
