"""`blob`: by the array of the key, and with the credential."""

from desk import RP_ID
from fido2.ctap2 import ClientPin, LargeBlobs
from table import scenario

MAKE = f"enroll --rp {RP_ID} --user bob --large-blob required"
ALLOWED = "--credential alice.json"
BLOB = b"certificate " * 40


def with_room(desk):
    pin = desk.set_pin()
    desk.enroll("--large-blob", "required", *pin)
    return pin


def store(desk, *who):
    desk.fidoctl("blob", "set", *who, desk.fidoctl.file("in.bin", BLOB), "--force")


@scenario(
    "largeBlob",
    refused=[
        MAKE,
        f"blob get {ALLOWED}",
        f"blob set {ALLOWED} blob.txt",
        f"blob delete {ALLOWED} --yes",
        f"assert {ALLOWED} --large-blob",
        f"assert {ALLOWED} --write-large-blob blob.txt",
    ],
)
def a_blob_is_stored_read_and_deleted(desk):
    pin = with_room(desk)
    who = ["--credential", "alice.json"]
    store(desk, *who, *pin)
    desk.replug()
    desk.fidoctl("blob", "get", *who, "--output", "out.bin", *pin)
    assert (desk.directory / "out.bin").read_bytes() == BLOB
    results = desk.sign_in("--large-blob", *pin)["clientExtensionResults"]
    assert results["largeBlob"]["blob"]
    # Nothing is overwritten unasked. A blob with its credential cannot be: no key tells of one.
    code = 6 if desk.has("largeBlobs") else 7
    desk.fidoctl.fails(code, "blob", "set", *who, desk.fidoctl.file("other.bin", "x"), *pin)
    if desk.has("largeBlobs"):
        desk.fidoctl("blob", "delete", *who, "--yes", *pin)
        assert desk.fidoctl.fails(6, "blob", "get", *who, *pin)["kind"] == "no-blob"
    else:  # it can only be overwritten
        desk.fidoctl.fails(7, "blob", "delete", *who, "--yes", *pin)
    desk.sign_in("--write-large-blob", "in.bin", *pin)
    desk.fidoctl("blob", "get", *who, "--output", "out.bin", "--force", *pin)
    assert (desk.directory / "out.bin").read_bytes() == BLOB


def key_of_the_blob(desk):
    """The credential's largeBlobKey, by python-fido2."""
    return desk.foreign_assertion(extensions={"largeBlobKey": True}).large_blob_key


@scenario("largeBlobs", refused=["blob list", "blob gc --yes"])
def the_array_is_shared_with_others(desk):
    pin = with_room(desk)
    who = ["--credential", "alice.json"]
    store(desk, *who, *pin)
    key = key_of_the_blob(desk)
    with desk.authorized(ClientPin.PERMISSION.LARGE_BLOB_WRITE) as authorized:
        blobs = LargeBlobs(*authorized)
        assert blobs.get_blob(key) == BLOB
        blobs.put_blob(key, b"theirs")
        # An entry of nobody's, for the collection.
        blobs.put_blob(bytes(32), b"garbage")
    desk.fidoctl("blob", "get", *who, "--output", "out.bin", *pin)
    assert (desk.directory / "out.bin").read_bytes() == b"theirs"
    assert len(desk.fidoctl("blob", "list", *pin)["entries"]) == 2
    desk.fidoctl("blob", "gc", "--yes", *pin)
    with desk.ctap2() as ctap2:
        blobs = LargeBlobs(ctap2)
        assert len(blobs.read_blob_array()) == 1
        assert blobs.get_blob(key) == b"theirs"


@scenario("largeBlob", refused=f"blob set {ALLOWED} blob.txt")
def a_blob_that_has_no_room_changes_nothing(desk):
    pin = with_room(desk)
    who = ["--credential", "alice.json"]
    store(desk, *who, *pin)
    noise = bytes((number * number * 7919 >> 5) % 251 for number in range(9000))
    large = desk.fidoctl.file("large.bin", noise)
    # In the array there is no room; with its credential it does not even fit into a message.
    code, kind = (1, "key-full") if desk.has("largeBlobs") else (7, "unsupported")
    assert desk.fidoctl.fails(code, "blob", "set", *who, large, "--force", *pin)["kind"] == kind
    desk.fidoctl("blob", "get", *who, "--output", "out.bin", *pin)
    assert (desk.directory / "out.bin").read_bytes() == BLOB
