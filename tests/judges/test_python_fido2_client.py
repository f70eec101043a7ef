"""python-fido2 is the client of a key that fidoctl serves."""

import os
from hashlib import sha256
from threading import Event, Timer

import pytest
from fido2.client import ClientError
from fido2.ctap import STATUS, CtapError
from fido2.ctap2 import ClientPin, Ctap2
from fido2.ctap2.pin import PinProtocolV1, PinProtocolV2
from fido2.hid import CAPABILITY, CTAPHID
from fido2.server import Fido2Server
from fido2.utils import websafe_decode

from python_fido2 import RP_ID, client, open_device, verify_attestation

PIN = "Grüße 2026"
USER = {"id": b"alice-1", "name": "alice", "displayName": "Alice"}
PROTOCOLS = pytest.mark.parametrize("protocol", [PinProtocolV1, PinProtocolV2])
ALGORITHMS = pytest.mark.parametrize("algorithm", [-7, -8])


@pytest.fixture
def device(key):
    device = open_device(key)
    yield device
    device.close()


@pytest.fixture
def server():
    rp = {"id": RP_ID, "name": "Example"}
    return Fido2Server(rp, attestation="direct", verify_attestation=verify_attestation)


@pytest.fixture
def replug(key):
    """Power-cycles the key; returns the new connection."""
    devices = []

    def replug(touch="auto"):
        key.power_cycle(touch)
        devices.append(open_device(key))
        return devices[-1]

    yield replug
    for device in devices:
        device.close()


def register(server, device, pin=None, algorithm=None, **options):
    if algorithm is not None:
        server.allowed_algorithms = [
            parameters for parameters in server.allowed_algorithms if parameters.alg == algorithm
        ]
    request, state = server.register_begin(USER, **options)
    response = client(device, pin).make_credential(request.public_key)
    data = server.register_complete(state, response)
    return response, data


def authenticate(server, device, credentials, pin=None, listed=True, **options):
    request, state = server.authenticate_begin(credentials if listed else None, **options)
    selection = client(device, pin).get_assertion(request.public_key)
    response = selection.get_response(0)
    server.authenticate_complete(state, credentials, response)
    return response


def test_the_channel_opens_and_echoes(device):
    assert device.version == 2
    assert device.capabilities & CAPABILITY.CBOR
    for size in [0, 1, 57, 58, 116, 117, 7609]:
        message = os.urandom(size)
        assert device.ping(message) == message


def test_an_unknown_command_is_an_error_not_silence(device):
    with pytest.raises(CtapError) as refused:
        device.call(CTAPHID.VENDOR_FIRST + 1, b"?")
    assert refused.value.code == CtapError.ERR.INVALID_COMMAND


def test_info_holds_what_ctap_2_1_demands(device):
    info = Ctap2(device).info
    assert "FIDO_2_1" in info.versions
    assert {"hmac-secret", "credProtect"} <= set(info.extensions)
    assert len(info.aaguid) == 16
    assert info.options["rk"] is True
    assert info.options["clientPin"] is False
    assert info.options["pinUvAuthToken"] is True
    assert set(info.pin_uv_protocols) == {1, 2}
    assert info.max_msg_size >= 1024
    assert {parameters["alg"] for parameters in info.algorithms} >= {-7, -8}


@ALGORITHMS
@pytest.mark.parametrize("resident_key", ["required", "discouraged"])
def test_register_and_authenticate_without_a_pin(server, device, replug, algorithm, resident_key):
    discouraged = {"user_verification": "discouraged"}
    _, data = register(
        server, device, algorithm=algorithm, resident_key_requirement=resident_key, **discouraged
    )
    credential = data.credential_data
    assert credential.public_key[3] == algorithm
    assert not data.is_user_verified()
    listed = resident_key == "discouraged"
    again = authenticate(server, replug(), [credential], listed=listed, **discouraged)
    assert not again.response.authenticator_data.is_user_verified()
    if not listed:
        assert again.response.user_handle == USER["id"]


@ALGORITHMS
@pytest.mark.parametrize("resident_key", ["required", "discouraged"])
def test_register_and_authenticate_with_a_pin(server, device, replug, algorithm, resident_key):
    ClientPin(Ctap2(device)).set_pin(PIN)
    _, data = register(
        server,
        device,
        PIN,
        algorithm=algorithm,
        resident_key_requirement=resident_key,
        user_verification="required",
    )
    assert data.is_user_verified()
    again = authenticate(
        server,
        replug(),
        [data.credential_data],
        PIN,
        listed=resident_key == "discouraged",
        user_verification="required",
    )
    assert again.response.authenticator_data.is_user_verified()


def test_the_counter_never_falls(server, device, replug):
    discouraged = {"user_verification": "discouraged"}
    _, data = register(server, device, **discouraged)
    credential = [data.credential_data]
    counts = [data.counter]
    for _ in range(2):
        first = authenticate(server, device, credential, **discouraged)
        counts.append(first.response.authenticator_data.counter)
    again = authenticate(server, replug(), credential, **discouraged)
    counts.append(again.response.authenticator_data.counter)
    assert counts == sorted(set(counts))


def test_a_registered_key_is_not_registered_again(server, device):
    discouraged = {"user_verification": "discouraged"}
    _, data = register(server, device, **discouraged)
    with pytest.raises(ClientError) as refused:
        register(server, device, credentials=[data.credential_data], **discouraged)
    assert refused.value.code == ClientError.ERR.DEVICE_INELIGIBLE


def test_two_accounts_of_one_site_both_answer(server, device):
    for name in [b"alice", b"bob"]:
        user = {"id": name, "name": name.decode(), "displayName": name.decode()}
        request, state = server.register_begin(
            user, resident_key_requirement="required", user_verification="discouraged"
        )
        server.register_complete(state, client(device).make_credential(request.public_key))
    request, _ = server.authenticate_begin(user_verification="discouraged")
    answers = client(device).get_assertion(request.public_key).get_assertions()
    assert [answer.user["id"] for answer in answers] == [b"bob", b"alice"]


@PROTOCOLS
def test_a_pin_is_set_changed_and_checked(device, protocol):
    ctap = Ctap2(device)
    pin = ClientPin(ctap, protocol())
    pin.set_pin(PIN)
    assert ctap.get_info().options["clientPin"] is True
    assert len(pin.get_pin_token(PIN)) == 32
    pin.change_pin(PIN, "another")
    with pytest.raises(CtapError) as refused:
        pin.get_pin_token(PIN)
    assert refused.value.code == CtapError.ERR.PIN_INVALID
    assert len(pin.get_pin_token("another")) == 32


@PROTOCOLS
def test_wrong_pins_are_counted_to_the_end(device, replug, protocol):
    ClientPin(Ctap2(device), protocol()).set_pin(PIN)
    codes = []
    for cycle in range(3):
        device = device if cycle == 0 else replug()
        pin = ClientPin(Ctap2(device), protocol())
        for _ in range(3):
            with pytest.raises(CtapError) as refused:
                pin.get_pin_token("wrong")
            codes.append((refused.value.code, pin.get_pin_retries()[0]))
    wrong, blocked, for_good = (
        CtapError.ERR.PIN_INVALID,
        CtapError.ERR.PIN_AUTH_BLOCKED,
        CtapError.ERR.PIN_BLOCKED,
    )
    assert codes == [
        *[(wrong, 7), (wrong, 6), (blocked, 5)],
        *[(wrong, 4), (wrong, 3), (blocked, 2)],
        *[(wrong, 1), (for_good, 0), (for_good, 0)],
    ]
    with pytest.raises(CtapError) as refused:
        ClientPin(Ctap2(replug()), protocol()).get_pin_token(PIN)
    assert refused.value.code == for_good


@PROTOCOLS
def test_a_pin_that_is_right_gives_every_try_back(device, protocol):
    pin = ClientPin(Ctap2(device), protocol())
    pin.set_pin(PIN)
    for _ in range(2):
        with pytest.raises(CtapError):
            pin.get_pin_token("wrong")
    pin.get_pin_token(PIN)
    assert pin.get_pin_retries()[0] == 8


@PROTOCOLS
@pytest.mark.parametrize("too_short", ["123", "äöü", ""])
def test_a_new_pin_that_is_too_short_is_refused_by_the_key(device, protocol, too_short):
    ctap = Ctap2(device)
    pin = ClientPin(ctap, protocol())
    # python-fido2 refuses it itself, so the message is made by hand.
    key_agreement, secret = pin._get_shared_secret()
    encrypted = pin.protocol.encrypt(secret, too_short.encode().ljust(64, b"\0"))
    with pytest.raises(CtapError) as refused:
        ctap.client_pin(
            pin.protocol.VERSION,
            ClientPin.CMD.SET_PIN,
            key_agreement=key_agreement,
            new_pin_enc=encrypted,
            pin_uv_param=pin.protocol.authenticate(secret, encrypted),
        )
    assert refused.value.code == CtapError.ERR.PIN_POLICY_VIOLATION
    assert ctap.get_info().options["clientPin"] is False


@PROTOCOLS
def test_a_token_is_good_for_its_permission_and_relying_party_only(device, protocol):
    ctap = Ctap2(device)
    pin = ClientPin(ctap, protocol())
    pin.set_pin(PIN)
    token = pin.get_pin_token(PIN, ClientPin.PERMISSION.GET_ASSERTION, "example.org")

    def make(rp_id):
        client_data_hash = bytes(32)
        ctap.make_credential(
            client_data_hash,
            {"id": rp_id, "name": rp_id},
            USER,
            [{"type": "public-key", "alg": -7}],
            pin_uv_param=pin.protocol.authenticate(token, client_data_hash),
            pin_uv_protocol=pin.protocol.VERSION,
        )

    for rp_id in ["example.org", "example.com"]:
        with pytest.raises(CtapError) as refused:
            make(rp_id)
        assert refused.value.code == CtapError.ERR.PIN_AUTH_INVALID
    token = pin.get_pin_token(PIN, ClientPin.PERMISSION.MAKE_CREDENTIAL, "example.org")
    with pytest.raises(CtapError) as refused:
        make("example.com")
    assert refused.value.code == CtapError.ERR.PIN_AUTH_INVALID
    make("example.org")
    # Making a credential spends the permission.
    with pytest.raises(CtapError) as refused:
        make("example.org")
    assert refused.value.code == CtapError.ERR.PIN_AUTH_INVALID


def test_every_protection_level_is_granted_and_kept(server, device):
    ClientPin(Ctap2(device)).set_pin(PIN)
    policies = [
        "userVerificationOptional",
        "userVerificationOptionalWithCredentialIDList",
        "userVerificationRequired",
    ]
    ids = []
    for level, policy in enumerate(policies, 1):
        _, data = register(
            server,
            device,
            PIN,
            resident_key_requirement="discouraged",
            user_verification="required",
            extensions={
                "credentialProtectionPolicy": policy,
                "enforceCredentialProtectionPolicy": True,
            },
        )
        assert data.extensions == {"credProtect": level}
        ids.append({"type": "public-key", "id": data.credential_data.credential_id})
    ctap = Ctap2(device)
    for descriptor in ids[:2]:
        ctap.get_assertion(RP_ID, bytes(32), [descriptor], options={"up": False})
    with pytest.raises(CtapError) as refused:
        ctap.get_assertion(RP_ID, bytes(32), ids[2:], options={"up": False})
    assert refused.value.code == CtapError.ERR.NO_CREDENTIALS


@pytest.mark.parametrize("pin", [None, PIN], ids=["no-pin", "pin"])
def test_prf_and_hmac_secret_depend_on_credential_and_salt(server, device, pin, replug):
    if pin is not None:
        ClientPin(Ctap2(device)).set_pin(pin)
    verification = {"user_verification": "required" if pin else "discouraged"}
    made, data = register(server, device, pin, extensions={"prf": {}}, **verification)
    assert made.client_extension_results["prf"]["enabled"] is True
    credential = [data.credential_data]

    def secrets(device, extension, inputs):
        extensions = {extension: inputs}
        answer = authenticate(
            server, device, credential, pin, extensions=extensions, **verification
        )
        results = answer.client_extension_results[extension]
        results = results.get("results", results)
        # An absent second secret is an empty one to python-fido2.
        return [websafe_decode(results[name]) for name in results if results[name]]

    one, other = os.urandom(20), os.urandom(32)
    both = secrets(device, "prf", {"eval": {"first": one, "second": other}})
    assert [len(secret) for secret in both] == [32, 32]
    assert both[0] != both[1]
    device = replug()
    assert secrets(device, "prf", {"eval": {"first": other, "second": one}}) == both[::-1]
    assert secrets(device, "prf", {"eval": {"first": one}}) == both[:1]
    # PRF hashes its input; the salt of hmac-secret is taken as it is.
    salt = sha256(b"WebAuthn PRF\0" + one).digest()
    assert secrets(device, "hmacGetSecret", {"salt1": salt, "salt2": other}) != both
    assert secrets(device, "hmacGetSecret", {"salt1": salt}) == both[:1]


def test_the_wait_for_a_touch_can_be_cancelled(replug, key):
    device = replug(touch="never")
    wanted, cancel = [], Event()

    def on_keepalive(status):
        wanted.append(status)
        Timer(0.3, cancel.set).start()

    # python-fido2 sends CANCEL before each read once the event is set.
    with pytest.raises(CtapError) as ended:
        Ctap2(device).selection(event=cancel, on_keepalive=on_keepalive)
    assert ended.value.code == CtapError.ERR.KEEPALIVE_CANCEL
    assert STATUS.UPNEEDED in wanted
    assert device.ping(b"still there") == b"still there"


def test_a_refused_touch_is_a_refusal(replug):
    with pytest.raises(CtapError) as refused:
        Ctap2(replug(touch="refuse")).selection()
    assert refused.value.code == CtapError.ERR.OPERATION_DENIED


def test_the_touch_is_waited_for(replug):
    wanted = []
    Ctap2(replug(touch="delay=700")).selection(on_keepalive=wanted.append)
    assert wanted == [STATUS.UPNEEDED]


def test_reset_erases_what_was_there(server, device, replug):
    ClientPin(Ctap2(device)).set_pin(PIN)
    _, data = register(server, device, PIN, user_verification="required")
    device = replug()
    ctap = Ctap2(device)
    ctap.reset()
    assert ctap.get_info().options["clientPin"] is False
    descriptor = {"type": "public-key", "id": data.credential_data.credential_id}
    with pytest.raises(CtapError) as refused:
        ctap.get_assertion(RP_ID, bytes(32), [descriptor], options={"up": False})
    assert refused.value.code == CtapError.ERR.NO_CREDENTIALS


@pytest.mark.parametrize(
    "message",
    [
        b"\x01",
        b"\x01\xa0",
        b"\x01\xff",
        b"\x01\xa1\x01",
        b"\x02\x81\x00",
        b"\x06\xa1\x01\x18\x01",
        b"\x06\xa2\x02\x01\x01\x01",
        b"\x01" + b"\x81" * 1000,
        b"\x02\xbf\xff",
        b"\x02\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
    ],
    ids=lambda message: message[:8].hex(),
)
def test_a_message_that_is_no_request_is_refused_and_the_key_lives_on(device, message):
    """Missing, indefinite, unsorted, not minimal, too deep, too long."""
    answer = device.call(CTAPHID.CBOR, message)
    assert len(answer) == 1
    assert answer[0] != 0
    assert Ctap2(device).info.versions
