"""Keys like real ones, on the command line: what comes along, what people write, real keys copied."""

import json

import pytest

from fidoctl import FAILED, NO_CONSENT, PIN, ROOT, UNSUPPORTED, USAGE
from test_json_schemas import validate

NAMES = sorted(path.stem for path in (ROOT / "src/authenticator/personalities").glob("*.json"))


@pytest.fixture
def like(fidoctl):
    """Makes a key like another; fidoctl looks at it."""

    def make(text, *args):
        fidoctl("virtual", "new", "--state", "like.key", "--force", "--like", text, *args)
        fidoctl.device = "virtual:like.key"
        return fidoctl

    return make


def test_every_personality_is_listed_and_fits_its_schema(fidoctl):
    listed = fidoctl("virtual", "personality", "list")["personalities"]
    assert [one["name"] for one in listed] == NAMES
    for name in NAMES:
        validate("personality", json.loads(fidoctl.run("virtual", "personality", "show", name).out))


# What no program can do anything with: no touch told, no UV told, a U2F PIN, a proxy.
HOPELESS = {"nitrokey-fido2-1.1", "mirkey", "pico-fido", "yubikey-4-fips", "proxy"}


@pytest.mark.parametrize("name", NAMES)
def test_key_of_every_personality_enrolls_and_signs_in_or_says_why_not(like, name):
    fidoctl = like(name)
    lenient = ["--lenient-cbor"] if name == "solo-1" else []
    pin = []
    info = fidoctl.run("info", "--json", *lenient)
    if name != "proxy" and info.json["get_info"] is not None:
        fidoctl("pin", "set", *fidoctl.new_pin("482615"), *lenient)
        pin = fidoctl.pin("482615")
    enroll = ["enroll", "--rp", "example.com", "--user", "alice", "--save", "a.json"]
    made = fidoctl.run(*enroll, *pin, *lenient, "--json")
    if name in HOPELESS:
        assert made.code not in (0, 70) and made.error["hints"], made
        return
    signed = fidoctl.run("assert", "--credential", "a.json", *pin, *lenient, "--json").json
    fidoctl.device = None
    checked = fidoctl(
        "verify", "assertion", fidoctl.json_file("s.json", signed), "--credential", "a.json")
    assert checked["schema"] == "fidoctl.verify/1"


def test_copy_can_be_changed_and_used(like, fidoctl):
    text = fidoctl.run("virtual", "personality", "show", "google-titan-v2").out
    mine = json.loads(text)
    mine["habits"]["wink"] = "missing"
    mine["aaguid"] = "01020304-0506-0708-090a-0b0c0d0e0f10"
    like(fidoctl.json_file("mine.json", mine))
    assert fidoctl("info")["get_info"]["aaguid"] == mine["aaguid"]
    assert fidoctl.fails(UNSUPPORTED, "wink")["kind"] == "unsupported"
    shown = fidoctl("virtual", "show", "--state", "like.key")
    assert shown["like"] == "mine.json"


def test_options_change_single_traits(like):
    fidoctl = like("yubikey-5.2", "--serial", "12345", "--min-pin-length", "7", "--ctap", "2.1")
    info = fidoctl("info")["get_info"]
    assert info["maxMsgSize"] == 1200 and info["minPINLength"] == 7
    assert "FIDO_2_1" in info["versions"]
    assert fidoctl("virtual", "show", "--state", "like.key")["serial"] == "12345"


def test_info_of_a_key_makes_its_like(like, fidoctl):
    like("yubikey-bio")
    info = fidoctl("info")
    made = fidoctl.run("virtual", "personality", "from-info", fidoctl.json_file("i.json", info))
    validate("personality", json.loads(made.out))
    like(fidoctl.file("copy.json", made.out))
    copied = fidoctl("info")["get_info"]
    fleeting = {"encIdentifier", "encCredStoreState"}
    assert {k: v for k, v in copied.items() if k not in fleeting} == {
        k: v for k, v in info["get_info"].items() if k not in fleeting}
    # The output of info can be given as it is.
    like("i.json")
    assert fidoctl("info")["get_info"]["options"] == info["get_info"]["options"]


@pytest.mark.parametrize("text", ["no-such-key", "./no-such-file.json", "list.json", "broken.json",
                                  "odd.json"])
def test_what_is_no_personality_is_refused_and_nothing_made(fidoctl, text):
    fidoctl.json_file("list.json", fidoctl("list"))
    fidoctl.file("broken.json", "{")
    fidoctl.json_file("odd.json", {"schema": "fidoctl.personality/1", "habits": {"refuses": ["me"]}})
    ended = fidoctl.run("virtual", "new", "--state", "no.key", "--like", text, "--json")
    assert ended.code in (FAILED, USAGE), ended
    assert ended.error["hints"] or "read" in ended.error["message"], ended
    assert not (fidoctl.directory / "no.key").exists()


def test_blocked_finger_is_told_and_the_pin_taken(like):
    fidoctl = like("yubikey-bio")
    pin = fidoctl.set_pin("482615")
    fidoctl("fingerprint", "add", *pin)
    fidoctl.device = "virtual:like.key?finger=wrong"
    ended = fidoctl.run("enroll", "--rp", "example.com", "--user", "alice", "--uv", "required",
                        *pin, "--save", "b.json")
    assert ended.code == 0 and "PIN instead" in ended.err, ended


def test_lenient_reading_is_told(like):
    fidoctl = like("solo-1")
    error = fidoctl.fails(FAILED, "info")
    assert any("--lenient-cbor" in hint for hint in error["hints"])
    assert "not canonical" in fidoctl.run("info", "--lenient-cbor").err


def test_cut_name_is_told(like):
    fidoctl = like("trustkey-t110")
    ended = fidoctl.run("enroll", "--rp", "example.com", "--user", "ü" * 40, "--save", "c.json")
    assert ended.code == 0 and "ü" * 32 in ended.err and "ü" * 33 not in ended.err, ended


def test_vendor_pin_of_u2f_is_counted(like):
    fidoctl = like("yubikey-4-fips")
    error = fidoctl.fails(PIN, "enroll", "--rp", "example.com", "--user", "alice",
                          "--uv", "discouraged", "--save", "d.json")
    assert error["retries_left"] == 2
    assert any("vendor" in hint for hint in error["hints"])


def test_consent_does_not_depend_on_the_key(like):
    fidoctl = like("keyvault")
    assert fidoctl.fails(NO_CONSENT, "reset")["kind"] == "no-consent"
