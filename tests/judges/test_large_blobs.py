"""Large blobs and credBlobs: what one client stores, the others read, on the served key."""

import os
import sys
from pathlib import Path

import pytest
from fido2.client import DefaultClientDataCollector, Fido2Client
from fido2.ctap import CtapError
from fido2.ctap2 import ClientPin, Ctap2
from fido2.ctap2.blob import LargeBlobs
from fido2.ctap2.extensions import CredBlobExtension, LargeBlobExtension
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import PublicKeyCredentialCreationOptions as CreationOptions
from fido2.webauthn import PublicKeyCredentialRequestOptions as RequestOptions

import libfido2
from fidoctl import FAILED, UNEXPECTED
from libfido2 import RP, Credential, b64, lines, succeeds, unb64
from python_fido2 import CHALLENGE, ORIGIN, Person, open_device

PIN = "correct horse"
BLOB = b"a certificate, say\n" * 20
NOISE = os.urandom(1700)
NAMED = ["--credential", "credential.json"]


@pytest.fixture
def pin(terminal_key, fidoctl):
    return fidoctl.set_pin(PIN)


def file(key, name, content):
    path = key.directory / name
    path.write_bytes(content)
    return path


def token(key, *args):
    """fido2-token with the PIN."""
    return succeeds("fido2-token", *args, key.path, stdin=lines(PIN))


def keys_of(credential):
    """A file with the largeBlobKey that fido2-cred got, as fido2-token wants it."""
    return file(credential.key, "blob.key", lines(credential.made[-1]).encode())


def fido2_set(key, *whose, content=BLOB):
    token(key, "-S", "-b", *whose, file(key, "to-store", content))


def fido2_get(key, *whose):
    out = key.directory / "got"
    out.unlink(missing_ok=True)
    token(key, "-G", "-b", *whose, out)
    return out.read_bytes()


def enroll(fidoctl, pin, *more, **options):
    return fidoctl.enroll("--large-blob", "required", *more, *pin, **options)


def get(fidoctl, *args):
    return websafe_decode(fidoctl("blob", "get", *args)["blob"])


def test_info_tells_of_large_blobs(terminal_key):
    said = libfido2.info(terminal_key)
    assert {"credBlob", "largeBlobKey"} <= set(said["extension strings"].split(", "))
    assert "largeBlobs" in said["options"].split(", ")
    assert said["maxlargeblob"] == "2048"


@pytest.mark.parametrize("content", [BLOB, NOISE, b"x"], ids=["text", "noise", "one"])
def test_fido2_token_reads_what_fidoctl_stored(terminal_key, fidoctl, pin, content):
    made = enroll(fidoctl, pin)
    fidoctl("blob", "set", *NAMED, fidoctl.file("blob", content), *pin)
    assert fido2_get(terminal_key, "-n", RP) == content
    identifier = b64(websafe_decode(made["id"]))
    assert fido2_get(terminal_key, "-n", RP, "-i", identifier) == content


# libfido2 1.12 stores nothing that has less than 16 bytes when it is compressed.
@pytest.mark.parametrize("content", [BLOB, NOISE, NOISE[:16]], ids=["text", "noise", "short"])
def test_fidoctl_reads_what_fido2_token_stored(terminal_key, fidoctl, pin, content):
    enroll(fidoctl, pin)
    fido2_set(terminal_key, "-n", RP, content=content)
    assert get(fidoctl, *NAMED, *pin) == content


def test_a_credential_of_libfido2_holds_large_blobs(terminal_key, fidoctl, pin):
    credential = Credential(terminal_key, "-r", "-v", "-b", pin=PIN)
    keys = keys_of(credential)
    assert len(unb64(credential.made[-1])) == 32
    fido2_set(terminal_key, "-k", keys)
    assert fido2_get(terminal_key, "-k", keys) == BLOB
    whose = ["--rp", RP, "--id", websafe_encode(credential.id)]
    assert get(fidoctl, *whose, *pin) == BLOB
    fidoctl("blob", "set", *whose, "--force", fidoctl.file("other", b"another"), *pin)
    assert fido2_get(terminal_key, "-k", keys) == b"another"


def test_fido2_assert_gets_the_key_that_fido2_cred_got(terminal_key, fidoctl, pin):
    credential = Credential(terminal_key, "-r", "-v", "-b", pin=PIN)
    assertion = credential.get_assertion("-b", "-p", "-v", pin=PIN)
    assert assertion[-1] == credential.made[-1]
    assert credential.verify(assertion, "-p", "-v").returncode == 0


def test_what_fido2_token_deletes_is_gone(terminal_key, fidoctl, pin):
    enroll(fidoctl, pin)
    fidoctl("blob", "set", *NAMED, fidoctl.file("blob", BLOB), *pin)
    token(terminal_key, "-D", "-b", "-n", RP)
    assert fidoctl.fails(UNEXPECTED, "blob", "get", *NAMED, *pin)["kind"] == "no-blob"
    assert fidoctl("blob", "list")["entries"] == []


def test_what_fidoctl_deletes_is_gone(terminal_key, fidoctl, pin):
    enroll(fidoctl, pin)
    fido2_set(terminal_key, "-n", RP)
    fidoctl("blob", "delete", *NAMED, "--yes", *pin)
    refused = libfido2.run(
        "fido2-token", "-G", "-b", "-n", RP, terminal_key.directory / "got", terminal_key.path,
        stdin=lines(PIN),
    )
    assert refused.returncode == 1


def test_both_list_the_same(terminal_key, fidoctl, pin):
    for user in ["alice", "bob"]:
        enroll(fidoctl, pin, record=f"{user}.json", user=user, rp=f"{user}.example")
        named = ["--credential", f"{user}.json"]
        fidoctl("blob", "set", *named, fidoctl.file(user, BLOB + user.encode()), *pin)
    ours = fidoctl("blob", "list", "--credential", "bob.json", *pin)["entries"]
    assert [entry["own"] for entry in ours] == [False, True]
    theirs = token(terminal_key, "-L", "-b").splitlines()[1:]
    # Behind the total: number, ciphertext length, original length, credential ID, RP ID.
    assert [int(line.split()[2]) for line in theirs] == [entry["size"] for entry in ours]
    # The owners are unknown to fido2-token 1.12, those of its own blobs too.
    assert len(theirs) == 2


def test_blobs_of_others_survive_whoever_writes(terminal_key, fidoctl, pin):
    for user in ["alice", "bob"]:
        enroll(fidoctl, pin, record=f"{user}.json", user=user, rp=f"{user}.example")
    fido2_set(terminal_key, "-n", "alice.example", content=b"stored by libfido2")
    fidoctl("blob", "set", "--credential", "bob.json", fidoctl.file("blob", b"by fidoctl"), *pin)
    assert fido2_get(terminal_key, "-n", "alice.example") == b"stored by libfido2"
    fido2_set(terminal_key, "-n", "alice.example", content=b"stored by it again")
    assert get(fidoctl, "--credential", "bob.json", *pin) == b"by fidoctl"
    assert get(fidoctl, "--credential", "alice.json", *pin) == b"stored by it again"


def test_no_room_is_said_and_changes_nothing(terminal_key, fidoctl, pin):
    enroll(fidoctl, pin)
    fidoctl("blob", "set", *NAMED, fidoctl.file("blob", BLOB), *pin)
    large = fidoctl.file("large", os.urandom(2048))
    error = fidoctl.fails(FAILED, "blob", "set", *NAMED, "--force", large, *pin)
    assert error["kind"] == "key-full"
    assert error["status_name"] == "CTAP2_ERR_LARGE_BLOB_STORAGE_FULL"
    refused = libfido2.run(
        "fido2-token", "-S", "-b", "-n", RP, fidoctl.directory / large, terminal_key.path,
        stdin=lines(PIN),
    )
    assert refused.returncode == 1
    assert fido2_get(terminal_key, "-n", RP) == BLOB


def test_a_blob_that_is_there_stays_without_force(terminal_key, fidoctl, pin):
    enroll(fidoctl, pin)
    fidoctl("blob", "set", *NAMED, fidoctl.file("blob", BLOB), *pin)
    other = fidoctl.file("other", b"other")
    error = fidoctl.fails(UNEXPECTED, "blob", "set", *NAMED, other, *pin)
    assert error["kind"] == "exists"
    assert fido2_get(terminal_key, "-n", RP) == BLOB


def test_garbage_is_collected(terminal_key, fidoctl, pin):
    enroll(fidoctl, pin, record="kept.json", rp="kept.example")
    made = enroll(fidoctl, pin)
    for record in ["kept.json", "credential.json"]:
        fidoctl("blob", "set", "--credential", record, fidoctl.file("blob", BLOB), *pin)
    token(terminal_key, "-D", "-i", b64(websafe_decode(made["id"])))
    assert fidoctl("blob", "gc", "--dry-run", *pin)["garbage"] == 1
    assert len(fidoctl("blob", "list")["entries"]) == 2
    collected = fidoctl("blob", "gc", "--yes", *pin)
    assert (collected["garbage"], collected["kept"], collected["removed"]) == (1, 1, True)
    assert get(fidoctl, "--credential", "kept.json", *pin) == BLOB


def test_bytes_go_to_pipes_and_files_as_they_are(terminal_key, fidoctl, pin):
    enroll(fidoctl, pin)
    fidoctl("blob", "set", *NAMED, fidoctl.file("blob", NOISE), *pin)
    with open(fidoctl.directory / "piped", "wb") as out:
        fidoctl.end(fidoctl.start("blob", "get", *NAMED, *pin, stdout=out))
    assert (fidoctl.directory / "piped").read_bytes() == NOISE
    fidoctl.run("blob", "get", *NAMED, "--output", "saved", *pin).expect(0)
    assert (fidoctl.directory / "saved").read_bytes() == NOISE
    assert fidoctl.run("blob", "get", *NAMED, "--output", "saved", *pin).code == UNEXPECTED


# python-fido2


def web_client(device):
    collector = DefaultClientDataCollector(ORIGIN)
    extensions = [LargeBlobExtension(), CredBlobExtension()]
    return Fido2Client(device, collector, Person(PIN), extensions)


def create(device, extensions):
    options = CreationOptions.from_dict(
        {
            "rp": {"id": RP, "name": "Example"},
            "user": {"id": websafe_encode(b"alice"), "name": "alice", "displayName": "Alice"},
            "challenge": websafe_encode(CHALLENGE),
            "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
            "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
        }
        | {"extensions": extensions}
    )
    return web_client(device).make_credential(options)


def authenticate(device, identifier, extensions):
    options = RequestOptions.from_dict(
        {
            "rpId": RP,
            "challenge": websafe_encode(CHALLENGE),
            "allowCredentials": [{"type": "public-key", "id": websafe_encode(identifier)}],
            "userVerification": "required",
        }
        | {"extensions": extensions}
    )
    return web_client(device).get_assertion(options).get_response(0)


def test_web_extensions_of_python_fido2_and_of_fidoctl_agree(key, fidoctl):
    pin = fidoctl.set_pin(PIN)
    device = open_device(key)
    made = create(device, {"largeBlob": {"support": "required"}, "credBlob": b"a few bytes"})
    assert made.client_extension_results["largeBlob"]["supported"] is True
    assert made.response.attestation_object.auth_data.extensions["credBlob"] is True
    written = authenticate(device, made.raw_id, {"largeBlob": {"write": BLOB}})
    assert written.client_extension_results["largeBlob"]["written"] is True
    device.close()

    allow = ["--rp", RP, "--allow", websafe_encode(made.raw_id)]
    got = fidoctl("assert", *allow, "--large-blob", "--cred-blob", *pin)
    results = got["clientExtensionResults"]
    assert websafe_decode(results["largeBlob"]["blob"]) == BLOB
    assert websafe_decode(results["getCredBlob"]) == b"a few bytes"
    stored = fidoctl("assert", *allow, "--write-large-blob", fidoctl.file("b", NOISE), *pin)
    assert stored["clientExtensionResults"]["largeBlob"] == {"written": True}

    device = open_device(key)
    read = authenticate(device, made.raw_id, {"largeBlob": {"read": True}, "getCredBlob": True})
    assert websafe_decode(read.client_extension_results["largeBlob"]["blob"]) == NOISE
    assert read.response.authenticator_data.extensions["credBlob"] == b"a few bytes"
    device.close()


def by_libfido2(key, what, given):
    program = Path(__file__).with_name("cred_blob_by_libfido2.py")
    return succeeds(sys.executable, program, what, key.path, PIN, given.hex()).strip()


def test_bytes_with_a_credential_go_from_fidoctl_to_libfido2_and_back(terminal_key, fidoctl, pin):
    ours = fidoctl.enroll("--rk", "required", "--cred-blob", "c0ffee", *pin)
    assert by_libfido2(terminal_key, "get", websafe_decode(ours["id"])) == "c0ffee"
    theirs = bytes.fromhex(by_libfido2(terminal_key, "make", b"theirs"))
    got = fidoctl("assert", "--rp", RP, "--allow", websafe_encode(theirs), "--cred-blob", *pin)
    assert websafe_decode(got["clientExtensionResults"]["getCredBlob"]) == b"theirs"


def test_registrations_of_fidoctl_say_what_is_stored(key, fidoctl):
    made = fidoctl.enroll("--large-blob", "required", "--cred-blob", "c0ffee")
    assert made["clientExtensionResults"] == {"credBlob": True, "largeBlob": {"supported": True}}
    got = fidoctl("assert", *NAMED, "--cred-blob")
    assert websafe_decode(got["clientExtensionResults"]["getCredBlob"]) == b"\xc0\xff\xee"


def test_the_array_api_of_python_fido2_works(key, fidoctl):
    fidoctl.set_pin(PIN)
    device = open_device(key)
    ctap = Ctap2(device)
    client_pin = ClientPin(ctap)

    def blobs():
        granted = client_pin.get_pin_token(PIN, ClientPin.PERMISSION.LARGE_BLOB_WRITE)
        return LargeBlobs(ctap, client_pin.protocol, granted)

    first, second = os.urandom(32), os.urandom(32)
    blobs().put_blob(first, NOISE)
    blobs().put_blob(second, b"second")
    assert blobs().get_blob(first) == NOISE
    assert blobs().get_blob(os.urandom(32)) is None
    with pytest.raises(CtapError) as full:
        blobs().put_blob(os.urandom(32), os.urandom(1500))
    assert full.value.code == CtapError.ERR.LARGE_BLOB_STORAGE_FULL
    blobs().delete_blob(first)
    assert blobs().get_blob(first) is None
    assert blobs().get_blob(second) == b"second"
    with pytest.raises(CtapError) as refused:
        LargeBlobs(ctap).put_blob(first, b"without a token")
    assert refused.value.code == CtapError.ERR.PUAT_REQUIRED
    device.close()
    assert [entry["size"] for entry in fidoctl("blob", "list")["entries"]] == [6]


def test_entries_that_are_not_the_standard_s_survive(key, fidoctl):
    fidoctl.enroll("--large-blob", "required")
    device = open_device(key)
    foreign = [b"bytes", {1: "text"}, [1, [2, [3]]]]
    LargeBlobs(Ctap2(device)).write_blob_array(foreign)
    device.close()
    fidoctl("blob", "set", *NAMED, fidoctl.file("blob", BLOB))
    fidoctl("blob", "delete", *NAMED, "--yes")
    device = open_device(key)
    assert LargeBlobs(Ctap2(device)).read_blob_array() == foreign
    device.close()


def test_blobs_with_their_credential_are_kept_too(fidoctl):
    """The extension of CTAP 2.3, which no other client here knows."""
    fidoctl("virtual", "new", "--state", "23.key", "--large-blobs", "large-blob")
    fidoctl.device = "virtual:23.key"
    pin = fidoctl.set_pin(PIN)
    made = enroll(fidoctl, pin)
    assert made["clientExtensionResults"] == {"largeBlob": {"supported": True}}
    fidoctl("blob", "set", *NAMED, "--force", fidoctl.file("blob", BLOB), *pin)
    assert get(fidoctl, *NAMED, *pin) == BLOB
