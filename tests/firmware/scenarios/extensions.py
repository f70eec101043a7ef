"""`enroll` with extensions, and `secret`."""

from desk import HASH, PIN, RP_ID
from fido2.client import DefaultClientDataCollector, Fido2Client
from fido2.ctap import CtapError
from fido2.ctap2.extensions import HmacSecretExtension
from fido2.utils import websafe_decode
from fido2.webauthn import AuthenticatorData
from python_fido2 import ORIGIN, Person, member
from table import scenario

WHO = "enroll --rp example.com --user bob"
SALT, SALT2 = "11" * 32, "22" * 32


def outputs(registration):
    return AuthenticatorData(member(registration, "authenticatorData")).extensions or {}


def credential_id(desk, user="alice"):
    return websafe_decode(desk.record(user)["credential_id"])


@scenario("credProtect", refused=f"{WHO} --cred-protect 3 --enforce-cred-protect")
def a_protected_credential_hides_from_who_does_not_know_the_pin(desk):
    pin = desk.set_pin()
    wish = ["--rk", "required", "--cred-protect", "3", "--enforce-cred-protect"]
    assert outputs(desk.enroll(*wish, *pin))["credProtect"] == 3
    for allow in (None, credential_id(desk)):
        try:
            desk.foreign_assertion(allow=allow)
        except CtapError as error:
            # The key does not even tell that there is one, or that it wants the PIN.
            assert error.code in (CtapError.ERR.NO_CREDENTIALS, CtapError.ERR.PUAT_REQUIRED)
        else:
            raise AssertionError("it was found")
    desk.sign_in("--uv", "required", *pin)


@scenario()
def protection_that_need_not_be_is_told_when_it_is_not(desk):
    wish = ["enroll", "--rp", RP_ID, "--user", "bob", "--cred-protect", "2"]
    ended = desk.fidoctl.run(*wish, *desk.set_pin(), "--json", "--progress", "json").expect(0)
    assert ('"not-protected"' in ended.err) != desk.has("credProtect"), ended


@scenario("credBlob", refused=f"{WHO} --rk required --cred-blob 0102")
def bytes_with_a_credential_are_read_by_others(desk):
    pin = desk.set_pin()
    desk.enroll("--rk", "required", "--cred-blob", "0102", *pin)
    found = desk.foreign_assertion(extensions={"credBlob": True})
    assert found.auth_data.extensions["credBlob"] == b"\1\2"
    sign_in = ["assert", "--rp", RP_ID, "--cred-blob", "--client-data-hash", HASH, *pin]
    blob = desk.fidoctl(*sign_in)["extension_results"]["getCredBlob"]
    assert websafe_decode(blob) == b"\1\2"


@scenario("minPinLength", refused=f"{WHO} --min-pin-length")
def the_least_pin_length_is_told_to_whom_it_may_be_told(desk):
    pin = desk.set_pin()
    desk.fidoctl("config", "min-pin-length", "6", "--rp", RP_ID, "--yes", *pin)
    assert outputs(desk.enroll("--min-pin-length", *pin))["minPinLength"] == 6
    desk.fidoctl.fails(7, "enroll", "--rp", "b.example", "--user", "bob", "--min-pin-length", *pin)


@scenario("thirdPartyPayment", refused=[f"{WHO} --payment"])
def a_credential_for_payments_is_told_from_others(desk):
    pin = desk.set_pin()
    desk.enroll("--payment", *pin)
    desk.enroll(*pin, user="bob")
    for user, is_for_payments in [("alice", True), ("bob", False)]:
        allow = credential_id(desk, user)
        found = desk.foreign_assertion(allow=allow, extensions={"thirdPartyPayment": True})
        told = found.auth_data.extensions or {}
        assert told.get("thirdPartyPayment", False) is is_for_payments, user
        asked = desk.sign_in("--payment", *pin, user=user)
        assert outputs(asked).get("thirdPartyPayment", False) is is_for_payments


@scenario("pinComplexityPolicy", refused=[f"{WHO} --pin-complexity"])
def the_rules_for_pins_are_told_to_whom_they_may_be_told(desk):
    pin = desk.set_pin()
    desk.fidoctl("config", "min-pin-length", "--rp", RP_ID, *pin)
    assert outputs(desk.enroll("--pin-complexity", *pin))["pinComplexityPolicy"] is False


def foreign_secrets(desk, *salts, pin):
    """python-fido2's."""
    with desk.device() as device:
        client = Fido2Client(
            device,
            DefaultClientDataCollector(ORIGIN),
            Person(pin),
            [HmacSecretExtension(allow_hmac_secret=True)],
        )
        inputs = dict(zip(["salt1", "salt2"], map(bytes.fromhex, salts)))
        selection = client.get_assertion(
            {
                "rpId": RP_ID,
                "challenge": bytes(32),
                "allowCredentials": [{"type": "public-key", "id": credential_id(desk)}],
                "userVerification": "required" if pin else "discouraged",
                "extensions": {"hmacGetSecret": inputs},
            }
        )
        found = selection.get_response(0).client_extension_results["hmacGetSecret"]
        return [websafe_decode(found[name]) for name in ["output1", "output2"] if found[name]]


@scenario("hmac-secret", refused=f"secret --credential alice.json --salt {SALT} --uv discouraged")
def secrets_are_those_that_others_derive(desk):
    pin = desk.set_pin()
    desk.enroll("--hmac-secret", *pin)
    secret = ["secret", "--credential", "alice.json", "--salt", SALT, "--salt2", SALT2]
    derived = desk.fidoctl(*secret, *pin)
    ours = [bytes.fromhex(derived[name]) for name in ["first", "second"]]
    assert ours == foreign_secrets(desk, SALT, SALT2, pin=PIN)
    desk.replug()
    assert desk.fidoctl(*secret, *pin)["first"] == derived["first"]
    touched = desk.fidoctl(*secret, "--uv", "discouraged")
    assert touched["first"] != derived["first"]
    assert [derived["user_verified"], touched["user_verified"]] == [True, False]
    output = ["--output", "raw", "--out", "secret.bin"]
    desk.fidoctl(*secret, *output, *pin)
    assert (desk.directory / "secret.bin").read_bytes() == b"".join(ours)


@scenario("hmac-secret-mc", refused=[f"{WHO} --prf first", f"{WHO} --hmac-secret-salt {SALT}"])
def a_secret_at_creation_is_the_one_derived_later(desk):
    pin = desk.set_pin()
    raw = ["--client-data-hash", HASH, "--hmac-secret-salt", SALT]
    made = desk.fidoctl(*WHO.split(), "--save", "alice.json", *raw, *pin)
    first = foreign_secrets(desk, SALT, pin=PIN)
    assert [websafe_decode(made["extension_results"]["hmacGetSecret"]["output1"])] == first
    prf = ["--prf", "first", "--prf2", "second"]
    results = desk.enroll(*prf, *pin, user="bob")["clientExtensionResults"]["prf"]["results"]
    later = ["secret", "--credential", "bob.json", *prf, "--output", "base64url", *pin]
    derived = desk.fidoctl(*later)
    assert [results["first"], results["second"]] == [derived["first"], derived["second"]]
