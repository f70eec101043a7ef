"""Signed metadata: a genuine blob, the standard's example, and those of a service of our own."""

import ast
import base64
import json
import os
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric import utils

from fidoctl import DONE, FAILED, NOT_GENUINE, USAGE
from metadata_service import DAY, NOW, SIGNERS, MetadataService, base64url, payload
from packages import genuine_blob, python_fido2_metadata_test

# When the genuine blob was new.
THEN = "1646000000"
R3 = "cbb522d7b7f127ad6a0113865bdf1cd4102e7d0759af635a7cf4720dc963c53b"


@pytest.fixture(scope="session")
def genuine():
    return genuine_blob()


def parts(blob):
    return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in blob.split(".")]


def with_header(blob, **members):
    header, rest = json.loads(parts(blob)[0]), blob.split(".", 1)[1]
    return base64url(json.dumps(header | members).encode()) + "." + rest


def verify(fidoctl, blob, *args, code=DONE):
    return fidoctl.run("mds", "verify", fidoctl.file("blob.jwt", blob), *args, "--json").expect(code)


def test_the_genuine_blob_verifies_at_its_own_date(fidoctl, genuine):
    verdict = verify(fidoctl, genuine, "--at", THEN).json
    stated = json.loads(parts(genuine)[1])
    assert verdict["signer"]["name"] == "mds.fidoalliance.org"
    assert verdict["signer"]["algorithm"] == "RS256"
    assert verdict["signer"]["root"]["sha256"] == R3
    assert verdict["metadata"]["no"] == stated["no"] == 12
    assert verdict["metadata"]["verified"] and verdict["metadata"]["up_to_date"]
    assert verdict["metadata"]["next_update"] == stated["nextUpdate"]
    assert verdict["models"] == len(stated["entries"]) == 101
    assert verdict["faults"] == []
    later = verify(fidoctl, genuine, "--at", "2022-03-02").json
    assert not later["metadata"]["up_to_date"]


def test_the_genuine_blob_is_refused_today(fidoctl, genuine):
    error = verify(fidoctl, genuine, code=NOT_GENUINE).error
    assert error["kind"] == "not-genuine" and "expired" in error["message"]
    assert any("--at" in hint for hint in error["hints"])


def test_the_genuine_blob_is_refused_before_its_certificate_was_made(fidoctl, genuine):
    error = verify(fidoctl, genuine, "--at", "2021-04-01", code=NOT_GENUINE).error
    assert "not valid yet" in error["message"]


@pytest.mark.parametrize("part", [0, 1, 2], ids=["header", "payload", "signature"])
@pytest.mark.parametrize("place", [0.0, 0.37, 0.999])
def test_the_genuine_blob_with_a_byte_changed_is_refused(fidoctl, genuine, part, place):
    changed = genuine.split(".")
    text = changed[part]
    at = int(place * (len(text) - 1))
    changed[part] = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
    assert verify(fidoctl, ".".join(changed), "--at", THEN, code=NOT_GENUINE).error


@pytest.mark.parametrize("keep", [0.0, 0.005, 0.5, 0.9999])
def test_the_genuine_blob_cut_short_is_refused(fidoctl, genuine, keep):
    # Without its dots it is no blob at all.
    code = NOT_GENUINE if keep > 0.9 else USAGE
    verify(fidoctl, genuine[: int(keep * len(genuine))], "--at", THEN, code=code)


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "ES256", "PS256", "RS384", ""])
def test_the_genuine_blob_under_another_algorithm_is_refused(fidoctl, genuine, algorithm):
    for blob in [with_header(genuine, alg=algorithm), without_signature(genuine, algorithm)]:
        verify(fidoctl, blob, "--at", THEN, code=NOT_GENUINE)


def without_signature(blob, algorithm):
    return with_header(blob, alg=algorithm).rsplit(".", 1)[0] + "."


def test_the_genuine_blob_with_other_certificates_is_refused(fidoctl, genuine):
    leaf, authority = json.loads(parts(genuine)[0])["x5c"]
    for chain in [[authority, leaf], [leaf], [authority], [authority, authority], []]:
        verify(fidoctl, with_header(genuine, x5c=chain), "--at", THEN, code=NOT_GENUINE)
    ours = json.loads(parts(MetadataService("RS256").blob(payload()))[0])["x5c"]
    verify(fidoctl, with_header(genuine, x5c=ours), "--at", THEN, code=NOT_GENUINE)
    verify(fidoctl, with_header(genuine, x5c=[ours[0], authority]), "--at", THEN, code=NOT_GENUINE)


def test_the_standard_s_example_verifies_with_its_root(fidoctl):
    source = ast.parse(python_fido2_metadata_test())
    texts = [node.value for node in ast.walk(source) if isinstance(node, ast.Constant)]
    texts = [text for text in texts if isinstance(text, str)]
    blob = "".join(next(text for text in texts if text.count(".") == 2 and len(text) > 5000).split())
    root = base64.b64decode(next(text for text in texts if text.startswith("\nMIIGGTCCBAGg")))
    fidoctl.file("root.der", root)
    # Its signature stands there in DER, which RFC 7518 section 3.4 does not allow.
    head, signature = blob.rsplit(".", 1)
    r, s = utils.decode_dss_signature(base64.urlsafe_b64decode(signature + "=="))
    mended = head + "." + base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    named = ["--root", "root.der", "--signer", "EXAMPLE MDS3 SIGNING CERTIFICATE"]
    verdict = verify(fidoctl, mended, *named).json
    assert (verdict["metadata"]["no"], verdict["models"]) == (15, 2)
    # Its options are the texts "true" and "false", where truth values belong.
    left_out = [fault["left_out"] for fault in verdict["faults"]]
    assert left_out == ["metadataStatement.authenticatorGetInfo.options"]
    assert verdict["signer"]["algorithm"] == "ES256"
    verify(fidoctl, blob, *named, code=NOT_GENUINE)
    verify(fidoctl, mended, "--root", "root.der", code=NOT_GENUINE)
    verify(fidoctl, mended, code=NOT_GENUINE)


@pytest.mark.parametrize("algorithm", SIGNERS)
def test_every_algorithm_of_a_service_of_one_s_own_verifies(fidoctl, algorithm):
    service = MetadataService(algorithm)
    root = ["--root", fidoctl.file("root.pem", service.root_pem())]
    blob = service.blob(payload())
    assert verify(fidoctl, blob, *root).json["signer"]["algorithm"] == algorithm
    verify(fidoctl, blob, code=NOT_GENUINE)
    verify(fidoctl, blob[:-9] + "AAAAAAAAA", *root, code=NOT_GENUINE)


def test_an_issuer_that_is_no_authority_is_refused(fidoctl):
    service = MetadataService(authority=False)
    root = ["--root", fidoctl.file("root.pem", service.root_pem())]
    error = verify(fidoctl, service.blob(payload()), *root, code=NOT_GENUINE).error
    assert "authority" in error["message"]


def test_another_signer_under_the_same_root_is_refused(fidoctl):
    service = MetadataService(signer="example.com")
    root = ["--root", fidoctl.file("root.pem", service.root_pem())]
    error = verify(fidoctl, service.blob(payload()), *root, code=NOT_GENUINE).error
    assert "mds.fidoalliance.org" in error["message"]
    verify(fidoctl, service.blob(payload()), *root, "--signer", "example.com")


@pytest.fixture
def service(fidoctl):
    service = MetadataService()
    service.arguments = ["--root", fidoctl.file("root.pem", service.root_pem())]
    return service


def test_an_older_number_than_one_seen_is_refused(fidoctl, service, environment):
    first = verify(fidoctl, service.blob(payload(no=8)), *service.arguments).json
    assert first["seen_before"] is None
    again = verify(fidoctl, service.blob(payload(no=8)), *service.arguments).json
    assert again["seen_before"] == 8
    assert verify(fidoctl, service.blob(payload(no=9)), *service.arguments).json["seen_before"] == 8
    old = service.blob(payload(no=8))
    error = verify(fidoctl, old, *service.arguments, code=NOT_GENUINE).error
    assert error["kind"] == "rolled-back" and "9" in error["message"]
    listed = ["mds", "list", "--mds", "blob.jwt", *service.arguments]
    assert fidoctl.fails(NOT_GENUINE, *listed)["kind"] == "rolled-back"
    assert verify(fidoctl, old, *service.arguments, "--no-state").json["seen_before"] is None
    at = str(int(NOW.timestamp()))
    assert verify(fidoctl, old, *service.arguments, "--at", at).json["seen_before"] is None
    kept = os.path.join(environment["XDG_STATE_HOME"], "fidoctl")
    assert stat.S_IMODE(os.stat(os.path.join(kept, "mds.json")).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(kept).st_mode) == 0o700


def test_a_refused_blob_is_not_remembered(fidoctl, service):
    forged = service.blob(payload(no=99))[:-4] + "AAAA"
    verify(fidoctl, forged, *service.arguments, code=NOT_GENUINE)
    assert verify(fidoctl, service.blob(payload(no=8)), *service.arguments).json["seen_before"] is None


def test_each_service_has_its_own_count(fidoctl, service):
    verify(fidoctl, service.blob(payload(no=8)), *service.arguments)
    other = MetadataService()
    root = ["--root", fidoctl.file("other.pem", other.root_pem())]
    assert verify(fidoctl, other.blob(payload(no=1)), *root).json["seen_before"] is None


def test_what_was_seen_is_not_forgotten_because_its_file_is_damaged(fidoctl, service, environment):
    verify(fidoctl, service.blob(payload()), *service.arguments)
    path = os.path.join(environment["XDG_STATE_HOME"], "fidoctl/mds.json")
    for damage in ["", "{}", '{"schema": "other/1", "numbers": {}}']:
        with open(path, "w") as file:
            file.write(damage)
        error = verify(fidoctl, service.blob(payload()), *service.arguments, code=FAILED).error
        assert error["kind"] == "state-file"


def test_metadata_past_their_next_update_warn(fidoctl, service):
    due = (NOW - 2 * DAY).strftime("%Y-%m-%d")
    blob = service.blob(payload(next_update=due))
    assert not verify(fidoctl, blob, *service.arguments).json["metadata"]["up_to_date"]
    for command in [["verify", "blob.jwt"], ["list", "--mds", "blob.jwt"]]:
        told = fidoctl.run("mds", *command, *service.arguments).expect(DONE)
        assert f"due on {due}" in told.out


def test_a_payload_without_a_signature_is_taken_only_when_told_so(fidoctl):
    plain = fidoctl.json_file("plain.json", payload())
    error = fidoctl.fails(USAGE, "mds", "list", "--mds", plain)
    assert any("--unsigned" in hint for hint in error["hints"])
    listed = fidoctl("mds", "list", "--mds", plain, "--unsigned")
    assert listed["metadata"]["verified"] is False
    assert "NOT VERIFIED" in fidoctl.run("mds", "list", "--mds", plain, "--unsigned").out


def test_a_signed_blob_is_no_plain_payload(fidoctl, service):
    blob = fidoctl.file("blob.jwt", service.blob(payload()))
    assert fidoctl.fails(USAGE, "mds", "list", "--mds", blob, "--unsigned")["kind"] == "bad-file"


def test_a_file_of_which_no_root_can_be_read_is_refused(fidoctl, service):
    blob = fidoctl.file("blob.jwt", service.blob(payload()))
    for content in [b"", b"no certificate", b"0\x03abc", service.root_pem()[:300]]:
        root = fidoctl.file("root", content)
        assert fidoctl.fails(USAGE, "mds", "verify", blob, "--root", root)["kind"] == "bad-file"


def test_without_a_file_the_way_to_one_is_told(fidoctl):
    error = fidoctl.fails(USAGE, "mds", "list")
    assert any("FIDOCTL_MDS" in hint for hint in error["hints"])


def test_the_file_may_be_named_in_the_environment(fidoctl, service):
    fidoctl.environment["FIDOCTL_MDS"] = fidoctl.file("blob.jwt", service.blob(payload()))
    assert fidoctl("mds", "list", *service.arguments)["models"] == []
