"""python-fido2's Config sets what can be set on a key that fidoctl serves, and asks for what it brings."""

import pytest
from cryptography import x509
from fido2.client import DefaultClientDataCollector, Fido2Client
from fido2.ctap import CtapError
from fido2.ctap2 import ClientPin, Config, Ctap2
from fido2.ctap2.extensions import MinPinLengthExtension, PinComplexityPolicyExtension
from fido2.server import Fido2Server

from python_fido2 import ORIGIN, RP_ID, Person, open_device, verify_attestation

PIN = "4837"
SERIAL = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.2")
USER = {"id": b"alice-1", "name": "alice", "displayName": "Alice"}


@pytest.fixture
def factory(serve, fidoctl, tmp_path):
    """Serves a key made with these options; returns python-fido2's device."""
    devices = []

    def make(*options):
        fidoctl("virtual", "new", "--state", tmp_path / "key.state", *options)
        devices.append(open_device(serve("unix")))
        return devices[-1]

    yield make
    for device in devices:
        device.close()


def config(device, pin=None):
    ctap = Ctap2(device)
    if pin is None:
        return Config(ctap)
    client_pin = ClientPin(ctap)
    permission = ClientPin.PERMISSION.AUTHENTICATOR_CFG
    return Config(ctap, client_pin.protocol, client_pin.get_pin_token(pin, permission))


def make_credential(device, kind=None, rp_id=RP_ID):
    ctap = Ctap2(device)
    parameters = [{"type": "public-key", "alg": -7}]
    return ctap.make_credential(
        b"\0" * 32,
        {"id": rp_id, "name": rp_id},
        USER,
        parameters,
        enterprise_attestation=kind,
    )


def serial(attestation):
    certificate = x509.load_der_x509_certificate(attestation.att_stmt["x5c"][0])
    try:
        return certificate.extensions.get_extension_for_oid(SERIAL).value.value
    except x509.ExtensionNotFound:
        return None


def register(device, extensions, pin=None, attestation=None):
    verification = "discouraged" if pin is None else None
    rp = {"id": RP_ID, "name": "Example"}
    server = Fido2Server(rp, attestation=attestation or "direct", verify_attestation=verify_attestation)
    known = [MinPinLengthExtension(), PinComplexityPolicyExtension()]
    client = Fido2Client(device, DefaultClientDataCollector(ORIGIN), Person(pin), known)
    request, state = server.register_begin(
        USER, extensions=extensions, user_verification=verification
    )
    response = client.make_credential(request.public_key)
    return response, server.register_complete(state, response)


def test_settings_are_understood(factory):
    info = Ctap2(factory("--pin-complexity", "--pin-complexity-url", "https://example.com/pins")).info
    assert info.options["authnrCfg"] and info.options["setMinPINLength"]
    assert info.options["alwaysUv"] is False and info.options["ep"] is False
    assert (info.min_pin_length, info.max_pin_length, info.force_pin_change) == (4, 63, False)
    assert info.max_rpids_for_min_pin == 8
    assert info.long_touch_for_reset is False
    assert info.pin_complexity_policy is True
    assert info.pin_complexity_policy_url == b"https://example.com/pins"
    assert info.authenticator_config_commands == [1, 2, 3, 4]
    assert {"minPinLength", "pinComplexityPolicy"} <= set(info.extensions)


def test_settings_without_a_pin_want_no_token(factory):
    device = factory()
    config(device).toggle_always_uv()
    assert Ctap2(device).info.options["alwaysUv"] is True
    config(device).toggle_always_uv()
    assert Ctap2(device).info.options["alwaysUv"] is False


def test_settings_with_a_pin_want_a_token_that_permits_them(factory):
    device = factory()
    ClientPin(Ctap2(device)).set_pin(PIN)
    with pytest.raises(CtapError) as refused:
        config(device).toggle_always_uv()
    assert refused.value.code == CtapError.ERR.PUAT_REQUIRED
    configuration = config(device, PIN)
    configuration.toggle_always_uv()
    configuration.enable_enterprise_attestation()
    assert Ctap2(device).info.options["ep"] is True


def test_rules_for_pins_tighten_and_demand_a_new_one(factory):
    device = factory()
    ClientPin(Ctap2(device)).set_pin(PIN)
    config(device, PIN).set_min_pin_length(6, [RP_ID], pin_complexity_policy=True)
    info = Ctap2(device).info
    assert (info.min_pin_length, info.force_pin_change, info.pin_complexity_policy) == (6, True, True)
    client_pin = ClientPin(Ctap2(device))
    for refused in ["12345", "123456", "aaaaaa"]:
        with pytest.raises(CtapError) as error:
            client_pin.change_pin(PIN, refused)
        assert error.value.code == CtapError.ERR.PIN_POLICY_VIOLATION
    client_pin.change_pin(PIN, "482 371")
    assert Ctap2(device).info.force_pin_change is False


def test_a_relying_party_on_the_list_is_told_the_rules(factory):
    device = factory()
    ClientPin(Ctap2(device)).set_pin(PIN)
    config(device, PIN).set_min_pin_length(rp_ids=[RP_ID])
    asked = {"minPinLength": True, "pinComplexityPolicy": True}
    _, data = register(device, asked, PIN)
    assert data.extensions == {"minPinLength": 4, "pinComplexityPolicy": False}
    config(device, PIN).set_min_pin_length(rp_ids=["another.example"])
    _, data = register(device, asked, PIN)
    assert not data.extensions


def test_enterprise_attestation_names_the_device_to_those_who_may_know(factory):
    device = factory("--serial", "F1D0-42", "--enterprise-rp", "listed.example")
    with pytest.raises(CtapError) as refused:
        make_credential(device, 2)
    assert refused.value.code == CtapError.ERR.INVALID_PARAMETER
    config(device).enable_enterprise_attestation()
    asked = make_credential(device, 2)
    assert asked.ep_att is True
    assert serial(asked) == b"\x04\x07F1D0-42"
    verify_attestation(asked, b"\0" * 32)
    listed = make_credential(device, 1, rp_id="listed.example")
    assert listed.ep_att is True and serial(listed) is not None
    for ordinary in [make_credential(device, 1), make_credential(device)]:
        assert ordinary.ep_att is None and serial(ordinary) is None


def test_a_client_brings_an_enterprise_attestation_to_its_server(factory):
    device = factory("--enterprise-rp", RP_ID)
    config(device).enable_enterprise_attestation()
    response, _ = register(device, {}, attestation="enterprise")
    assert serial(response.response.attestation_object) is not None


def test_a_key_that_always_verifies_is_used_with_its_pin(factory):
    device = factory("--always-uv")
    ClientPin(Ctap2(device)).set_pin(PIN)
    _, data = register(device, {}, PIN)
    assert data.is_user_verified()
