"""appid and appidExclude: credentials that python-fido2 made over U2F for an application ID, used
by fidoctl, and held against python-fido2's own server for such credentials."""

import json

import pytest
from fido2.ctap1 import Ctap1
from fido2.ctap2 import Ctap2
from fido2.server import Fido2Server
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticatorData

from fidoctl import NOT_GENUINE, UNEXPECTED, USAGE
from python_fido2 import CHALLENGE, ORIGIN, RP_ID, open_device

APP_ID = "https://example.com/u2f/app-id.json"
HASH = bytes(32)


@pytest.fixture(params=[[], ["--u2f-only"]], ids=["ctap2", "u2f-only"])
def plugged(request, serve, fidoctl):
    key = serve("unix", make=request.param)
    fidoctl.device = key.device
    return key


def made_over_u2f(key, application):
    """A credential that a site got before WebAuthn."""
    device = open_device(key)
    registered = Ctap1(device).register(HASH, sha256(application.encode()))
    device.close()
    return AttestedCredentialData.from_ctap1(registered.key_handle, registered.public_key)


def allow(credential):
    return ["--rp", RP_ID, "--allow", websafe_encode(credential.credential_id)]


def test_an_old_credential_signs_for_its_site(plugged, fidoctl):
    old = made_over_u2f(plugged, APP_ID)
    challenge = websafe_encode(CHALLENGE)
    response = fidoctl("assert", *allow(old), "--appid", APP_ID, "--challenge", challenge)
    assert response["clientExtensionResults"] == {"appid": True}
    # Such a server takes its old application ID for the RP ID.
    rp = {"id": APP_ID, "name": "Example"}
    server = Fido2Server(rp, verify_origin=lambda origin: origin == ORIGIN)
    state = {"challenge": challenge, "user_verification": None}
    assert server.authenticate_complete(state, [old], response) is old
    data = AuthenticatorData(websafe_decode(response["response"]["authenticatorData"]))
    assert data.rp_id_hash == sha256(APP_ID.encode())


def test_a_credential_of_the_rp_id_needs_no_application_id(plugged, fidoctl):
    new = made_over_u2f(plugged, RP_ID)
    response = fidoctl("assert", *allow(new), "--appid", APP_ID)
    assert response["clientExtensionResults"] == {"appid": False}
    assert "appid" not in fidoctl("assert", *allow(new))["clientExtensionResults"]


def test_only_words_bring_the_application_id_into_play(plugged, fidoctl):
    old = made_over_u2f(plugged, APP_ID)
    assert fidoctl.fails(UNEXPECTED, "assert", *allow(old))["kind"] == "no-credentials"


@pytest.mark.parametrize(
    "app_id, code",
    [
        ("https://other.example/app-id.json", NOT_GENUINE),
        ("https://example.com.evil.example", NOT_GENUINE),
        ("http://example.com", USAGE),
        ("example.com", USAGE),
    ],
)
def test_a_site_uses_no_application_id_of_another(fidoctl, key, app_id, code):
    old = made_over_u2f(key, app_id)
    error = fidoctl.fails(code, "assert", *allow(old), "--appid", app_id)
    assert error["dom_exception"] == "SecurityError"
    enroll = ["enroll", "--rp", RP_ID, "--user", "alice", "--exclude", "AAAA"]
    assert fidoctl.fails(code, *enroll, "--appid-exclude", app_id)["dom_exception"] == "SecurityError"


def test_a_subdomain_uses_its_site_s_application_id(fidoctl, key):
    app_id = "https://www.example.com/app-id.json"
    old = made_over_u2f(key, app_id)
    origin = ["--origin", "https://login.example.com"]
    response = fidoctl("assert", *allow(old), "--appid", app_id, *origin)
    assert response["clientExtensionResults"] == {"appid": True}


def test_an_old_credential_keeps_a_new_one_away(plugged, fidoctl):
    old = made_over_u2f(plugged, APP_ID)
    enroll = ["enroll", "--rp", RP_ID, "--user", "alice"]
    exclude = ["--exclude", websafe_encode(old.credential_id)]
    excluded = fidoctl.fails(UNEXPECTED, *enroll, *exclude, "--appid-exclude", APP_ID)
    assert excluded["kind"] == "already-registered"
    made = fidoctl(*enroll, *exclude)
    assert "appidExclude" not in made["clientExtensionResults"]
    made = fidoctl(*enroll, *exclude, "--appid-exclude", "https://example.com/another")
    assert made["clientExtensionResults"]["appidExclude"] is True


def test_python_fido2_finds_the_same_credential_by_the_application_id(key, fidoctl):
    """Over CTAP2, as fidoctl does: the application ID stands where the RP ID does."""
    old = made_over_u2f(key, APP_ID)
    device = open_device(key)
    allowed = [{"type": "public-key", "id": old.credential_id}]
    assertion = Ctap2(device).get_assertion(APP_ID, HASH, allowed)
    device.close()
    assertion.verify(HASH, old.public_key)
    assert assertion.auth_data.rp_id_hash == sha256(APP_ID.encode())


def test_options_bring_it_along(plugged, fidoctl):
    old = made_over_u2f(plugged, APP_ID)
    options = {
        "challenge": websafe_encode(CHALLENGE),
        "rpId": RP_ID,
        "allowCredentials": [{"type": "public-key", "id": websafe_encode(old.credential_id)}],
        "extensions": {"appid": APP_ID},
    }
    foreign = {**options, "extensions": {"appid": "https://other.example"}}
    batch = json.dumps(options) + "\n" + json.dumps(foreign) + "\n"
    ended = fidoctl.run("assert", "--batch", "--origin", ORIGIN, stdin=batch).expect(9)
    done, refused = [json.loads(line) for line in ended.out.splitlines()]
    assert done["clientExtensionResults"] == {"appid": True}
    assert refused["error"]["dom_exception"] == "SecurityError"
