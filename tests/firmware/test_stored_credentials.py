"""What is stored on other people's keys, in fidoctl's hands."""

import base64

import pytest


@pytest.fixture
def pin(fidoctl):
    """A key with three credentials for two services, and the arguments that give its PIN."""
    file = fidoctl.pin("pin.txt", "4711 abc")
    fidoctl("pin", "set", "--new-pin-file", file)
    pin = ["--pin-file", file]
    for rp, user in [("example.com", "alice"), ("example.com", "bob"), ("b.example", "carol")]:
        fidoctl("enroll", "--rp", rp, "--user", user, "--rk", "required", *pin)
    return pin


def accounts(listing):
    return {(c["rp_id"], c["user_name"]) for c in listing["credentials"]}


def in_hex(credential):
    text = credential["credential_id"]
    return "hex:" + base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).hex()


def test_everything_is_listed_and_counted(fidoctl, pin):
    listing = fidoctl("credential", "list", *pin)
    assert accounts(listing) == {
        ("example.com", "alice"),
        ("example.com", "bob"),
        ("b.example", "carol"),
    }
    assert listing["discrepancies"] == []
    assert listing["metadata"]["existing"] == 3
    assert all(c["public_key_pem"] and c["rp_id_is_whole"] for c in listing["credentials"])


def test_a_name_that_is_not_given_stays(fidoctl, pin):
    [carol] = fidoctl("credential", "list", "--rp", "b.example", *pin)["credentials"]
    fidoctl("credential", "rename", in_hex(carol), "--name", "caroline", *pin)
    [renamed] = fidoctl("credential", "list", "--rp", "b.example", *pin)["credentials"]
    assert (renamed["user_name"], renamed["user_display_name"]) == ("caroline", "carol")


def test_what_is_deleted_is_gone(fidoctl, pin):
    fidoctl("credential", "delete", "--rp", "example.com", "--yes", *pin)
    assert accounts(fidoctl("credential", "list", *pin)) == {("b.example", "carol")}
    assert fidoctl("credential", "metadata", *pin)["existing"] == 1


def test_persistent_tokens_are_kept_where_the_key_has_them(fidoctl, firmware, pin):
    kept = ["credential", "list", "--token-file", "token.json"]
    if firmware.name == "virtual":
        fidoctl(*kept, *pin)
        assert len(fidoctl(*kept)["credentials"]) == 3
    else:
        assert fidoctl.fails(7, *kept, *pin)["kind"] == "unsupported"
