"""python-fido2's CredentialManagement on a served key."""

import hashlib

import pytest
from fido2.ctap2 import ClientPin, CredentialManagement, Ctap2
from fido2.webauthn import PublicKeyCredentialDescriptor, PublicKeyCredentialUserEntity

from python_fido2 import open_device

PIN = "correct horse"
PERMISSION = ClientPin.PERMISSION
RP_ID_HASH = hashlib.sha256(b"example.com").digest()


@pytest.fixture
def stored(key, fidoctl):
    """alice at two services and bob at one; returns the PIN's arguments."""
    pin = fidoctl.set_pin(PIN)
    for rp, user in [("example.com", "alice"), ("example.com", "bob"), ("b.example", "alice")]:
        user_id = f"hex:{user.encode().hex()}"
        fidoctl.enroll("--rk", "required", "--user-id", user_id, *pin, rp=rp, user=user, record=f"{user}@{rp}")
    return pin


@pytest.fixture
def device(key, stored):
    device = open_device(key)
    yield device
    device.close()


def management(device, permission=PERMISSION.CREDENTIAL_MGMT):
    ctap = Ctap2(device)
    client_pin = ClientPin(ctap)
    token = client_pin.get_pin_token(PIN, permission)
    return CredentialManagement(ctap, client_pin.protocol, token), token


def accounts(manager):
    return {
        rp[CredentialManagement.RESULT.RP]["id"]: [
            credential[CredentialManagement.RESULT.USER]["name"]
            for credential in manager.enumerate_creds(rp[CredentialManagement.RESULT.RP_ID_HASH])
        ]
        for rp in manager.enumerate_rps()
    }


def test_metadata(device):
    manager, _ = management(device)
    assert manager.get_metadata() == {
        CredentialManagement.RESULT.EXISTING_CRED_COUNT: 3,
        CredentialManagement.RESULT.MAX_REMAINING_COUNT: 97,
    }


def test_everything_is_enumerated(device):
    manager, _ = management(device)
    assert accounts(manager) == {"example.com": ["alice", "bob"], "b.example": ["alice"]}


def test_a_credential_is_deleted(device):
    manager, _ = management(device)
    credential = manager.enumerate_creds(RP_ID_HASH)[0]
    manager.delete_cred(credential[CredentialManagement.RESULT.CREDENTIAL_ID])
    assert accounts(manager) == {"example.com": ["bob"], "b.example": ["alice"]}


def test_user_information_is_updated(device):
    manager, _ = management(device)
    credential = manager.enumerate_creds(RP_ID_HASH)[0]
    identifier = credential[CredentialManagement.RESULT.CREDENTIAL_ID]
    user = PublicKeyCredentialUserEntity(id=b"alice", name="ally", display_name="Ally")
    manager.update_user_info(PublicKeyCredentialDescriptor(**identifier), user)
    changed = manager.enumerate_creds(RP_ID_HASH)[0][CredentialManagement.RESULT.USER]
    assert (changed["name"], changed["displayName"]) == ("ally", "Ally")


def test_the_persistent_token_reads_after_a_power_cycle(key, stored):
    device = open_device(key)
    _, token = management(device, PERMISSION.PERSISTENT_CREDENTIAL_MGMT)
    device.close()
    key.power_cycle()
    device = open_device(key)
    try:
        ctap = Ctap2(device)
        manager = CredentialManagement(ctap, ClientPin(ctap).protocol, token)
        assert accounts(manager) == {"example.com": ["alice", "bob"], "b.example": ["alice"]}
    finally:
        device.close()


def test_what_the_token_decrypts_fidoctl_decrypts_alike(key, stored, fidoctl):
    fidoctl("credential", "list", "--token-file", "token.json", *stored)
    shown = fidoctl("info", "--token-file", "token.json")["persistent"]
    device = open_device(key)
    try:
        _, token = management(device, PERMISSION.PERSISTENT_CREDENTIAL_MGMT)
        info = Ctap2(device).info
        assert info.get_identifier(token).hex() == shown["identifier"]
        assert info.get_cred_store_state(token).hex() == shown["cred_store_state"]
    finally:
        device.close()
    assert shown["token_is_current"] is True
