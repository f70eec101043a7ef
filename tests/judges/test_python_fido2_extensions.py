"""Every extension that python-fido2 knows, through its own client, in one ceremony."""

import hashlib

import pytest
from fido2.client import DefaultClientDataCollector, Fido2Client
from fido2.ctap2 import extensions
from fido2.ctap2.extensions import Ctap2Extension
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import PublicKeyCredentialCreationOptions as CreationOptions
from fido2.webauthn import PublicKeyCredentialRequestOptions as RequestOptions

from python_fido2 import CHALLENGE, ORIGIN, RP_ID, Person, open_device

PIN = "correct horse"
# A draft that no standard has.
DRAFTS = {extensions.PreviewSignExtension}
SALT = bytes(32)


def known():
    kinds = set(Ctap2Extension.__subclasses__()) - DRAFTS
    return [
        kind(allow_hmac_secret=True) if kind is extensions.HmacSecretExtension else kind()
        for kind in kinds
    ]


@pytest.fixture
def device(key, fidoctl):
    pin = fidoctl.set_pin(PIN)
    fidoctl("config", "min-pin-length", "--rp", RP_ID, *pin)
    device = open_device(key)
    yield device
    device.close()


def client(device):
    return Fido2Client(device, DefaultClientDataCollector(ORIGIN), Person(PIN), known())


def register(device, inputs):
    options = {
        "rp": {"id": RP_ID, "name": "Example"},
        "user": {"id": websafe_encode(b"alice"), "name": "alice", "displayName": "Alice"},
        "challenge": websafe_encode(CHALLENGE),
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
        "extensions": inputs,
    }
    return client(device).make_credential(CreationOptions.from_dict(options))


def sign_in(device, id, inputs):
    options = {
        "rpId": RP_ID,
        "challenge": websafe_encode(CHALLENGE),
        "allowCredentials": [{"type": "public-key", "id": websafe_encode(id)}],
        "userVerification": "required",
        "extensions": inputs,
    }
    options = RequestOptions.from_dict(options)
    return client(device).get_assertion(options).get_response(0)


def test_every_extension_answers_at_creation_and_later(device):
    made = register(
        device,
        {
            "credProps": True,
            "credentialProtectionPolicy": "userVerificationRequired",
            "enforceCredentialProtectionPolicy": True,
            "credBlob": b"bytes",
            "minPinLength": True,
            "pinComplexityPolicy": True,
            "largeBlob": {"support": "required"},
            "payment": {"isPayment": True},
            "prf": {"eval": {"first": websafe_encode(SALT)}},
        },
    )
    signed = dict(made.response.attestation_object.auth_data.extensions)
    at_creation = signed.pop("hmac-secret-mc")
    assert len(at_creation) in (32, 48)
    assert signed == {
        "credBlob": True,
        "credProtect": 3,
        "hmac-secret": True,
        "minPinLength": 4,
        "pinComplexityPolicy": False,
        "thirdPartyPayment": True,
    }
    results = made.client_extension_results
    assert results["credProps"]["rk"] is True
    assert results["largeBlob"]["supported"] is True
    # What every kind of the library's is asked for here: none is left out unseen.
    asked = {"credProps", "credProtect", "largeBlobKey", *signed, "hmac-secret"}
    assert {kind.NAME for kind in known()} <= asked

    wanted = {
        "getCredBlob": True,
        "largeBlob": {"write": websafe_encode(b"a blob")},
        "payment": {"isPayment": True},
        "prf": {"eval": {"first": websafe_encode(SALT)}},
    }
    found = sign_in(device, made.raw_id, wanted)
    signed = found.response.authenticator_data.extensions
    assert (signed["credBlob"], signed["thirdPartyPayment"]) == (b"bytes", True)
    assert found.client_extension_results["largeBlob"]["written"] is True
    ours = websafe_decode(found.client_extension_results["prf"]["results"]["first"])
    assert ours == websafe_decode(results["prf"]["results"]["first"])
    read = sign_in(device, made.raw_id, {"largeBlob": {"read": True}})
    assert websafe_decode(read.client_extension_results["largeBlob"]["blob"]) == b"a blob"


def test_hmac_secrets_come_raw_too(device):
    made = register(device, {"hmacCreateSecret": True})
    assert made.client_extension_results["hmacCreateSecret"] is True
    inputs = {"hmacGetSecret": {"salt1": websafe_encode(SALT)}}
    found = sign_in(device, made.raw_id, inputs).client_extension_results["hmacGetSecret"]
    assert len(websafe_decode(found["output1"])) == 32


def test_a_draft_is_not_answered(device):
    made = register(device, {"previewSign": {"generateKey": {"algorithms": [-7]}}})
    data = made.response.attestation_object.auth_data
    assert data.extensions is None
    assert data.rp_id_hash == hashlib.sha256(RP_ID.encode()).digest()
