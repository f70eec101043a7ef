"""python-fido2 is the relying party of what fidoctl prints; fidoctl's own verifier agrees."""

import hashlib
import json

import pytest
from fido2 import cbor
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject

from fidoctl import DONE, NOT_GENUINE, USAGE
from python_fido2 import (
    CHALLENGE,
    ORIGIN,
    RelyingParty,
    flipped,
    flips,
    member,
    with_attestation_signature,
    with_authenticator_data,
    with_member,
)

EXPECTED = ["--origin", ORIGIN, "--challenge", websafe_encode(CHALLENGE)]
GIVEN = EXPECTED[2:]
PIN = "correct horse"
ALGORITHMS = pytest.mark.parametrize("algorithm", ["es256", "eddsa"])
COSE = {"es256": -7, "eddsa": -8}


@pytest.fixture
def relying_party():
    return RelyingParty()


@pytest.fixture
def enroll(key, fidoctl):
    def enroll(*args):
        return fidoctl.enroll(*GIVEN, *args)

    return enroll


@pytest.fixture
def sign_in(fidoctl):
    def sign_in(*args):
        return fidoctl("assert", "--credential", "credential.json", *GIVEN, *args)

    return sign_in


@pytest.fixture
def verify(fidoctl):
    """The exit code of fidoctl's own verifier."""

    def verify(kind, response, *args):
        file = fidoctl.json_file(f"{kind}.json", response)
        record = ["--credential", "credential.json"] if kind == "assertion" else []
        expected = args or EXPECTED
        ended = fidoctl.run("verify", kind, file, *record, *expected, "--json")
        if ended.code != DONE:
            assert ended.error
        return ended.code

    return verify


@ALGORITHMS
@pytest.mark.parametrize("discoverable", ["required", "discouraged"])
@pytest.mark.parametrize("pin", [None, PIN], ids=["no-pin", "pin"])
def test_what_is_enrolled_is_registered_and_signs_in(
    fidoctl, enroll, sign_in, verify, algorithm, discoverable, pin
):
    pin = [] if pin is None else fidoctl.set_pin(pin)
    relying_party = RelyingParty(user_verification="required" if pin else None)
    wishes = ["--algorithm", algorithm, "--rk", discoverable, "--user-id", "YWxpY2UtMQ"]
    registration = enroll(*wishes, *pin)
    credential = relying_party.register(registration)
    assert credential.public_key[3] == COSE[algorithm]
    assertion = sign_in(*pin)
    relying_party.authenticate(credential, assertion)
    if discoverable == "required":
        assertion = fidoctl("assert", "--rp", "example.com", *GIVEN, *pin)
        relying_party.authenticate(credential, assertion)
        assert member(assertion, "userHandle") == b"alice-1"
    assert verify("registration", registration) == DONE
    assert verify("assertion", assertion) == DONE


def test_a_registration_says_the_same_in_all_its_members(enroll):
    registration = enroll()
    attestation = AttestationObject(member(registration, "attestationObject"))
    assert attestation.fmt == "packed"
    assert member(registration, "authenticatorData") == attestation.auth_data
    credential = attestation.auth_data.credential_data
    assert registration["id"] == registration["rawId"] == websafe_encode(credential.credential_id)
    assert registration["type"] == "public-key"
    assert registration["response"]["publicKeyAlgorithm"] == -7
    assert isinstance(registration["response"]["transports"], list)
    assert "clientExtensionResults" in registration
    # SubjectPublicKeyInfo of a P-256 key ends with x and y.
    spki = member(registration, "publicKey")
    assert spki[-64:] == credential.public_key[-2] + credential.public_key[-3]


def test_client_data_are_written_as_webauthn_demands(enroll, sign_in):
    registration, assertion = enroll(), sign_in()
    challenge = websafe_encode(CHALLENGE)
    for response, kind in [(registration, "create"), (assertion, "get")]:
        assert member(response, "clientDataJSON").decode() == (
            f'{{"type":"webauthn.{kind}","challenge":"{challenge}",'
            f'"origin":"{ORIGIN}","crossOrigin":false}}'
        )


@ALGORITHMS
def test_a_registration_with_a_bit_flipped_in_any_byte_is_refused(enroll, relying_party, algorithm):
    registration = enroll("--algorithm", algorithm)
    relying_party.register(registration)
    attestation = AttestationObject(member(registration, "attestationObject"))
    client_data, signature = member(registration, "clientDataJSON"), attestation.att_stmt["sig"]
    changed = [with_member(registration, "clientDataJSON", data) for data in flips(client_data)]
    changed += [with_attestation_signature(registration, data) for data in flips(signature)]
    changed += with_flipped_authenticator_data(registration, attestation.auth_data)
    assert len(changed) > 100 + 64 + 37 + 100
    for response in changed:
        assert_refused(relying_party.register, response)


def with_flipped_authenticator_data(registration, data):
    for changed in flips(data):
        try:
            yield with_authenticator_data(registration, changed)
        except Exception:  # python-fido2 cannot even read it: so much the better
            continue


@ALGORITHMS
def test_an_assertion_with_a_bit_flipped_in_any_byte_is_refused(enroll, sign_in, relying_party, algorithm):
    credential = relying_party.register(enroll("--algorithm", algorithm))
    assertion = sign_in()
    relying_party.authenticate(credential, assertion)
    for name in ["signature", "authenticatorData", "clientDataJSON"]:
        for data in flips(member(assertion, name)):
            changed = with_member(assertion, name, data)
            assert_refused(lambda changed: relying_party.authenticate(credential, changed), changed)


def assert_refused(judge, response):
    with pytest.raises(Exception):
        judge(response)


# Offsets into authenticator data: 32 bytes of RP ID hash, flags, counter, and then the credential.
SAMPLE = {
    "rp-id-hash": ("authenticatorData", 0),
    "user-present": ("authenticatorData", 32),
    "counter": ("authenticatorData", 36),
    "signature-start": ("signature", -64),
    "signature-end": ("signature", -1),
    "challenge": ("clientDataJSON", 40),
    "type": ("clientDataJSON", 10),
    "origin": ("clientDataJSON", -24),
}


@ALGORITHMS
def test_fidoctl_refuses_a_tampered_assertion_as_well(enroll, sign_in, verify, algorithm):
    enroll("--algorithm", algorithm)
    assertion = sign_in()
    assert verify("assertion", assertion) == DONE
    for name, position in SAMPLE.values():
        changed = with_member(assertion, name, flipped(member(assertion, name), position))
        assert verify("assertion", changed) == NOT_GENUINE, (name, position)


@ALGORITHMS
def test_fidoctl_refuses_a_tampered_registration_as_well(enroll, verify, algorithm):
    registration = enroll("--algorithm", algorithm)
    assert verify("registration", registration) == DONE
    attestation = AttestationObject(member(registration, "attestationObject"))
    changed = [
        with_authenticator_data(registration, flipped(attestation.auth_data, position))
        for position in [0, 36, 40, 60, -1]
    ]
    signature = attestation.att_stmt["sig"]
    changed += [
        with_attestation_signature(registration, flipped(signature, position))
        for position in [-1, -40]
    ]
    client_data = member(registration, "clientDataJSON")
    changed += [
        with_member(registration, "clientDataJSON", flipped(client_data, position))
        for position in [10, 40, -24]
    ]
    for number, response in enumerate(changed):
        assert verify("registration", response) == NOT_GENUINE, number


@pytest.mark.parametrize(
    "expected",
    [
        ["--origin", "https://example.org", *EXPECTED[2:]],
        ["--origin", "https://login.example.com", *EXPECTED[2:]],
        ["--origin", ORIGIN, "--challenge", websafe_encode(bytes(32))],
    ],
    ids=["origin", "subdomain", "challenge"],
)
def test_fidoctl_refuses_what_was_made_for_another(enroll, sign_in, verify, expected):
    registration, assertion = enroll(), sign_in()
    assert verify("registration", registration, *expected) == NOT_GENUINE
    assert verify("assertion", assertion, *expected) == NOT_GENUINE


def test_fidoctl_refuses_an_assertion_of_another_credential(enroll, fidoctl, verify, sign_in):
    enroll()
    assertion = sign_in()
    fidoctl.enroll(*GIVEN, record="other.json")
    file = fidoctl.json_file("assertion.json", assertion)
    record = ["--credential", "other.json"]
    fidoctl.fails(NOT_GENUINE, "verify", "assertion", file, *record, *EXPECTED)
    # Nor does another's name make it genuine.
    other = fidoctl.enroll(*GIVEN, record="third.json")
    renamed = {**assertion, "id": other["id"], "rawId": other["rawId"]}
    file = fidoctl.json_file("assertion.json", renamed)
    fidoctl.fails(NOT_GENUINE, "verify", "assertion", file, "--credential", "third.json")


def test_fidoctl_verifies_what_fidoctl_cannot_read_as_a_usage_error(enroll, fidoctl):
    enroll()
    for content in ["", "{", "[]", "null", '{"id": 1}', "\x00"]:
        file = fidoctl.file("broken.json", content)
        fidoctl.fails(USAGE, "verify", "registration", file)
        fidoctl.fails(USAGE, "verify", "assertion", file, "--credential", "credential.json")
    fidoctl.fails(USAGE, "verify", "registration", "absent.json")


def test_signatures_over_a_hash_made_elsewhere_verify(key, fidoctl):
    digest = hashlib.sha256(b"client data of somebody else").digest()
    raw = ["--client-data-hash", digest.hex()]
    made = fidoctl("enroll", "--rp", "example.com", "--user", "alice", *raw)
    attestation = AttestationObject(websafe_decode(made["attestation_object"]))
    credential = attestation.auth_data.credential_data
    identifier = websafe_encode(credential.credential_id)
    arguments = ["--rp", "example.com", "--allow", identifier]
    assertion = fidoctl("assert", *arguments, *raw)
    signed = websafe_decode(assertion["authenticator_data"]) + digest
    credential.public_key.verify(signed, websafe_decode(assertion["signature"]))


def test_every_account_signs_in_for_itself(key, fidoctl, relying_party):
    credentials = {}
    for user in ["alice", "bob", "carol"]:
        wishes = ["--rk", "required", *GIVEN]
        registration = fidoctl.enroll(*wishes, user=user, record=f"{user}.json")
        credentials[registration["id"]] = relying_party.register(registration)
    assertions = fidoctl("assert", "--rp", "example.com", "--all", *GIVEN)
    assert {assertion["id"] for assertion in assertions} == credentials.keys()
    for assertion in assertions:
        relying_party.authenticate(credentials[assertion["id"]], assertion)


def test_the_saved_record_holds_the_public_key_and_no_secret(enroll, fidoctl, relying_party):
    credential = relying_party.register(enroll())
    record = json.loads((fidoctl.directory / "credential.json").read_text())
    assert record["schema"] == "fidoctl.credential/1"
    assert record["rp_id"] == "example.com"
    assert websafe_decode(record["credential_id"]) == credential.credential_id
    assert cbor.decode(websafe_decode(record["public_key_cose"])) == credential.public_key
    assert record["public_key_pem"].startswith("-----BEGIN PUBLIC KEY-----")
    assert "private" not in json.dumps(record).lower()
