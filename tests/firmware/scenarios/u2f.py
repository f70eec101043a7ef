"""Keys that speak U2F alone, and all others behind a bridge that hides their CTAP2."""

from desk import HASH, RP_ID
from fido2.webauthn import AttestationObject
from python_fido2 import ORIGIN, member
from table import scenario

WHO = ["enroll", "--rp", RP_ID, "--user", "bob"]


@scenario()
def a_u2f_registration_and_its_assertion_are_genuine(desk):
    u2f = desk.over_u2f()
    told = u2f("info")
    assert (told["protocol"], told["get_info"]) == ("U2F", None)
    registration = desk.enroll()
    assert AttestationObject(member(registration, "attestationObject")).fmt == "fido-u2f"
    credential = desk.registered(registration)
    file = u2f.json_file("registration.json", registration)
    report = u2f("verify", "registration", file, "--origin", ORIGIN)
    assert (report["genuine"], report["attestation"]) == (True, "basic")
    desk.authenticated(credential, desk.sign_in())


@scenario()
def a_u2f_credential_signs_over_both_protocols(desk):
    u2f = desk.over_u2f()
    desk.enroll()
    sign_in = ["assert", "--credential", "alice.json", "--client-data-hash", HASH]
    assert u2f(*sign_in)["protocol"] == "U2F"
    u2f.device = desk.key.device
    assert u2f(*sign_in)["protocol"] == ("CTAP2" if desk.has("ctap2") else "U2F")


@scenario()
def a_registered_u2f_key_is_not_registered_again(desk):
    u2f = desk.over_u2f()
    desk.enroll()
    error = u2f.fails(6, *WHO, "--exclude-credential", "alice.json")
    assert error["kind"] == "already-registered"
    # It is registered with this relying party only.
    id = desk.record()["credential_id"]
    error = u2f.fails(6, "assert", "--rp", "example.org", "--allow", id)
    assert error["kind"] == "no-credentials"


@scenario()
def what_u2f_cannot_promise_is_refused(desk):
    u2f = desk.over_u2f()
    before = desk.key.remembers()
    wishes = [
        ["--uv", "required"],
        ["--rk", "required"],
        ["--hmac-secret"],
        ["--algorithm", "eddsa"],
        ["--cred-protect", "2", "--enforce-cred-protect"],
        ["--enterprise-attestation", "platform"],
        ["--large-blob", "required"],
        ["--min-pin-length"],
    ]
    for wish in wishes:
        assert u2f.fails(7, *WHO, *wish)["kind"] == "unsupported"
    assert desk.key.remembers() == before
