"""`raw`: one message, unchecked."""

from fido2 import cbor
from table import scenario


@scenario("ctap2", refused=["raw cbor getInfo", "raw cbor 0x06 a201020201"])
def one_ctap2_message_is_answered(desk):
    with desk.device() as device:
        theirs = bytes(device.call(0x10, b"\x04"))
    said = desk.fidoctl("raw", "cbor", "getInfo")
    ours = bytes.fromhex(said["answer"])
    assert said["status"] == "0x00"
    # The encrypted members are others every time.
    assert cbor.decode(ours)[1] == cbor.decode(theirs[1:])[1] == desk.model.versions
    retries = desk.fidoctl("raw", "cbor", "clientPIN", "{1: 1, 2: 1}")
    assert cbor.decode(bytes.fromhex(retries["answer"]))[3] == 8
    assert retries["diagnostic"].startswith("{3: 8")
    error = desk.fidoctl.fails(7, "raw", "cbor", "0x3f")
    assert error["status_name"] == "CTAP1_ERR_INVALID_COMMAND"


@scenario("u2f", refused="raw apdu 00030000000000")
def one_apdu_is_answered(desk):
    said = desk.fidoctl("raw", "apdu", "00030000000000")
    assert bytes.fromhex(said["answer"]) == b"U2F_V2"


@scenario()
def one_ctaphid_command_is_answered(desk):
    assert desk.fidoctl("raw", "hid", "ping", "01020304")["answer"] == "01020304"
    assert desk.fidoctl.fails(7, "raw", "hid", "0x7e")["kind"] == "unsupported"
