"""Transcripts: nothing secret in them, runs repeated from them, and other programs reading them."""

import base64
import json
import os
import subprocess

import pytest

import libfido2
from fidoctl import ROOT, UNEXPECTED, USAGE
from test_json_schemas import validate

PIN = "Tr0ub4dor-4837"
NEW_PIN = "c0rrect-h0rse-staple"
SALT = "0c" * 31 + "77"
BLOB = b"the blob that nobody else may read"
CRED_BLOB = b"few secret bytes"
DISSECTOR = ROOT / "docs/wireshark/ctaphid.lua"

# Commands in the order of a life; what they need is made by those before.
LIFE = [
    ["info"],
    ["pin", "set", "--new-pin-file", "pin.txt"],
    ["pin", "status"],
    ["pin", "verify", "--pin-file", "pin.txt"],
    ["enroll", "--rp", "example.com", "--user", "alice", "--rk", "required", "--hmac-secret",
     "--hmac-secret-salt", SALT, "--cred-blob", "@cred-blob.txt", "--large-blob", "required",
     "--save", "cred.json", "--force", "--pin-file", "pin.txt"],
    ["enroll", "--rp", "b.example", "--user", "bob", "--pin-file", "pin.txt"],
    ["assert", "--credential", "cred.json", "--pin-file", "pin.txt"],
    ["assert", "--credential", "cred.json", "--uv", "discouraged"],
    ["secret", "--credential", "cred.json", "--salt", SALT, "--pin-file", "pin.txt"],
    ["secret", "--credential", "cred.json", "--salt", SALT, "--uv", "discouraged"],
    ["assert", "--rp", "example.com", "--cred-blob", "--pin-file", "pin.txt"],
    ["blob", "set", "--credential", "cred.json", "blob.txt", "--force", "--pin-file", "pin.txt"],
    ["blob", "get", "--credential", "cred.json", "--pin-file", "pin.txt"],
    ["blob", "list", "--pin-file", "pin.txt"],
    ["credential", "list", "--pin-file", "pin.txt"],
    ["credential", "metadata", "--pin-file", "pin.txt"],
    ["config", "min-pin-length", "6", "--yes", "--pin-file", "pin.txt"],
    ["pin", "verify", "--pin-file", "wrong.txt"],
    ["pin", "change", "--pin-file", "pin.txt", "--new-pin-file", "new-pin.txt"],
    ["raw", "cbor", "getInfo"],
    ["raw", "apdu", "00030000"],
    ["wink"],
    ["reset", "--yes"],
]


@pytest.fixture
def virtual(fidoctl):
    fidoctl.device = "virtual:traced.key"
    fidoctl.file("pin.txt", PIN + "\n")
    fidoctl.file("new-pin.txt", NEW_PIN + "\n")
    fidoctl.file("wrong.txt", "not-the-pin\n")
    fidoctl.file("blob.txt", BLOB)
    fidoctl.file("cred-blob.txt", CRED_BLOB)
    return fidoctl


def ended(fidoctl, command, *args):
    return fidoctl.run(*command, "--json", *args)


def forms(secret):
    """A secret as it may stand in a file."""
    text = secret if isinstance(secret, bytes) else secret.encode()
    encoded = [text, text.hex().encode(), text.hex().upper().encode()]
    for shift in range(3):
        # Base64 of what it is a part of, at any offset: the characters that depend on it alone.
        whole = base64.b64encode(bytes(shift) + text)[(shift * 8 + 5) // 6 :]
        whole = whole[: (len(text) * 8 - 8) // 6]
        encoded += [whole, whole.replace(b"+", b"-").replace(b"/", b"_")]
    return encoded


def test_a_whole_life_is_repeated_byte_for_byte(virtual):
    outputs = {}
    for number, command in enumerate(LIFE):
        trace = ["--trace", f"{number}.jsonl", "--trace-secrets"]
        outputs[number] = ended(virtual, command, *trace)
    failed = [run for run in outputs.values() if run.code != 0]
    assert len(failed) == 1 and "wrong.txt" in failed[0].command, "\n".join(map(str, failed))
    for number, command in enumerate(LIFE):
        virtual.device = f"replay:{number}.jsonl"
        again = ended(virtual, command)
        then = outputs[number]
        assert (again.code, again.out) == (then.code, then.out), f"{command}\n{again}\n{then}"
        if then.code:
            assert again.error == then.error


OTHER_KEYS = [
    (["--fingerprint"], "", ["pin", "set", "--new-pin-file", "pin.txt"]),
    (["--fingerprint"], "", ["fingerprint", "add", "--name", "thumb", "--pin-file", "pin.txt"]),
    (["--fingerprint"], "", ["fingerprint", "list", "--pin-file", "pin.txt"]),
    (["--fingerprint"], "", ["enroll", "--rp", "a.b", "--user", "x", "--rk", "required"]),
    (["--fingerprint"], "?finger=wrong", ["assert", "--rp", "a.b"]),
    (["--fingerprint"], "?finger=wrong",
     ["assert", "--rp", "a.b", "--uv", "required", "--pin-file", "pin.txt"]),
    (["--fingerprint"], "?touch=never", ["select", "--timeout", "1"]),
    (["--fingerprint"], "?touch=refuse", ["select"]),
    (["--u2f-only"], "", ["enroll", "--rp", "a.b", "--user", "x", "--uv", "discouraged",
                          "--save", "u2f.json", "--force"]),
    (["--u2f-only"], "", ["assert", "--credential", "u2f.json", "--uv", "discouraged"]),
    (["--u2f-only"], "?touch=never",
     ["assert", "--credential", "u2f.json", "--uv", "discouraged", "--timeout", "1"]),
    (["--u2f-only"], "", ["info"]),
]


def test_other_keys_and_people_are_repeated_too(fidoctl):
    fidoctl.file("pin.txt", PIN + "\n")
    made = set()
    for number, (kind, person, command) in enumerate(OTHER_KEYS):
        state = kind[0].strip("-")
        if state not in made:
            made.add(state)
            fidoctl("virtual", "new", "--state", state, *kind)
        trace = ["--trace", f"{number}.jsonl", "--trace-secrets"]
        fidoctl.device = f"virtual:{state}{person}"
        then = fidoctl.run(*command, *trace)
        fidoctl.device = f"replay:{number}.jsonl"
        again = fidoctl.run(*command)
        # What is told on the way is the same too, but for the note that says what plays the key.
        told = again.err.split("no key is asked\n", 1)[1]
        assert (again.code, again.out, told) == (then.code, then.out, then.err), f"{again}\n{then}"


def test_without_secrets_all_that_needs_none_is_repeated(virtual):
    commands = [
        ["info"],
        ["enroll", "--rp", "example.com", "--user", "alice", "--save", "cred.json", "--force"],
        ["assert", "--credential", "cred.json"],
        ["enroll", "--rp", "example.com", "--user", "bob", "--exclude-credential", "cred.json"],
    ]
    for number, command in enumerate(commands):
        virtual.device = "virtual:traced.key"
        then = ended(virtual, command, "--trace", f"{number}.jsonl")
        virtual.device = f"replay:{number}.jsonl"
        again = ended(virtual, command)
        assert (again.code, again.out) == (then.code, then.out), f"{again}\n{then}"


def test_no_secret_is_in_any_file_written(virtual, tmp_path):
    derived = set()
    for number, command in enumerate(LIFE):
        full, bare = f"full-{number}.jsonl", f"bare-{number}.jsonl"
        run = ended(virtual, command, "--trace", full, "--trace-secrets")
        if command[0] == "secret":
            assert run.json["encoding"] == "hex"
            derived.add(bytes.fromhex(run.json["first"]))
        virtual.device = f"replay:{full}"
        # The same run once more, so that the very same secrets are left out this time.
        ended(virtual, command, "--trace", bare)
        virtual("trace", "redact", full, f"redacted-{number}.jsonl")
        for name in (bare, f"redacted-{number}.jsonl"):
            shown = virtual.run("trace", "show", name).expect(0).out
            (tmp_path / f"{name}.txt").write_text(shown)
            (tmp_path / f"{name}.json").write_text(virtual.run("trace", "show", name, "--json").out)
            virtual("trace", "export", name, "--pcapng", f"{name}.pcapng")
        virtual.device = "virtual:traced.key"
    assert len(derived) == 2
    secrets = {PIN, NEW_PIN, CRED_BLOB, BLOB} | derived
    for number in range(len(LIFE)):
        secrets |= left_out_bytes(tmp_path / f"full-{number}.jsonl", tmp_path / f"bare-{number}.jsonl")
    assert len(secrets) > 60
    files = [path for path in tmp_path.iterdir() if path.name.startswith(("bare-", "redacted-"))]
    assert len(files) == 8 * len(LIFE)
    for path in files:
        content = path.read_bytes()
        for secret in secrets:
            for form in forms(secret):
                assert form not in content, f"{form} is in {path.name}"
    # The search finds what is there.
    everything = b"".join(path.read_bytes() for path in tmp_path.glob("full-*.jsonl"))
    found = [s for s in secrets if any(form in everything for form in forms(s))]
    assert len(found) > 60


def left_out_bytes(full, bare):
    """The runs of bytes that stand in the one transcript and are blanked in the other; and the
    seed that keys are made from."""
    found = set()
    full, bare = full.read_text().splitlines(), bare.read_text().splitlines()
    assert len(full) == len(bare)
    found.add(bytes.fromhex(json.loads(full[0])["secret_random"]))
    assert "secret_random" not in json.loads(bare[0])
    for with_secrets, without in zip(map(json.loads, full[1:]), map(json.loads, bare[1:])):
        a, b = (bytes.fromhex(line["payload"]) for line in (with_secrets, without))
        assert len(a) == len(b)
        if with_secrets["name"] == "CTAPHID_INIT":
            continue
        assert (a == b) == ("left_out" not in without)
        run = b""
        for x, y in zip(a + b"\0", b + b"\0"):
            if x != y:
                run += bytes([x])
            else:
                # A zero byte within is the same in both; shorter runs are found by chance.
                found |= {run} if len(run) >= 12 else set()
                run = b""
    return found


def test_a_transcript_is_for_its_owner_alone_and_replaces_nothing(virtual, tmp_path):
    virtual("info", "--trace", "run.jsonl")
    assert (tmp_path / "run.jsonl").stat().st_mode & 0o777 == 0o600
    before = (tmp_path / "run.jsonl").read_bytes()
    error = virtual.fails(UNEXPECTED, "info", "--trace", "run.jsonl")
    assert error["kind"] == "exists" and "--trace-overwrite" in error["hints"][0]
    assert (tmp_path / "run.jsonl").read_bytes() == before
    virtual("info", "--trace", "run.jsonl", "--trace-overwrite")
    assert (tmp_path / "run.jsonl").read_bytes() != before
    assert virtual.fails(USAGE, "info", "--trace-secrets")["kind"] == "usage"


def test_a_run_that_fails_leaves_its_transcript(virtual, tmp_path):
    run = ended(virtual, ["assert", "--rp", "nowhere.example"], "--trace", "run.jsonl")
    assert run.error["kind"] == "no-credentials"
    assert "CTAP2_ERR_NO_CREDENTIALS" in (tmp_path / "run.jsonl").read_text()
    # No key was opened: the header alone.
    virtual.device = "unix:nothing.sock"
    ended(virtual, ["info"], "--trace", "none.jsonl")
    assert len((tmp_path / "none.jsonl").read_text().splitlines()) == 1


def test_the_first_message_that_differs_is_named(virtual):
    virtual("info", "--trace", "run.jsonl")
    virtual.device = "replay:run.jsonl"
    error = virtual.fails(UNEXPECTED, "enroll", "--rp", "example.com", "--user", "alice")
    assert error["kind"] == "replay-differs"
    assert "authenticatorMakeCredential was sent" in error["message"]
    virtual.file("no.jsonl", "{}\n")
    virtual.device = "replay:no.jsonl"
    assert virtual.fails(USAGE, "info")["kind"] == "bad-file"


def test_lines_and_commands_have_the_shape_described(virtual, tmp_path):
    virtual("pin", "set", "--new-pin-file", "pin.txt", "--trace", "run.jsonl", "--trace-secrets")
    virtual("trace", "redact", "run.jsonl", "bare.jsonl")
    for name in ("run.jsonl", "bare.jsonl"):
        for line in (tmp_path / name).read_text().splitlines():
            validate("trace", json.loads(line))
        validate("trace-show", virtual("trace", "show", name))
    validate("trace-written", virtual("trace", "redact", "run.jsonl", "again.jsonl"))
    validate("trace-written", virtual("trace", "export", "run.jsonl", "--pcapng", "run.pcapng"))


# tshark

FIELDS = ["ctaphid.cid", "ctaphid.command", "ctap.method", "ctap.status_name", "u2f.ins"]


def tshark(path, home):
    """One row of FIELDS for each report that completes a message."""
    fields = [argument for field in FIELDS for argument in ("-e", field)]
    command = ["tshark", "-X", f"lua_script:{DISSECTOR}", "-r", path, "-T", "fields", *fields]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert "Lua" not in run.stderr, run.stderr
    rows = [line.split("\t") for line in run.stdout.splitlines()]
    return [row for row in rows if row[1]]


def test_tshark_names_every_message(virtual, tmp_path):
    seen = set()
    for number, command in enumerate(LIFE):
        ended(virtual, command, "--trace", f"{number}.jsonl")
        virtual("trace", "export", f"{number}.jsonl", "--pcapng", f"{number}.pcapng")
        lines = (tmp_path / f"{number}.jsonl").read_text().splitlines()[1:]
        messages = [json.loads(line) for line in lines]
        rows = tshark(tmp_path / f"{number}.pcapng", tmp_path)
        assert len(rows) == len(messages), command
        asked = None
        for message, (channel, name, method, status, instruction) in zip(messages, rows):
            assert channel == "0x" + message["channel"]
            assert name == message["name"]
            if name == "CTAPHID_CBOR" and message["direction"] == "to-key":
                asked = message["method"]
                seen.add(asked)
            if name == "CTAPHID_CBOR":
                assert method == asked
                assert status == message.get("status", "")
            if name == "CTAPHID_MSG" and message["direction"] == "to-key":
                assert instruction == "0x03"
    assert {"authenticatorClientPIN changePIN", "authenticatorLargeBlobs",
            "authenticatorCredentialManagement enumerateRPsBegin",
            "authenticatorConfig setMinPINLength", "authenticatorReset"} <= seen


# libfido2

def test_what_libfido2_prints_becomes_a_transcript(terminal_key, fidoctl, tmp_path):
    assert libfido2.set_pin(terminal_key, PIN).returncode == 0
    for flags in (["-I"], ["-L", "-r"], ["-I", "-c"]):
        name = "debug" + "".join(flags)
        # -d prints what FIDO_DEBUG=1 does.
        run = libfido2.run("fido2-token", *flags, "-d", terminal_key.path, stdin=PIN + "\n")
        fidoctl.file(f"{name}.txt", run.stderr)
        written = fidoctl("trace", "import", f"{name}.txt", f"{name}.jsonl")
        assert written["messages"] > 4 and not written["secrets"]
        shown = fidoctl("trace", "show", f"{name}.jsonl")["messages"]
        requests = [m["title"] for m in shown if m["direction"] == "to-key"]
        answers = [m["title"] for m in shown if m["direction"] == "from-key"]
        assert requests[0] == "CTAPHID_INIT" and "authenticatorGetInfo" in requests
        assert len(requests) == len(answers), (requests, answers)
        assert "CTAP2_OK, 0x00" in answers
    titles = [m["title"] for m in fidoctl("trace", "show", "debug-L-r.jsonl")["messages"]]
    assert "authenticatorCredentialManagement (prototype) enumerateRPsBegin" in titles
    assert "authenticatorClientPIN getPinUvAuthTokenUsingPinWithPermissions" in titles
    shown = fidoctl.run("trace", "show", "debug-L-r.jsonl").out
    assert "pinHashEnc (0x06): left out" in shown
    assert fidoctl("trace", "import", "debug-L-r.txt", "full.jsonl", "--with-secrets")["secrets"]
    error = fidoctl.fails(USAGE, "trace", "import", "full.jsonl", "none.jsonl")
    assert error["kind"] == "bad-file"
