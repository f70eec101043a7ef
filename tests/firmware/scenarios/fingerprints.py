"""`fingerprint`, final and preview."""

from desk import RP_ID
from fido2.ctap2 import ClientPin, FPBioEnrollment
from table import scenario

ALL = [
    "fingerprint sensor",
    "fingerprint list",
    "fingerprint add --name thumb",
    "fingerprint rename 00 thumb",
    "fingerprint remove 00 --yes",
]


def stored(desk):
    """ID in hex → name, by python-fido2."""
    with desk.authorized(ClientPin.PERMISSION.BIO_ENROLL) as authorized:
        found = FPBioEnrollment(*authorized).enumerate_enrollments()
        return {id.hex(): name for id, name in found.items()}


def listed(desk, pin):
    found = desk.fidoctl("fingerprint", "list", *pin)["fingerprints"]
    return {one["id"]: one["name"] for one in found}


@scenario("bioEnroll", refused=ALL)
def a_finger_comes_signs_in_and_goes(desk):
    pin = desk.set_pin()
    sensor = desk.fidoctl("fingerprint", "sensor")
    with desk.authorized(ClientPin.PERMISSION.BIO_ENROLL) as authorized:
        theirs = FPBioEnrollment(*authorized).get_fingerprint_sensor_info()
    assert sensor["samples"] == theirs[FPBioEnrollment.RESULT.MAX_SAMPLES_REQUIRED]
    assert listed(desk, pin) == stored(desk) == {}
    added = desk.fidoctl("fingerprint", "add", "--name", "right thumb", *pin)["fingerprint"]
    assert listed(desk, pin) == stored(desk) == {added["id"]: "right thumb"}
    desk.fidoctl("fingerprint", "rename", added["id"], "left thumb", *pin)
    assert stored(desk) == {added["id"]: "left thumb"}
    # No PIN is given from here on: the finger verifies.
    who = ["--rp", RP_ID, "--user", "bob", "--uv", "required", "--save", "bob.json"]
    desk.fidoctl("enroll", *who)
    desk.fidoctl("assert", "--credential", "bob.json", "--uv", "required")
    desk.fidoctl("fingerprint", "remove", "left thumb", "--yes", *pin)
    assert stored(desk) == {}


@scenario("bioEnroll", refused=ALL)
def a_finger_of_others_is_managed(desk):
    pin = desk.set_pin()
    with desk.authorized(ClientPin.PERMISSION.BIO_ENROLL) as authorized:
        context = FPBioEnrollment(*authorized).enroll()
        while context.capture() is None:
            pass
    # Not by the ID that was told meanwhile: a sensor may choose its own in the end.
    [id] = listed(desk, pin)
    with desk.authorized(ClientPin.PERMISSION.BIO_ENROLL) as authorized:
        FPBioEnrollment(*authorized).set_name(bytes.fromhex(id), "index")
    assert listed(desk, pin) == {id: "index"}
    desk.fidoctl("fingerprint", "remove", "index", "--yes", *pin)
    assert stored(desk) == {}


@scenario("bioEnroll", refused=ALL)
def a_finger_wants_a_pin_first(desk):
    assert desk.fidoctl.fails(4, "fingerprint", "add")["kind"] == "pin-not-set"
