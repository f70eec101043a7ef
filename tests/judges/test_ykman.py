"""ykman's library manages a key that fidoctl serves, and each sees what the other did."""

import csv
import io

import pytest
from fido2.utils import websafe_decode

from ykman_fido import facts, fails, succeeds

PIN = "correct horse"
GIVEN = ["--pin", PIN]


@pytest.fixture
def key(serve, fidoctl):
    """A key with a sensor, a PIN and two credentials."""
    key = serve("unix", make=["--fingerprint"])
    fidoctl.device = key.device
    pin = fidoctl.set_pin(PIN)
    for user in ["alice", "bob"]:
        fidoctl.enroll("--rk", "required", *pin, user=user, record=f"{user}.json")
    return key


def listed(key):
    """Credential ID → the row of ykman's own listing."""
    rows = csv.DictReader(io.StringIO(succeeds(key, "credentials", "list", "--csv", *GIVEN)))
    return {row["credential_id"]: row for row in rows if row["credential_id"]}


def credential_id(fidoctl, user):
    return websafe_decode(fidoctl.record(f"{user}.json")["credential_id"]).hex()


def test_a_key_tells_of_itself(key, fidoctl):
    said = facts(key)
    ours = fidoctl("info")["get_info"]
    assert said["AAGUID"] == ours["aaguid"]
    assert said["PIN"] == "8 attempt(s) remaining"
    assert said["Minimum PIN length"] == str(ours["minPINLength"])
    assert said["Fingerprints"] == "Not registered"
    assert said["Always Require UV"] == "Off"
    assert said["Enterprise Attestation"] == "Disabled"
    assert said["Credential storage remaining"] == str(ours["remainingDiscoverableCredentials"])


def test_a_pin_is_set_changed_and_checked(serve, fidoctl):
    key = serve("unix")
    fidoctl.device = key.device
    succeeds(key, "access", "change-pin", "--new-pin", PIN)
    fidoctl("pin", "verify", *fidoctl.pin(PIN))
    assert "Wrong PIN" in fails(key, "access", "change-pin", "--pin", "wrong", "--new-pin", "new pin")
    succeeds(key, "access", "change-pin", "--pin", PIN, "--new-pin", "new pin")
    fidoctl("pin", "verify", *fidoctl.pin("new pin"))
    fidoctl("pin", "change", *fidoctl.pin("new pin"), *fidoctl.new_pin(PIN))
    succeeds(key, "access", "verify-pin", *GIVEN)
    assert "PIN_INVALID" in fails(key, "access", "verify-pin", "--pin", "new pin")


def test_credentials_are_listed_as_fidoctl_names_them(key, fidoctl):
    id = credential_id(fidoctl, "alice")
    fidoctl("credential", "rename", f"hex:{id}", "--display-name", "Alice A.", *fidoctl.pin(PIN))
    rows = listed(key)
    assert {row["user_name"] for row in rows.values()} == {"alice", "bob"}
    assert rows[id]["user_display_name"] == "Alice A."
    assert rows[id]["rp_id"] == "example.com"
    user = fidoctl.record("alice.json")["user"]["id"]
    assert rows[id]["user_id"] == websafe_decode(user).hex()


def test_a_deleted_credential_is_gone_for_both(key, fidoctl):
    succeeds(key, "credentials", "delete", credential_id(fidoctl, "bob"), "--force", *GIVEN)
    left = fidoctl("credential", "list", *fidoctl.pin(PIN))["credentials"]
    assert [one["user_name"] for one in left] == ["alice"]
    id = f"hex:{credential_id(fidoctl, 'alice')}"
    fidoctl("credential", "delete", id, "--yes", *fidoctl.pin(PIN))
    assert listed(key) == {}


def test_fingers_come_and_go_by_either(key, fidoctl):
    pin = fidoctl.pin(PIN)
    succeeds(key, "fingerprints", "add", "thumb", *GIVEN)
    [thumb] = fidoctl("fingerprint", "list", *pin)["fingerprints"]
    assert thumb["name"] == "thumb"
    succeeds(key, "fingerprints", "rename", thumb["id"], "left thumb", *GIVEN)
    fidoctl("fingerprint", "add", "--name", "index", *pin)
    said = succeeds(key, "fingerprints", "list", *GIVEN)
    assert "(left thumb)" in said and "(index)" in said
    assert "Registered" in facts(key)["Fingerprints"]
    succeeds(key, "fingerprints", "delete", "index", "--force", *GIVEN)
    fidoctl("fingerprint", "remove", "left thumb", "--yes", *pin)
    assert succeeds(key, "fingerprints", "list", *GIVEN) == ""


def test_settings_are_made(key, fidoctl):
    settings = lambda: fidoctl("config", "show")["settings"]  # noqa: E731
    succeeds(key, "config", "toggle-always-uv", *GIVEN)
    assert settings()["always_uv"] is True
    succeeds(key, "config", "toggle-always-uv", *GIVEN)
    succeeds(key, "config", "enable-ep-attestation", *GIVEN)
    succeeds(key, "access", "set-min-length", "6", "--rp-id", "example.com", *GIVEN)
    now = settings()
    assert (now["always_uv"], now["enterprise_attestation"]) == (False, True)
    assert now["minimum_pin_length"] == 6
    succeeds(key, "access", "force-change", *GIVEN)
    assert settings()["pin_change_forced"] is True
    assert "Change the PIN first" in fails(key, "credentials", "list", *GIVEN)


def test_a_reset_erases_all(key, fidoctl):
    assert "FIDO application data reset." in succeeds(key, "reset", stdin="y\n")
    assert fidoctl("pin")["pin"]["set"] is False
    fidoctl.fails(6, "assert", "--credential", "alice.json", "--uv", "discouraged")


def test_a_key_of_u2f_alone_takes_none_of_it(serve):
    key = serve("unix", make=["--u2f-only"])
    assert "does not support CTAP2" in fails(key, "credentials", "list", *GIVEN)
