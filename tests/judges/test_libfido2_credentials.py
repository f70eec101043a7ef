"""libfido2's fido2-cred and fido2-assert make credentials and assertions on what fidoctl serves,
and find them genuine."""

import os

import pytest
from fido2.webauthn import AuthenticatorData

import libfido2
from libfido2 import USER_ID, Credential, fails, lines, set_pin, unb64

ALGORITHMS = {"es256": -7, "eddsa": -8}
PIN = "correct horse"
DISCOVERABLE = pytest.mark.parametrize("discoverable", [(), ("-r",)], ids=["listed", "discoverable"])
WITH_PIN = pytest.mark.parametrize("pin", [None, PIN], ids=["no-pin", "pin"])


@pytest.fixture
def key(serve):
    return serve("pty")


@pytest.fixture
def pin_key(key):
    assert set_pin(key, PIN).returncode == 0
    return key


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@WITH_PIN
@DISCOVERABLE
def test_a_credential_and_its_assertion_are_genuine(key, algorithm, pin, discoverable):
    verified = ()
    if pin is not None:
        assert set_pin(key, pin).returncode == 0
        verified = ("-v",)
    credential = Credential(key, *verified, *discoverable, algorithm=algorithm, pin=pin)
    made = AuthenticatorData(credential.authenticator_data)
    assert made.credential_data.public_key[3] == ALGORITHMS[algorithm]
    assert made.is_user_present()
    assert made.is_user_verified() == (pin is not None)
    key.power_cycle()
    assertion = credential.get_assertion("-p", *verified, pin=pin)
    assert credential.verify(assertion, "-p", *verified).returncode == 0
    if discoverable:
        assert unb64(assertion[4]) == USER_ID


def test_a_tampered_assertion_is_not_genuine(key):
    credential = Credential(key)
    assertion = credential.get_assertion()
    for field in [0, 2, 3]:
        tampered = bytearray(unb64(assertion[field]))
        tampered[-1] ^= 1
        changed = [*assertion[:field], libfido2.b64(tampered), *assertion[field + 1 :]]
        assert credential.verify(changed).returncode == 1


def test_every_account_of_a_site_answers(key):
    users = [b"first", b"second", b"third"]
    for user_id in users:
        Credential(key, "-r", user_id=user_id)
    answers = Credential(key, "-r", user_id=users[0]).get_assertion()
    fields = 5
    assert len(answers) == fields * len(users)
    # The credential made last answers first.
    assert [unb64(answer) for answer in answers[4::fields]] == [b"first", b"third", b"second"]


def test_a_credential_of_another_key_is_not_there(key, serve):
    credential = Credential(key)
    credential.key = serve("pty", name="other")
    request = lines(libfido2.b64(bytes(32)), libfido2.RP, libfido2.b64(credential.id))
    file = key.directory / "request.in"
    file.write_text(request)
    said = fails("fido2-assert", "-G", "-i", file, credential.key.path)
    assert "FIDO_ERR_NO_CREDENTIALS" in said


def test_a_silent_assertion_says_that_nobody_was_there(key):
    credential = Credential(key)
    assertion = credential.get_assertion("-t", "up=false")
    assert credential.verify(assertion).returncode == 0
    assert credential.verify(assertion, "-p").returncode == 1


def test_a_wrong_pin_makes_no_credential(pin_key):
    file = pin_key.directory / "request.in"
    file.write_text(lines(libfido2.b64(bytes(32)), libfido2.RP, "alice", libfido2.b64(USER_ID)))
    arguments = ["fido2-cred", "-M", "-r", "-i", file, pin_key.path]
    assert "FIDO_ERR_PIN_INVALID" in fails(*arguments, stdin=lines("wrong horse"))
    # Without a PIN (-q) the key makes no discoverable credential either.
    assert "FIDO_ERR_PIN_REQUIRED" in fails(*arguments[:2], "-q", *arguments[2:])


@pytest.mark.parametrize("size", [32, 64], ids=["one-salt", "two-salts"])
@WITH_PIN
def test_secrets_depend_on_credential_salt_and_verification_alone(key, size, pin):
    verified = ()
    if pin is not None:
        set_pin(key, pin)
        verified = ("-v",)
    credential = Credential(key, "-h", *verified, pin=pin)
    another = Credential(key, "-h", *verified, pin=pin)
    salt = os.urandom(size)

    def secret(credential, salt, *flags, pin):
        assertion = credential.get_assertion("-p", *flags, pin=pin, salt=salt)
        assert credential.verify(assertion, "-h", *flags).returncode == 0
        return unb64(assertion[4])

    first = secret(credential, salt, *verified, pin=pin)
    assert len(first) == size
    key.power_cycle()
    assert secret(credential, salt, *verified, pin=pin) == first
    assert secret(credential, salt[:32], *verified, pin=pin) == first[:32]
    assert secret(another, salt, *verified, pin=pin) != first
    assert secret(credential, os.urandom(size), *verified, pin=pin) != first
    if pin is not None:
        assert secret(credential, salt, pin=None) != first


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_protection_level_is_signed(pin_key, level):
    credential = Credential(pin_key, "-r", "-v", "-c", str(level), pin=PIN)
    # fido2-cred -V -c passed; another level does not.
    stdin = lines(*credential.made)
    fails("fido2-cred", "-V", "-c", str(level % 3 + 1), stdin=stdin)


def test_protection_level_2_hides_from_who_does_not_know_the_credential(pin_key):
    credential = Credential(pin_key, "-r", "-v", "-c", "2", pin=PIN)
    assert silent_without_pin(credential, known=False) == "FIDO_ERR_NO_CREDENTIALS"
    assert silent_without_pin(credential, known=True) is None


def test_protection_level_3_hides_from_who_does_not_know_the_pin(pin_key):
    credential = Credential(pin_key, "-r", "-v", "-c", "3", pin=PIN)
    assert silent_without_pin(credential, known=False) == "FIDO_ERR_NO_CREDENTIALS"
    assert silent_without_pin(credential, known=True) == "FIDO_ERR_NO_CREDENTIALS"
    assertion = credential.get_assertion("-v", pin=PIN)
    assert credential.verify(assertion, "-v").returncode == 0


def silent_without_pin(credential, known):
    """The name of the error, if any, when an assertion is asked for without touch and PIN."""
    file = credential.key.directory / "request.in"
    identifier = [libfido2.b64(credential.id)] if known else []
    file.write_text(lines(libfido2.b64(bytes(32)), libfido2.RP, *identifier))
    flags = [] if known else ["-r"]
    arguments = ["-G", *flags, "-t", "up=false", "-t", "pin=false", "-i", file]
    ended = libfido2.run("fido2-assert", *arguments, credential.key.path)
    return ended.stderr.split()[-1] if ended.returncode else None
