"""libfido2's fido2-token manages what is stored on a served key, and fidoctl what it has renamed."""

import base64

import pytest

from libfido2 import b64, fails, lines, run, set_pin, succeeds, unb64

PIN = "correct horse"


@pytest.fixture
def key(terminal_key):
    assert set_pin(terminal_key, PIN).returncode == 0
    return terminal_key


@pytest.fixture
def stored(key, fidoctl):
    """Three credentials for two services: name of the account → credential ID."""
    pin = fidoctl.pin(PIN)
    ids = {}
    for rp, user in [("example.com", "alice"), ("b.example", "bob"), ("example.com", "carol")]:
        options = ["--rk", "required", "--display-name", user.title(), "--user-id", f"hex:{user.encode().hex()}"]
        fidoctl.enroll(*options, *pin, rp=rp, user=user, record=f"{user}.json")
    for credential in fidoctl("credential", "list", *pin)["credentials"]:
        ids[credential["user_name"]] = from_base64url(credential["credential_id"])
    return ids


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def token(*args):
    return succeeds("fido2-token", *args, stdin=lines(PIN))


def rows(out):
    return [line.split(" ") for line in out.splitlines()]


def test_metadata(key, stored):
    said = dict(line.split(": ") for line in token("-I", "-c", key.path).splitlines())
    assert said == {"existing rk(s)": "3", "remaining rk(s)": "97"}


def test_relying_parties_are_listed(key, stored):
    assert [row[2] for row in rows(token("-L", "-r", key.path))] == ["example.com", "b.example"]


def test_credentials_of_a_relying_party_are_listed(key, stored):
    listed = rows(token("-L", "-k", "example.com", key.path))
    assert {row[2]: unb64(row[1]) for row in listed} == {
        "Alice": stored["alice"],
        "Carol": stored["carol"],
    }


def test_a_credential_is_shown_with_its_public_key(key, stored, fidoctl):
    out = token("-I", "-k", "b.example", "-i", b64(stored["bob"]), key.path)
    shown = fidoctl("credential", "show", f"hex:{stored['bob'].hex()}", *fidoctl.pin(PIN))
    assert shown["credential"]["public_key_pem"].strip() in out


def test_a_credential_is_deleted(key, stored):
    token("-D", "-i", b64(stored["alice"]), key.path)
    listed = rows(token("-L", "-k", "example.com", key.path))
    assert [unb64(row[1]) for row in listed] == [stored["carol"]]
    assert "FIDO_ERR_NO_CREDENTIALS" in fails(
        "fido2-token", "-D", "-i", b64(stored["alice"]), key.path, stdin=lines(PIN)
    )


def test_what_libfido2_renames_fidoctl_reads(key, stored, fidoctl):
    names = ["-k", b64(b"bob"), "-n", "robert", "-p", "Robert Ü."]
    token("-S", "-c", "-i", b64(stored["bob"]), *names, key.path)
    shown = fidoctl("credential", "show", stored["bob"].hex(), *fidoctl.pin(PIN))["credential"]
    assert (shown["user_name"], shown["user_display_name"]) == ("robert", "Robert Ü.")


def test_what_fidoctl_renames_libfido2_reads(key, stored, fidoctl):
    pin = fidoctl.pin(PIN)
    fidoctl("credential", "rename", stored["bob"].hex(), "--display-name", "Rob", *pin)
    [row] = rows(token("-L", "-k", "b.example", key.path))
    assert row[2] == "Rob"
    # A name that is not given stays.
    shown = fidoctl("credential", "show", stored["bob"].hex(), *pin)["credential"]
    assert shown["user_name"] == "bob"


def test_what_fidoctl_deletes_libfido2_misses(key, stored, fidoctl):
    fidoctl("credential", "delete", "--rp", "example.com", "--yes", *fidoctl.pin(PIN))
    assert [row[2] for row in rows(token("-L", "-r", key.path))] == ["b.example"]


def test_an_empty_key_is_listed_as_empty(key):
    said = token("-I", "-c", key.path)
    assert "existing rk(s): 0" in said
    assert run("fido2-token", "-L", "-r", key.path, stdin=lines(PIN)).stdout == ""


def test_a_key_from_before_ctap_2_1_is_managed_by_the_prototype(serve, fidoctl):
    fidoctl("virtual", "new", "--state", "old.state", "--ctap", "2.1-pre")
    key = serve("pty", name="old")
    fidoctl.device = key.device
    assert set_pin(key, PIN).returncode == 0
    fidoctl.enroll("--rk", "required", *fidoctl.pin(PIN))
    [row] = rows(token("-L", "-k", "example.com", key.path))
    [listed] = fidoctl("credential", "list", *fidoctl.pin(PIN))["credentials"]
    assert unb64(row[1]) == from_base64url(listed["credential_id"])
    token("-D", "-i", row[1], key.path)
    assert fidoctl("credential", "list", *fidoctl.pin(PIN))["credentials"] == []
