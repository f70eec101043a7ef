"""python-fido2's server makes options, fidoctl does as a browser would, and the server accepts it."""

import json

import pytest
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AuthenticatorAttachment,
    PublicKeyCredentialParameters,
)

from fidoctl import DONE, NOT_GENUINE, PIN as NO_PIN, UNEXPECTED, UNSUPPORTED, USAGE
from python_fido2 import ORIGIN, RP_ID, client, member, open_device, verify_attestation

PIN = "correct horse"
USER = {"id": b"alice-1", "name": "alice", "displayName": "Alice"}
ALGORITHMS = {"es256": -7, "eddsa": -8}


class Service:
    """A relying party that speaks JSON only, and a key in fidoctl's hands."""

    def __init__(self, fidoctl, attestation="direct", algorithm=-7):
        rp = {"id": RP_ID, "name": "Example"}
        checks = {"direct": verify_attestation}.get(attestation)
        self.server = Fido2Server(rp, attestation=attestation, verify_attestation=checks)
        self.server.allowed_algorithms = [
            PublicKeyCredentialParameters(type="public-key", alg=algorithm)
        ]
        self.fidoctl, self.credentials = fidoctl, []

    def creation(self, **wishes):
        options, state = self.server.register_begin(USER, self.credentials, **wishes)
        return dict(options), state

    def request(self, listed=True, **wishes):
        credentials = self.credentials if listed else None
        options, state = self.server.authenticate_begin(credentials, **wishes)
        return dict(options), state

    def enroll(self, *args, options=None, **wishes):
        creation, state = options or self.creation(**wishes)
        file = self.fidoctl.json_file("creation.json", creation)
        response = self.fidoctl("enroll", "--options", file, "--origin", ORIGIN, *args)
        credential = self.server.register_complete(state, response).credential_data
        self.credentials.append(credential)
        return response

    def sign_in(self, *args, options=None, **wishes):
        request, state = options or self.request(**wishes)
        file = self.fidoctl.json_file("request.json", request)
        response = self.fidoctl("assert", "--options", file, "--origin", ORIGIN, *args)
        self.server.authenticate_complete(state, self.credentials, response)
        return response


@pytest.fixture
def service(key, fidoctl):
    return Service(fidoctl)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("attestation", ["direct", "none"])
def test_a_server_accepts_what_its_options_led_to(key, fidoctl, algorithm, attestation):
    service = Service(fidoctl, attestation, ALGORITHMS[algorithm])
    registration = service.enroll()
    assert registration["response"]["publicKeyAlgorithm"] == ALGORITHMS[algorithm]
    service.sign_in()
    pin = fidoctl.set_pin(PIN)
    service.sign_in(*pin, user_verification="required")


def test_attestation_none_keeps_the_model_and_drops_the_rest(key, fidoctl):
    response = Service(fidoctl, "none").enroll()
    attestation = AttestationObject(member(response, "attestationObject"))
    assert (attestation.fmt, attestation.att_stmt) == ("none", {})
    assert any(attestation.auth_data.credential_data.aaguid)
    assert attestation.auth_data == member(response, "authenticatorData")


def test_client_data_carry_the_servers_challenge(service):
    creation, state = service.creation()
    response = service.enroll(options=(creation, state))
    assert member(response, "clientDataJSON").decode() == (
        f'{{"type":"webauthn.create","challenge":"{creation["publicKey"]["challenge"]}",'
        f'"origin":"{ORIGIN}","crossOrigin":false}}'
    )


def test_discoverable_credentials_name_their_user(service, fidoctl):
    pin = fidoctl.set_pin(PIN)
    response = service.enroll(
        *pin, resident_key_requirement="required", extensions={"credProps": True}
    )
    assert response["clientExtensionResults"] == {"credProps": {"rk": True}}
    response = service.sign_in(*pin, listed=False)
    assert member(response, "userHandle") == USER["id"]


def test_prf_outputs_are_those_that_python_fido2_gets(key, service, fidoctl):
    pin = fidoctl.set_pin(PIN)
    first, second = websafe_encode(b"first"), websafe_encode(b"second" * 50)
    made = service.enroll(*pin, extensions={"prf": {"eval": {"first": first}}})
    at_creation = made["clientExtensionResults"]["prf"]
    assert at_creation["enabled"] is True
    inputs = {"prf": {"eval": {"first": first, "second": second}}}
    ours = service.sign_in(*pin, extensions=inputs)["clientExtensionResults"]["prf"]["results"]
    assert ours["first"] == at_creation["results"]["first"] != ours["second"]
    by_credential = {
        "prf": {
            "eval": {"first": first},
            "evalByCredential": {made["id"]: {"first": second, "second": first}},
        }
    }
    named = service.sign_in(*pin, extensions=by_credential)["clientExtensionResults"]["prf"]
    assert named["results"] == {"first": ours["second"], "second": ours["first"]}
    request, _ = service.request(extensions=inputs)
    device = open_device(key)
    try:
        selection = client(device, PIN).get_assertion(request["publicKey"])
        theirs = selection.get_response(0).client_extension_results["prf"]["results"]
    finally:
        device.close()
    assert dict(theirs) == ours


def test_prf_inputs_follow_the_credential_that_is_on_the_key(service, fidoctl):
    pin = fidoctl.set_pin(PIN)
    service.enroll(*pin, extensions={"prf": {}})
    mine = service.credentials[0].credential_id
    request, state = service.request()
    known, foreign = websafe_encode(mine), websafe_encode(b"f" * len(mine))
    public_key = request["publicKey"]
    public_key["allowCredentials"].insert(0, {"type": "public-key", "id": foreign})
    one, other = websafe_encode(b"one"), websafe_encode(b"other")

    def first(prf):
        public_key["extensions"] = {"prf": prf}
        response = service.sign_in(*pin, options=(request, state))
        return response["clientExtensionResults"]["prf"]["results"]["first"]

    chosen = first({"evalByCredential": {foreign: {"first": one}, known: {"first": other}}})
    assert chosen == first({"eval": {"first": other}}) != first({"eval": {"first": one}})


def test_large_blobs_and_cred_blobs_come_back(service, fidoctl):
    pin = fidoctl.set_pin(PIN)
    response = service.enroll(
        *pin,
        resident_key_requirement="required",
        extensions={"largeBlob": {"support": "required"}, "credBlob": "AQID"},
    )
    made = {"credBlob": True, "largeBlob": {"supported": True}}
    assert response["clientExtensionResults"] == made

    def blob(**inputs):
        response = service.sign_in(*pin, extensions={"largeBlob": inputs})
        return response["clientExtensionResults"]["largeBlob"]

    assert blob(read=True) == {}
    content = websafe_encode(b"hello " * 50)
    assert blob(write=content) == {"written": True}
    assert blob(read=True) == {"blob": content}
    response = service.sign_in(*pin, extensions={"getCredBlob": True})
    assert response["clientExtensionResults"] == {"getCredBlob": "AQID"}


def test_what_the_key_cannot_do_is_told_and_what_is_demanded_is_an_error(service, fidoctl):
    # Without a PIN nothing can be derived with user verification, and none is demanded here.
    response = service.enroll(extensions={"prf": {}, "hmacCreateSecret": True, "foo": {}})
    results = response["clientExtensionResults"]
    assert results == {"prf": {"enabled": True}, "hmacCreateSecret": True}

    def fails(code, **wishes):
        creation, _ = service.creation(**wishes)
        file = fidoctl.json_file("creation.json", creation)
        return fidoctl.fails(code, "enroll", "--options", file)

    error = fails(UNEXPECTED)
    assert (error["kind"], error["dom_exception"]) == ("already-registered", "InvalidStateError")
    service.credentials.clear()
    error = fails(NO_PIN, user_verification="required")
    assert error["dom_exception"] == "ConstraintError"
    platform = AuthenticatorAttachment.PLATFORM
    error = fails(UNSUPPORTED, authenticator_attachment=platform)
    assert error["dom_exception"] == "NotAllowedError"


def test_origins_are_held_against_the_rp_id(service, fidoctl):
    creation, _ = service.creation()
    file = fidoctl.json_file("creation.json", creation)

    def enroll(*origin):
        return ["enroll", "--options", file, *origin]

    foreign = ["--origin", "https://other.example"]
    error = fidoctl.fails(NOT_GENUINE, *enroll(*foreign))
    assert error["dom_exception"] == "SecurityError"
    assert "(securityerror)" in fidoctl.says(NOT_GENUINE, *enroll(*foreign))
    listed = fidoctl.json_file("related.json", {"origins": ["https://other.example"]})
    made = fidoctl(*enroll(*foreign, "--related-origins", listed))
    assert json.loads(member(made, "clientDataJSON"))["origin"] == "https://other.example"
    app = "android:apk-key-hash:abc"
    made = fidoctl(*enroll("--app-origin", app))
    assert json.loads(member(made, "clientDataJSON"))["origin"] == app


def test_flags_cannot_ask_for_less_than_the_options(service, fidoctl):
    creation, _ = service.creation(user_verification="preferred")
    file = fidoctl.json_file("creation.json", creation)
    for args in [["--uv", "discouraged"], ["--rp", RP_ID], ["--rk", "required"]]:
        fidoctl.fails(USAGE, "enroll", "--options", file, *args)
    request = fidoctl.json_file("request.json", {"challenge": "AAEC", "rpId": RP_ID})
    for args in [["--allow", "AQID"], ["--large-blob"], ["--challenge", "AAEC"]]:
        fidoctl.fails(USAGE, "assert", "--options", request, *args)
    pin = fidoctl.set_pin(PIN)
    made = fidoctl("enroll", "--options", file, "--uv", "required", *pin)
    assert member(made, "authenticatorData")[32] & 0x04


def test_mistakes_name_their_member_and_the_way_out(service, fidoctl):
    creation, _ = service.creation()
    creation["publicKey"]["user"]["id"] = "YWxpY2UtMQ=="
    file = fidoctl.json_file("creation.json", creation)
    error = fidoctl.fails(USAGE, "enroll", "--options", file)
    assert "publicKey.user.id: base64url without padding is wanted" in error["message"]
    assert error["dom_exception"] == "EncodingError"
    assert "--lenient-json" in error["hints"][0]
    utf_16 = fidoctl.file("utf-16.json", json.dumps(creation).encode("utf-16"))
    fidoctl("enroll", "--options", utf_16, "--lenient-json")
    text = json.dumps(creation)
    ended = fidoctl.run("enroll", "--options", "-", "--lenient-json", "--json", stdin=text)
    assert ended.expect(DONE).json["type"] == "public-key"
    missing = fidoctl.json_file("missing.json", {"publicKey": {"challenge": "AAEC"}})
    error = fidoctl.fails(USAGE, "enroll", "--options", missing)
    assert error["message"].endswith("publicKey.rp is missing")


def test_a_saved_record_signs_in_and_verifies(service, fidoctl):
    creation, _ = service.creation()
    file = fidoctl.json_file("creation.json", creation)
    fidoctl("enroll", "--options", file, "--save", "credential.json")
    assertion = fidoctl("assert", "--credential", "credential.json")
    signed = fidoctl.json_file("assertion.json", assertion)
    fidoctl("verify", "assertion", signed, "--credential", "credential.json", "--origin", ORIGIN)
    record = json.loads((fidoctl.directory / "credential.json").read_text())
    client_data = websafe_decode(record["client_data_json"])
    assert json.loads(client_data)["challenge"] == creation["publicKey"]["challenge"]
