"""U2F: foreign clients on our key, fidoctl on keys that speak nothing else, and no downgrade."""

import base64
import hashlib

import ctaphid
import pytest
from cryptography.exceptions import InvalidSignature
from fido2 import cbor
from fido2.client import ClientError
from fido2.ctap1 import APDU, ApduError, Ctap1
from fido2.server import Fido2Server
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject

from fake_key import FakeKey
from fidoctl import DONE, FAILED, NO_CONSENT, UNEXPECTED, UNSUPPORTED
from libfido2 import RP, Credential, info, verify_credential
from python_fido2 import CHALLENGE, RelyingParty, member, open_device, verify_attestation
from test_python_fido2_client import authenticate, register

APPLICATION = sha256(RP.encode())
CLIENT_DATA_HASH = sha256(b"client data")


@pytest.fixture
def plug(serve, fidoctl):
    """Plugs in a key that speaks only U2F, or what else its maker wanted."""

    def start(transport, *made, touch="auto"):
        fidoctl("virtual", "new", "--state", "u2f.state", *(made or ["--u2f-only"]))
        key = serve(transport, touch=touch, name="u2f")
        fidoctl.device = key.device
        return key

    return start


# libfido2 on our key


@pytest.mark.parametrize("made", [["--u2f-only"], ["--attestation", "batch"], ["--attestation", "self"]])
def test_libfido2_registers_and_signs_over_u2f(plug, made):
    credential = Credential(plug("pty", *made), "-u")
    assert credential.made[2] == "fido-u2f"
    assertion = credential.get_assertion("-u")
    assert credential.verify(assertion).returncode == 0
    assert credential.verify([*assertion[:3], assertion[3][:-8] + "AAAAAAA="]).returncode == 1


def test_libfido2_needs_no_flag_for_a_key_that_speaks_only_u2f(plug):
    key = plug("pty")
    said = info(key)
    assert "nocbor" in said["caps"] and ", msg" in said["caps"]
    credential = Credential(key)
    assert credential.made[2] == "fido-u2f"
    assert credential.verify(credential.get_assertion()).returncode == 0


def test_libfido2_polls_until_the_key_is_touched(plug):
    credential = Credential(plug("pty", touch="delay=700"))
    assert credential.verify(credential.get_assertion()).returncode == 0


def test_a_credential_that_libfido2_made_over_u2f_signs_over_ctap2(serve):
    key = serve("pty")
    credential = Credential(key, "-u")
    assert credential.verify(credential.get_assertion()).returncode == 0


def test_a_credential_that_libfido2_made_over_ctap2_signs_over_u2f(serve):
    key = serve("pty")
    credential = Credential(key)
    assert credential.verify(credential.get_assertion("-u")).returncode == 0


# python-fido2 on our key


@pytest.fixture(params=[["--u2f-only"], ["--attestation", "batch"]], ids=["u2f-only", "both"])
def ctap1(request, plug):
    device = open_device(plug("unix", *request.param))
    yield Ctap1(device)
    device.close()


def test_python_fido2_registers_and_signs_over_u2f(ctap1):
    assert ctap1.get_version() == "U2F_V2"
    made = ctap1.register(CLIENT_DATA_HASH, APPLICATION)
    made.verify(APPLICATION, CLIENT_DATA_HASH)
    first = ctap1.authenticate(CLIENT_DATA_HASH, APPLICATION, made.key_handle)
    first.verify(APPLICATION, CLIENT_DATA_HASH, made.public_key)
    second = ctap1.authenticate(CLIENT_DATA_HASH, APPLICATION, made.key_handle)
    assert second.counter > first.counter
    with pytest.raises(InvalidSignature):
        first.verify(APPLICATION, sha256(b"other data"), made.public_key)


def test_python_fido2_asks_whether_a_key_handle_is_known(ctap1):
    handle = ctap1.register(CLIENT_DATA_HASH, APPLICATION).key_handle
    for application, key_handle, answer in [
        (APPLICATION, handle, APDU.USE_NOT_SATISFIED),
        (sha256(b"example.org"), handle, APDU.WRONG_DATA),
        (APPLICATION, handle[:-1] + bytes([handle[-1] ^ 1]), APDU.WRONG_DATA),
        (APPLICATION, b"", APDU.WRONG_DATA),
    ]:
        with pytest.raises(ApduError) as error:
            ctap1.authenticate(CLIENT_DATA_HASH, application, key_handle, check_only=True)
        assert error.value.code == answer


def test_python_fido2_learns_of_unknown_instructions_and_classes(ctap1):
    for cla, ins, answer in [(0, 0x50, 0x6D00), (0x80, 1, 0x6E00)]:
        with pytest.raises(ApduError) as error:
            ctap1.send_apdu(cla=cla, ins=ins)
        assert error.value.code == answer


def test_python_fido2_s_webauthn_client_falls_back_to_u2f(plug):
    device = open_device(plug("unix"))
    server = Fido2Server(
        {"id": RP, "name": "Example"}, attestation="direct", verify_attestation=verify_attestation
    )
    discouraged = {"user_verification": "discouraged"}
    _, data = register(server, device, **discouraged)
    assert data.credential_data.aaguid == bytes(16)
    authenticate(server, device, [data.credential_data], **discouraged)
    with pytest.raises(ClientError) as refused:
        register(server, device, credentials=[data.credential_data], **discouraged)
    assert refused.value.code == ClientError.ERR.DEVICE_INELIGIBLE
    device.close()


# fidoctl on a key that speaks only U2F


@pytest.fixture
def u2f_key(plug):
    return plug("unix")


def test_a_foreign_relying_party_takes_what_fidoctl_makes_over_u2f(u2f_key, fidoctl):
    server = RelyingParty()
    challenge = ["--challenge", websafe_encode(CHALLENGE)]
    registration = fidoctl.enroll(*challenge)
    assert AttestationObject(member(registration, "attestationObject")).fmt == "fido-u2f"
    credential = server.register(registration)
    assertion = fidoctl("assert", "--credential", "credential.json", *challenge)
    server.authenticate(credential, assertion)


def test_libfido2_takes_what_fidoctl_makes_over_u2f(u2f_key, fidoctl):
    made = fidoctl(
        "enroll", "--rp", RP, "--user", "alice", "--client-data-hash", CLIENT_DATA_HASH.hex()
    )
    assert made["protocol"] == "U2F"
    attestation = AttestationObject(websafe_decode(made["attestation_object"]))
    statement = attestation.att_stmt
    lines = [CLIENT_DATA_HASH, RP, attestation.fmt, cbor.encode(bytes(attestation.auth_data))]
    lines += [websafe_decode(made["credential_id"]), statement["sig"], statement["x5c"][0]]
    text = [line if isinstance(line, str) else base64.b64encode(line).decode() for line in lines]
    verify_credential(text)


def test_use_of_u2f_is_said_to_people_and_to_programs(u2f_key, fidoctl):
    who = ["enroll", "--rp", RP, "--user", "alice", "--save"]
    ended = fidoctl.run(*who, "human.json").expect(DONE)
    assert "speaks only u2f" in ended.err.lower()
    assert ["protocol", "U2F"] in [line.split() for line in ended.out.splitlines()]
    ended = fidoctl.run(*who, "json.json", "--json", "--progress", "json").expect(DONE)
    assert '"using-u2f"' in ended.err


def test_what_u2f_cannot_promise_is_refused(u2f_key, fidoctl):
    fidoctl.enroll()
    enroll = ["enroll", "--rp", RP, "--user", "bob", "--save", "never.json"]
    sign_in = ["assert", "--credential", "credential.json"]
    for command in [
        [*enroll, "--uv", "required"],
        [*enroll, "--rk", "required"],
        [*enroll, "--algorithm", "eddsa"],
        [*enroll, "--hmac-secret"],
        [*enroll, "--cred-protect", "3", "--enforce-cred-protect"],
        [*sign_in, "--uv", "required"],
        [*sign_in, "--hmac-salt", "00" * 32],
        ["assert", "--rp", RP],
        ["pin", "set", *fidoctl.new_pin("1234")],
        ["reset", "--yes", "--no-replug"],
    ]:
        assert fidoctl.fails(UNSUPPORTED, *command)["kind"] == "unsupported", command
    assert not (fidoctl.directory / "never.json").exists()


def test_an_excluded_or_missing_credential_is_told_so(u2f_key, fidoctl):
    fidoctl.enroll()
    exclude = ["--exclude-credential", "credential.json"]
    fidoctl.fails(UNEXPECTED, "enroll", "--rp", RP, "--user", "bob", *exclude)
    fidoctl.fails(UNEXPECTED, "assert", "--rp", RP, "--allow", "hex:" + "07" * 64)


def test_info_shows_what_there_is(u2f_key, fidoctl):
    found = fidoctl("info")
    assert (found["protocol"], found["get_info"]) == ("U2F", None)
    assert (found["ctaphid"]["cbor"], found["ctaphid"]["msg"]) == (False, True)
    assert "U2F_V2" in fidoctl.run("info").expect(DONE).out


def test_select_waits_for_the_touch(plug, fidoctl):
    plug("unix", touch="delay=500")
    assert fidoctl("select")["seconds"] >= 0.5


def test_a_key_that_nobody_touches_is_given_up(plug, fidoctl):
    plug("unix", touch="never")
    who = ["enroll", "--rp", RP, "--user", "alice"]
    assert fidoctl.fails(NO_CONSENT, *who, "--timeout", "1")["kind"] == "no-touch"


# No silent downgrade


class AnswersInU2f(FakeKey):
    """What a broken bridge makes of CTAP2: answers come back as U2F."""

    def init(self, connection, channel, nonce):
        self.send(connection, channel, ctaphid.INIT, nonce + b"\1\2\3\4\2\1\0\0\4")

    def info(self, connection, channel):
        self.send(connection, channel, ctaphid.MSG, b"\0" + cbor.encode({1: ["FIDO_2_0"]}))


def test_a_bridge_that_answers_in_u2f_is_an_error(fidoctl, tmp_path):
    with AnswersInU2f(tmp_path / "key.sock") as key:
        fidoctl.device = key.device
        for command in [["info"], ["enroll", "--rp", RP, "--user", "alice"]]:
            error = fidoctl.fails(FAILED, *command)
            assert error["kind"] == "malformed-answer"
            assert "CTAPHID_MSG" in error["message"]
        assert ctaphid.MSG not in [command for _, command, _ in key.requests]


def test_a_ctap2_key_is_never_spoken_to_in_u2f(observed, fidoctl):
    fidoctl.enroll()
    fidoctl("assert", "--credential", "credential.json")
    fidoctl("select")
    fidoctl.fails(UNEXPECTED, "assert", "--rp", RP, "--allow", "hex:" + "07" * 64)
    assert ctaphid.CBOR in observed.commands()
    assert ctaphid.MSG not in observed.commands()


# One message as it is


def test_raw_messages_go_out_and_come_back_as_they_are(key, fidoctl):
    found = fidoctl("raw", "cbor", "getInfo")
    assert found["status_name"] == "CTAP2_OK"
    assert "FIDO_2_1" in cbor.decode(bytes.fromhex(found["answer"]))[1]
    by_hex = fidoctl("raw", "cbor", "0x06", "a2 01 02 02 01")
    by_notation = fidoctl("raw", "cbor", "client-pin", "{1: 2, / getPINRetries / 2: 1}")
    assert by_hex["sent"] == by_notation["sent"] == "06a201020201"
    assert by_hex["diagnostic"] == "{3: 8, 4: false}"
    assert bytes.fromhex(fidoctl("raw", "apdu", "00030000")["answer"]) == b"U2F_V2"
    assert fidoctl("raw", "hid", "ping", "00ff")["answer"] == "00ff"


def test_a_raw_refusal_has_the_exit_code_of_its_status(key, fidoctl):
    unknown = fidoctl.fails(UNSUPPORTED, "raw", "cbor", "0x77")
    assert (unknown["status"], unknown["report"]["sent"]) == ("0x01", "77")
    wrong_order = fidoctl.fails(FAILED, "raw", "cbor", "clientPIN", "{2: 1, 1: 2}")
    assert wrong_order["status_name"] == "CTAP2_ERR_INVALID_CBOR"
    handle = hashlib.sha256(b"unknown").hexdigest()
    apdu = "00020700000061" + "00" * 64 + "20" + handle
    refused = fidoctl.fails(UNEXPECTED, "raw", "apdu", apdu)
    assert refused["report"]["status_word"] == "0x6a80"
    fidoctl.fails(UNSUPPORTED, "raw", "hid", "0x3c")


def test_raw_erases_nothing_without_consent(fidoctl):
    fidoctl.device = "virtual:raw.key"
    fidoctl.enroll("--rk", "required")
    for reset in [["cbor", "reset"], ["cbor", "0x07", ""], ["hid", "0x10", "07"]]:
        assert fidoctl.fails(NO_CONSENT, "raw", *reset)["kind"] == "no-consent"
    assert fidoctl("virtual", "show", "--state", "raw.key")["credentials"]
    fidoctl("virtual", "replug", "--state", "raw.key")
    fidoctl("raw", "cbor", "reset", "--yes")
    assert not fidoctl("virtual", "show", "--state", "raw.key")["credentials"]
