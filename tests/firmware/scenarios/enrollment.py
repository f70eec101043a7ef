"""`enroll`, without extensions: the credential, its algorithm, its attestation."""

import base64

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from desk import HASH, RP_ID
from fido2.webauthn import AttestationObject, AuthenticatorData
from keys import LISTED, SERIAL
from python_fido2 import member, with_member
from table import scenario

WHO = "enroll --rp example.com --user bob"


def with_a_bit_flipped(response, name):
    data = bytearray(member(response, name))
    data[-1] ^= 1
    return with_member(response, name, data)


@scenario()
def a_registration_is_genuine_for_every_judge(desk):
    registration = desk.enroll(*desk.set_pin())
    credential = desk.registered(registration)
    assert credential.credential_id == member(registration, "authenticatorData")[55:][
        : len(credential.credential_id)
    ]
    assert AttestationObject(member(registration, "attestationObject")).fmt == desk.model.format
    if desk.has("ctap2"):  # the verifier knows the formats of CTAP2 only
        words = desk.verified("registration", registration)
        assert ("packed, self" in words) == (desk.model.name == "opensk"), words
    flags = AuthenticatorData(member(registration, "authenticatorData")).flags
    assert bool(flags & AuthenticatorData.FLAG.UV) == desk.has("clientPin")


@scenario()
def a_registration_with_a_flipped_bit_is_genuine_for_nobody(desk):
    registration = desk.enroll(*desk.set_pin())
    origin = ["--origin", "https://example.com"]
    good = desk.fidoctl.json_file("good.json", registration)
    assert desk.fidoctl("verify", "registration", good, *origin)["genuine"]
    for name in ["authenticatorData", "clientDataJSON", "publicKey"]:
        bad = with_a_bit_flipped(registration, name)
        assert desk.verifier("registration", bad)[0] != 0, name
        file = desk.fidoctl.json_file("bad.json", bad)
        assert desk.fidoctl.run("verify", "registration", file, *origin).code in (2, 8), name


@scenario("rk", refused=f"{WHO} --rk required")
def a_discoverable_credential_is_found_by_others(desk):
    pin = desk.set_pin()
    made = desk.enroll("--rk", "required", "--user-id", "hex:0102", *pin)
    found = desk.foreign_assertion()
    assert found.user["id"] == b"\1\2"
    assert found.credential["id"] == member(made, "authenticatorData")[55:][
        : len(found.credential["id"])
    ]


@scenario()
def a_server_side_credential_is_not_found_without_its_id(desk):
    desk.enroll("--rk", "discouraged", *desk.set_pin())
    code = 6 if desk.has("ctap2") else 7
    desk.fidoctl.fails(code, "assert", "--rp", RP_ID, "--uv", "discouraged")


@scenario("clientPin", refused=f"{WHO} --uv required")
def verification_is_in_what_is_signed(desk):
    registration = desk.enroll("--uv", "required", *desk.set_pin())
    desk.registered(registration, "required")


@scenario()
def a_credential_that_may_not_be_there_already_is_reported(desk):
    pin = desk.set_pin()
    made = desk.enroll(*pin)
    before = desk.key.remembers()
    again = ["enroll", "--rp", RP_ID, "--user", "bob", "--save", "bob.json", *pin]
    for exclude in (["--exclude", made["id"]], ["--exclude-credential", "alice.json"]):
        error = desk.fidoctl.fails(6, *again, *exclude)
        assert error["kind"] == "already-registered"
    assert not (desk.directory / "bob.json").exists()
    if desk.model.options is not None:  # others count their signatures and their tries in flash
        assert desk.key.remembers() == before


@scenario("eddsa", refused=f"{WHO} --algorithm eddsa")
def an_eddsa_credential_signs(desk):
    pin = desk.set_pin()
    registration = desk.enroll("--algorithm", "eddsa", *pin)
    credential = desk.registered(registration)
    assert credential.public_key[3] == -8
    assert "algorithm -8" in desk.verified("registration", registration)
    desk.authenticated(credential, desk.sign_in(*pin))


@scenario()
def algorithms_that_a_key_lacks_are_passed_over(desk):
    wishes = ["--algorithm", "es512", "--algorithm", "es256"]
    assert desk.registered(desk.enroll(*wishes, *desk.set_pin())).public_key[3] == -7


@scenario()
def an_attestation_is_left_out_on_demand_or_nothing_is_made(desk):
    """No list of a key's tells whether it can: it is tried, and taken back."""
    pin = desk.set_pin()
    wish = ["--attestation-format", "none", *pin]
    if desk.has("attestationFormats"):
        registration = desk.enroll(*wish)
        assert AttestationObject(member(registration, "attestationObject")).fmt == "none"
        return
    wish += ["--rk", "required"] if desk.has("credMgmt") else []
    error = desk.fidoctl.fails(7, *WHO.split(), "--save", "bob.json", *wish)
    assert error["kind"] == "unsupported"
    assert not (desk.directory / "bob.json").exists()
    if desk.has("credMgmt"):
        assert desk.fidoctl("credential", "list", *pin)["credentials"] == []


@scenario(
    "ep",
    refused=[
        "config enterprise-attestation --yes",
        f"{WHO} --enterprise-attestation platform",
        f"{WHO} --enterprise-attestation vendor",
    ],
)
def an_enterprise_attestation_names_the_very_key(desk):
    pin = desk.set_pin()
    desk.fidoctl.fails(7, *WHO.split(), "--enterprise-attestation", "platform", *pin)
    desk.fidoctl("config", "enterprise-attestation", "--yes", *pin)
    assert desk.info().options["ep"] is True
    for who, rp in [("platform", RP_ID), ("vendor", LISTED)]:
        wish = ["--client-data-hash", HASH, "--enterprise-attestation", who]
        enroll = ["enroll", "--rp", rp, "--user", "bob", *wish, *pin]
        if rp == LISTED and f"--enterprise-rp={LISTED}" not in desk.model.options:
            desk.fidoctl.fails(7, *enroll)
            continue
        made = desk.fidoctl(*enroll)
        attested = AttestationObject(base64.urlsafe_b64decode(made["attestation_object"] + "=="))
        certificate = x509.load_der_x509_certificate(attested.att_stmt["x5c"][0])
        assert SERIAL.encode() in certificate.public_bytes(Encoding.DER)
        assert made["enterprise_attestation"] is True
