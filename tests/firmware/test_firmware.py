"""The life of a key in fidoctl's hands: OpenSK, Nitrokey's FIDO application, our virtual key.

Needs a built fidoctl (FIDOCTL names another than target/release/fidoctl), and to build the judges
a C compiler, libclang-dev, libudev-dev and pkg-config."""

import base64
import json
import time

import pytest

NAMES = {
    "opensk": ("FIDO_2_1", "6f70656e-736b-2d30-2e31-2e302d73696d", "packed, self"),
    "nitrokey": ("FIDO_2_3", "6e697472-6f6b-6579-2d33-2d303073696d", "packed with a certificate"),
    "virtual": ("FIDO_2_1", "6b1d9f2e-40c7-4a53-9c0e-583be176d284", "packed with a certificate"),
}


@pytest.fixture
def pin(fidoctl):
    """A key with a PIN, and the arguments that give it."""
    file = fidoctl.pin("pin.txt", "4711 abc")
    fidoctl("pin", "set", "--new-pin-file", file)
    return ["--pin-file", file]


def enroll(fidoctl, user, *args):
    """The registration, and the name of the credential record."""
    record = f"{user}.json"
    who = ["--rp", "example.com", "--user", user]
    return fidoctl("enroll", *who, "--save", record, *args), record


def with_a_bit_flipped(response, member):
    data = response["response"][member]
    raw = bytearray(base64.urlsafe_b64decode(data + "=" * (-len(data) % 4)))
    raw[-1] ^= 1
    flipped = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return {**response, "response": {**response["response"], member: flipped}}


def with_another_challenge(response):
    """Well-formed, but not what was signed."""
    data = response["response"]["clientDataJSON"]
    client_data = json.loads(base64.urlsafe_b64decode(data + "=" * (-len(data) % 4)))
    client_data["challenge"] = "A" * 43
    data = base64.urlsafe_b64encode(json.dumps(client_data).encode()).rstrip(b"=").decode()
    return {**response, "response": {**response["response"], "clientDataJSON": data}}


def assert_verified(verifier, kind, response, *args, saying=""):
    code, words = verifier(kind, response, *args)
    assert code == 0, words
    assert saying in words


def test_info_tells_what_the_key_says_of_itself(fidoctl, firmware):
    version, aaguid, _ = NAMES[firmware.name]
    text = json.dumps(fidoctl("info"))
    assert version in text
    assert aaguid in text


def test_a_wrong_pin_costs_one_try_and_the_right_one_gives_it_back(fidoctl, pin):
    wrong = ["--pin-file", fidoctl.pin("wrong.txt", "0000")]
    for _ in range(2):
        error = fidoctl.fails(4, "pin", "verify", *wrong)
        assert error["status_name"] == "CTAP2_ERR_PIN_INVALID"
        assert error["retries_left"] == 7
        fidoctl("pin", "verify", *pin)


def test_a_changed_pin_is_the_only_one_that_opens_the_key(fidoctl, key, pin):
    new = fidoctl.pin("new.txt", "Grüße 🔑")
    fidoctl("pin", "change", *pin, "--new-pin-file", new)
    key.replug()
    fidoctl.fails(4, "pin", "verify", *pin)
    fidoctl("pin", "verify", "--pin-file", new)


def test_a_pin_is_changed_only_by_who_knows_it(fidoctl, pin):
    wrong = fidoctl.pin("wrong.txt", "0000")
    fidoctl.fails(4, "pin", "change", "--pin-file", wrong, "--new-pin-file", wrong)
    fidoctl("pin", "verify", *pin)


def test_a_registration_holds_before_another_judge(fidoctl, firmware, pin, verifier):
    registration, _ = enroll(fidoctl, "alice", *pin)
    _, _, attestation = NAMES[firmware.name]
    assert_verified(verifier, "registration", registration, saying=attestation)
    for member in ["authenticatorData", "clientDataJSON", "publicKey"]:
        assert verifier("registration", with_a_bit_flipped(registration, member))[0] != 0


def test_an_assertion_holds_before_another_judge(fidoctl, key, pin, verifier):
    _, record = enroll(fidoctl, "alice", *pin)
    key.replug()
    assertion = fidoctl("assert", "--credential", record, *pin)
    credential = ["--credential", fidoctl.directory / record]
    assert_verified(verifier, "assertion", assertion, *credential)
    for member in ["authenticatorData", "clientDataJSON", "signature"]:
        assert verifier("assertion", with_a_bit_flipped(assertion, member), *credential)[0] != 0


def test_an_eddsa_credential_holds_before_another_judge(fidoctl, pin, verifier):
    registration, record = enroll(fidoctl, "alice", "--algorithm", "eddsa", *pin)
    assert_verified(verifier, "registration", registration, saying="algorithm -8")
    assertion = fidoctl("assert", "--credential", record, *pin)
    credential = ["--credential", fidoctl.directory / record]
    assert_verified(verifier, "assertion", assertion, *credential, saying="algorithm -8")


def test_fidoctl_and_the_other_judge_agree(fidoctl, pin, verifier):
    registration, record = enroll(fidoctl, "alice", *pin)
    assertion = fidoctl("assert", "--credential", record, *pin)
    credential = ["--credential", fidoctl.directory / record]
    origin = ["--origin", "https://example.com"]
    cases = [("registration", registration, origin, []), ("assertion", assertion, credential, credential)]
    for kind, response, our_args, their_args in cases:
        good, bad = fidoctl.directory / "good.json", fidoctl.directory / "bad.json"
        good.write_text(json.dumps(response))
        bad.write_text(json.dumps(with_another_challenge(response)))
        fidoctl("verify", kind, good, *our_args)
        assert verifier(kind, response, *their_args)[0] == 0
        fidoctl.fails(8, "verify", kind, bad, *our_args)
        assert verifier(kind, with_another_challenge(response), *their_args)[0] == 1


def test_all_accounts_of_a_site_are_found_on_the_key(fidoctl, pin, verifier):
    enrolled = [enroll(fidoctl, user, "--rk", "required", *pin) for user in ["alice", "bob"]]
    records = {registration["id"]: record for registration, record in enrolled}
    assertions = fidoctl("assert", "--rp", "example.com", "--all", *pin)
    assert {assertion["id"] for assertion in assertions} == records.keys()
    assert len({assertion["response"]["userHandle"] for assertion in assertions}) == 2
    for assertion in assertions:
        record = fidoctl.directory / records[assertion["id"]]
        assert_verified(verifier, "assertion", assertion, "--credential", record)


def test_a_credential_that_may_not_be_there_already_is_reported(fidoctl, pin):
    registration, _ = enroll(fidoctl, "alice", *pin)
    again = ["--rp", "example.com", "--user", "bob", "--save", "bob.json"]
    fidoctl.fails(6, "enroll", *again, "--exclude", registration["id"], *pin)
    assert not (fidoctl.directory / "bob.json").exists()


def test_reset_leaves_neither_pin_nor_credential(fidoctl, key, pin):
    _, record = enroll(fidoctl, "alice", *pin)
    key.replug()
    fidoctl("reset", "--yes", "--no-replug")
    fidoctl.fails(6, "assert", "--credential", record)
    fidoctl("pin", "set", "--new-pin-file", fidoctl.pin("next.txt", "another one"))


def test_a_reset_that_comes_too_late_changes_nothing(fidoctl, key, pin):
    _, record = enroll(fidoctl, "alice", *pin)
    key.replug()
    # Keys take a reset in the first ten seconds only, by a clock of their own.
    time.sleep(11.2)
    error = fidoctl.fails(1, "reset", "--yes", "--no-replug")
    assert error["status_name"] == "CTAP2_ERR_NOT_ALLOWED"
    fidoctl("assert", "--credential", record, *pin)


def test_a_touch_may_take_its_time(fidoctl, key, verifier):
    key.replug(touch="delay=700")
    registration, _ = enroll(fidoctl, "alice")
    assert_verified(verifier, "registration", registration)


def test_a_refused_touch_is_no_consent(fidoctl, key):
    key.replug(touch="refuse")
    fidoctl.fails(5, "enroll", "--rp", "example.com", "--user", "alice")


def test_a_touch_that_does_not_come_is_given_up_and_the_key_is_free_again(fidoctl, key):
    key.replug(touch="never")
    fidoctl.fails(5, "enroll", "--rp", "example.com", "--user", "alice", "--timeout", "2")
    fidoctl("info", "--timeout", "2")


def test_an_interrupted_command_cancels_on_the_key(fidoctl, key):
    key.replug(touch="never")
    waiting = fidoctl.start("enroll", "--rp", "example.com", "--user", "alice")
    time.sleep(1)
    fidoctl.interrupt(waiting)
    fidoctl("info", "--timeout", "2")


SALT = "11" * 32


def test_a_secret_is_the_same_every_time_and_another_without_verification(fidoctl, key, pin):
    _, record = enroll(fidoctl, "alice", "--hmac-secret", *pin)
    secret = ["secret", "--credential", record, "--salt", SALT]
    first = fidoctl(*secret, *pin)
    key.replug()
    assert fidoctl(*secret, *pin)["first"] == first["first"]
    touched = fidoctl(*secret, "--uv", "discouraged")
    assert touched["first"] != first["first"]
    assert [first["user_verified"], touched["user_verified"]] == [True, False]


def test_a_secret_at_creation_is_the_one_derived_later(fidoctl, firmware, pin):
    who = ["enroll", "--rp", "example.com", "--user", "alice", "--save", "alice.json"]
    prf = ["--prf", "first", "--prf2", "second"]
    if firmware.name == "opensk":
        assert fidoctl.fails(7, *who, *prf, *pin)["kind"] == "unsupported"
        return
    results = fidoctl(*who, *prf, *pin)["clientExtensionResults"]["prf"]["results"]
    later = fidoctl("secret", "--credential", "alice.json", *prf, "--output", "base64url", *pin)
    assert [results["first"], results["second"]] == [later["first"], later["second"]]


def test_a_credential_for_payments_is_told_from_others(fidoctl, firmware, pin):
    who = ["enroll", "--rp", "example.com", "--user", "alice", "--save", "alice.json"]
    if firmware.name == "opensk":
        assert fidoctl.fails(7, *who, "--payment", *pin)["kind"] == "unsupported"
        return
    fidoctl(*who, "--payment", *pin)
    enroll(fidoctl, "bob", *pin)
    told = []
    for record in ["alice.json", "bob.json"]:
        asked = ["assert", "--credential", record, "--payment", "--client-data-hash", "00" * 32]
        told.append(fidoctl(*asked, *pin)["extension_results"]["thirdPartyPayment"])
    assert told == [True, False]


def test_a_long_allow_list_is_searched(fidoctl, pin):
    registration, _ = enroll(fidoctl, "alice", *pin)
    ids = [base64.urlsafe_b64encode(bytes([n]) * 64).rstrip(b"=").decode() for n in range(100)]
    ids[57] = registration["id"]
    (fidoctl.directory / "ids.txt").write_text("\n".join(ids))
    found = fidoctl("assert", "--rp", "example.com", "--allow-file", "ids.txt", *pin)
    assert found["id"] == registration["id"]


def test_what_the_key_says_of_itself_keeps_the_rules(fidoctl):
    assert fidoctl("info", "--lint")["findings"] == []
