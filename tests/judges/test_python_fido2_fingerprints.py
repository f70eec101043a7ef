"""python-fido2's FPBioEnrollment and Fido2Client on a key with a fingerprint sensor."""

import threading

import pytest
from fido2.ctap import CtapError
from fido2.ctap2 import Ctap2
from fido2.ctap2.bio import BioEnrollment, CaptureError, FPBioEnrollment
from fido2.ctap2.pin import ClientPin

from python_fido2 import CHALLENGE, RP_ID, RelyingParty, client, open_device

PIN = "123456"
SENSOR = ["--fingerprint"]


class Managed:
    """A key, and its fingerprints under a fresh token."""

    def __init__(self, key):
        self.device = open_device(key)
        self.ctap = Ctap2(self.device)
        self.client_pin = ClientPin(self.ctap)
        if not self.ctap.info.options["clientPin"]:
            self.client_pin.set_pin(PIN)
            self.ctap = Ctap2(self.device)

    def fingerprints(self, with_finger=False):
        permission = ClientPin.PERMISSION.BIO_ENROLL
        if with_finger:
            token = self.client_pin.get_uv_token(permission)
        else:
            token = self.client_pin.get_pin_token(PIN, permission)
        return FPBioEnrollment(Ctap2(self.device), self.client_pin.protocol, token)

    def enrol(self, fingerprints):
        """The remaining samples as they were told, and the new fingerprint's ID."""
        enrolment = fingerprints.enroll()
        remaining = []
        while (id := enrolment.capture()) is None:
            remaining.append(enrolment.remaining)
        return remaining, id

    def close(self):
        self.device.close()


@pytest.fixture(params=[SENSOR, [*SENSOR, "--ctap=2.1-pre"]], ids=["final", "preview"])
def managed(serve, request):
    managed = Managed(serve("unix", make=request.param))
    yield managed
    managed.close()


def test_the_sensor_tells_of_itself(managed):
    fingerprints = managed.fingerprints()
    assert fingerprints.modality == BioEnrollment.MODALITY.FINGERPRINT
    sensor = fingerprints.get_fingerprint_sensor_info()
    assert sensor[BioEnrollment.RESULT.FINGERPRINT_KIND] == 1
    assert sensor[BioEnrollment.RESULT.MAX_SAMPLES_REQUIRED] == 4


def test_fingers_are_enrolled_named_listed_and_removed(managed):
    fingerprints = managed.fingerprints()
    assert fingerprints.enumerate_enrollments() == {}
    remaining, first = managed.enrol(fingerprints)
    assert remaining == [3, 2, 1]
    _, second = managed.enrol(fingerprints)
    fingerprints.set_name(second, "left thumb")
    assert fingerprints.enumerate_enrollments() == {first: "", second: "left thumb"}
    fingerprints.remove_enrollment(first)
    assert fingerprints.enumerate_enrollments() == {second: "left thumb"}


def test_samples_of_no_use_are_told(serve):
    finger = "auto,too-fast,no-user-presence-transition,auto"
    managed = Managed(serve("unix", make=SENSOR, finger=finger))
    enrolment = managed.fingerprints().enroll()
    assert enrolment.capture() is None
    for status in [0x05, 0x0E]:
        with pytest.raises(CaptureError) as told:
            enrolment.capture()
        assert told.value.code == status
        assert enrolment.remaining == 3
    while enrolment.capture() is None:
        pass
    managed.close()


def test_an_enrolment_is_cancelled(managed):
    fingerprints = managed.fingerprints()
    enrolment = fingerprints.enroll()
    enrolment.capture()
    enrolment.cancel()
    assert fingerprints.enumerate_enrollments() == {}


def test_a_wait_for_a_finger_is_cancelled(serve):
    managed = Managed(serve("unix", make=SENSOR, finger="never"))
    enrolment = managed.fingerprints().enroll()
    event = threading.Event()
    threading.Timer(0.3, event.set).start()
    with pytest.raises(CtapError) as refused:
        enrolment.capture(event=event)
    assert refused.value.code == CtapError.ERR.KEEPALIVE_CANCEL
    managed.close()


def test_a_finger_opens_the_fingerprints(serve):
    managed = Managed(serve("unix", make=SENSOR))
    managed.enrol(managed.fingerprints())
    assert len(managed.fingerprints(with_finger=True).enumerate_enrollments()) == 1
    managed.close()


def test_wrong_fingers_are_counted(serve):
    key = serve("unix", make=SENSOR)
    managed = Managed(key)
    managed.enrol(managed.fingerprints())
    managed.close()
    key.power_cycle(finger="wrong")
    managed = Managed(key)
    permission = ClientPin.PERMISSION.GET_ASSERTION
    refusals = [CtapError.ERR.UV_INVALID] * 4 + [CtapError.ERR.UV_BLOCKED] * 2
    for left, refusal in zip([4, 3, 2, 1, 0, 0], refusals):
        with pytest.raises(CtapError) as refused:
            managed.client_pin.get_uv_token(permission, RP_ID)
        assert refused.value.code == refusal
        assert managed.client_pin.get_uv_retries() == left
    managed.client_pin.get_pin_token(PIN, permission, RP_ID)
    assert managed.client_pin.get_uv_retries() == 5
    managed.close()


def test_a_finger_registers_and_signs_in(managed):
    managed.enrol(managed.fingerprints())
    relying_party = RelyingParty("required")
    # Nobody is there to type a PIN.
    person = client(managed.device)
    creation = {
        "rp": {"id": RP_ID, "name": "Example"},
        "user": {"id": b"alice", "name": "alice"},
        "challenge": CHALLENGE,
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "attestation": "direct",
        "authenticatorSelection": {
            "userVerification": "required",
            "residentKey": "required",
            "requireResidentKey": True,
        },
    }
    credential = relying_party.register(person.make_credential(creation))
    request = {"rpId": RP_ID, "challenge": CHALLENGE, "userVerification": "required"}
    assertion = person.get_assertion(request).get_response(0)
    relying_party.authenticate(credential, assertion)
