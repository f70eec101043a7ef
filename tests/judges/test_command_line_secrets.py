"""The command secret, long lists and info --lint, as scripts use them."""

import os
import stat

import pytest
from fido2.utils import websafe_decode, websafe_encode

from fidoctl import DONE, PIN, UNEXPECTED, UNSUPPORTED, USAGE

SALT = ["--salt", "11" * 32]


@pytest.fixture
def virtual(fidoctl):
    """fidoctl with an embedded key, a PIN and a credential that derives secrets."""
    fidoctl.device = "virtual:ci.key"
    fidoctl.given = fidoctl.set_pin("correct horse")
    fidoctl.enroll("--hmac-secret", *fidoctl.given)
    fidoctl.secret = ["secret", "--credential", "credential.json", *fidoctl.given]
    return fidoctl


def decoded(form, text):
    if form == "hex":
        return bytes.fromhex(text)
    return websafe_decode(text.replace("+", "-").replace("/", "_").rstrip("="))


@pytest.mark.parametrize("form", ["hex", "base64", "base64url"])
def test_every_form_holds_the_same_secret(virtual, form):
    plain = virtual.run(*virtual.secret, *SALT, "--output", form).expect(DONE)
    assert plain.out.count("\n") == 1
    secret = decoded(form, plain.out.strip())
    assert len(secret) == 32
    told = virtual(*virtual.secret, *SALT, "--output", form)
    assert told["encoding"] == form
    assert decoded(form, told["first"]) == secret
    assert told["second"] is None
    raw = virtual.end(virtual.start(*virtual.secret, *SALT, "--output", "raw", text=False))
    assert raw.out == secret


def test_two_secrets_follow_each_other(virtual):
    both = [*SALT, "--salt2", "22" * 32]
    out = virtual.run(*virtual.secret, *both).expect(DONE).out
    first, second = (bytes.fromhex(line) for line in out.splitlines())
    raw = virtual.end(virtual.start(*virtual.secret, *both, "--output", "raw", text=False))
    assert raw.out == first + second
    told = virtual(*virtual.secret, *both)
    assert [told["first"], told["second"]] == [first.hex(), second.hex()]


def test_standard_error_does_not_repeat_the_secret(virtual):
    ended = virtual.run(*virtual.secret, *SALT).expect(DONE)
    assert ended.out.strip() not in ended.err
    assert "with user verification" in ended.err


def test_a_file_is_the_owner_s_alone_and_standard_output_keeps_silent(virtual, tmp_path):
    ended = virtual.run(*virtual.secret, *SALT, "--out", "secret.bin", "--output", "raw", "--json")
    told = ended.json
    assert "first" not in told and "second" not in told
    path = tmp_path / "secret.bin"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert path.read_bytes().hex() == virtual(*virtual.secret, *SALT)["first"]
    assert virtual.fails(UNEXPECTED, *virtual.secret, *SALT, "--out", "secret.bin")["kind"] == "exists"
    virtual(*virtual.secret, "--salt", "33" * 32, "--out", "secret.bin", "--force")
    assert path.read_text().strip() == virtual(*virtual.secret, "--salt", "33" * 32)["first"]


def test_a_failure_leaves_no_file(virtual, tmp_path):
    before = sorted(os.listdir(tmp_path))
    wrong = virtual.pin("wrong", name="pin.txt")
    virtual.fails(PIN, "secret", "--credential", "credential.json", *SALT, "--out", "s", *wrong)
    assert sorted(os.listdir(tmp_path)) == before


def test_verification_is_never_left_to_chance(virtual):
    with_pin = virtual(*virtual.secret, *SALT)
    touched = virtual(*virtual.secret, *SALT, "--uv", "discouraged")
    assert [with_pin["user_verified"], touched["user_verified"]] == [True, False]
    assert with_pin["first"] != touched["first"]
    virtual.fails(USAGE, *virtual.secret, *SALT, "--uv", "preferred")
    virtual.fails(USAGE, *virtual.secret, "--prf", "x", "--uv", "discouraged")


def test_a_key_without_a_pin_is_asked_for_one_or_for_the_other_secret(fidoctl):
    fidoctl.device = "virtual:ci.key"
    fidoctl.enroll("--hmac-secret")
    secret = ["secret", "--credential", "credential.json", *SALT]
    assert fidoctl.fails(PIN, *secret)["kind"] == "pin-not-set"
    assert fidoctl(*secret, "--uv", "discouraged")["user_verified"] is False


def test_a_discoverable_credential_needs_no_record(virtual):
    virtual.enroll("--hmac-secret", "--rk", "required", *virtual.given, rp="disk.example",
                   record="disk.json")
    by_record = virtual("secret", "--credential", "disk.json", "--prf", "x", *virtual.given)
    found = virtual("secret", "--rp", "disk.example", "--prf", "x", *virtual.given)
    assert found == by_record
    assert found["extension"] == "prf"


@pytest.mark.parametrize(
    "wrong",
    [[], ["--salt", "11"], [*SALT, "--prf", "x"], ["--salt2", "22" * 32], ["--prf2", "x"],
     [*SALT, "--prf2", "x"], ["--prf", "hex:0"], [*SALT, "--force"]],
    ids=" ".join,
)
def test_flags_that_do_not_fit_are_usage(virtual, wrong):
    assert virtual.fails(USAGE, *virtual.secret, *wrong)["kind"] == "usage"


def test_raw_bytes_do_not_go_into_json(virtual):
    assert virtual.fails(USAGE, *virtual.secret, *SALT, "--output", "raw")["kind"] == "usage"


def hundred_ids(registration, at):
    ids = [websafe_encode(bytes([number]) * 113) for number in range(100)]
    ids[at] = registration["id"]
    return ids


@pytest.mark.parametrize("at", [0, 57, 99])
def test_one_of_a_hundred_allowed_credentials_is_found(virtual, at):
    made = virtual.enroll("--hmac-secret", *virtual.given, record="one.json")
    ids = hundred_ids(made, at)
    listed = [word for identifier in ids for word in ["--allow", identifier]]
    rp = ["--rp", "example.com", *virtual.given]
    assert virtual("assert", *rp, *listed)["id"] == made["id"]
    lines = virtual.file("ids.txt", "\n\n".join(ids) + "\n")
    assert virtual("assert", *rp, "--allow-file", lines)["id"] == made["id"]
    piped = virtual("assert", *rp, "--allow-file", "-", stdin="\n".join(ids))
    assert piped["id"] == made["id"]
    secret = virtual("secret", *rp, *SALT, "--allow-file", lines)
    assert secret["credential_id"] == made["id"]


def test_none_of_a_hundred_is_none(virtual):
    ids = hundred_ids({"id": "AAAA"}, 5)
    lines = virtual.file("ids.txt", "\n".join(ids))
    rp = ["--rp", "example.com", *virtual.given]
    assert virtual.fails(UNEXPECTED, "assert", *rp, "--allow-file", lines)["kind"] == "no-credentials"


@pytest.mark.parametrize("content", ["", "\n\n", "not an ID!\n", b"\xff\xfe"])
def test_a_list_without_ids_is_no_list(virtual, content):
    virtual.enroll("--rk", "required", *virtual.given, record="other.json")
    name = virtual.file("ids.txt", content)
    error = virtual.fails(USAGE, "assert", "--rp", "example.com", "--allow-file", name)
    assert error["kind"] == "bad-file"


def test_a_silent_assertion_needs_no_touch(virtual):
    virtual.device = "virtual:ci.key?touch=never"
    quiet = ["--no-touch", "--uv", "discouraged"]
    told = virtual("assert", "--credential", "credential.json", *quiet,
                   "--client-data-hash", "00" * 32)
    assert websafe_decode(told["authenticator_data"])[32] & 1 == 0


def test_payment_is_what_was_enrolled(virtual):
    virtual.enroll("--payment", *virtual.given, record="shop.json")
    told = {}
    for record in ["shop.json", "credential.json"]:
        given = ["--credential", record, "--client-data-hash", "00" * 32, *virtual.given]
        told[record] = virtual("assert", *given, "--payment")["extension_results"]
    assert told == {
        "shop.json": {"thirdPartyPayment": True},
        "credential.json": {"thirdPartyPayment": False},
    }


@pytest.mark.parametrize("version", ["2.0", "2.1-pre", "2.1", "2.2", "2.3"])
def test_every_version_of_the_virtual_key_lints(fidoctl, version):
    made = fidoctl("virtual", "new", "--state", "v.key", "--ctap", version)
    assert made["ctap"] == version
    fidoctl.device = "virtual:v.key"
    linted = fidoctl("info", "--lint")
    assert linted["findings"] == []
    assert linted["rules_checked"] > 30


def test_an_unknown_version_is_usage(fidoctl):
    fidoctl.fails(USAGE, "virtual", "new", "--state", "v.key", "--ctap", "2.4")


def test_what_a_version_lacks_is_not_supported(fidoctl):
    fidoctl("virtual", "new", "--state", "v.key", "--ctap", "2.1")
    fidoctl.device = "virtual:v.key"
    who = ["enroll", "--rp", "example.com", "--user", "alice"]
    for flags in [["--payment"], ["--hmac-secret-salt", "11" * 32]]:
        assert fidoctl.fails(UNSUPPORTED, *who, *flags)["kind"] == "unsupported"
