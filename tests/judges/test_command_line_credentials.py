"""Managing what is stored on a key, as a script does it: one token, no surprises."""

import base64
import json
import stat

import pytest

from fidoctl import NO_CONSENT, PARTLY_DONE, PIN, UNEXPECTED, UNSUPPORTED, USAGE
from proxy import Proxy

GOOD = "correct horse"


@pytest.fixture
def pin(fidoctl, observed):
    """alice and bob at example.com, carol at b.example."""
    pin = fidoctl.set_pin(GOOD)
    for user, rp in [("alice", "example.com"), ("bob", "example.com"), ("carol", "b.example")]:
        fidoctl.enroll("--rk", "required", *pin, user=user, rp=rp, record=f"{user}.json")
    return pin


@pytest.fixture
def ids(fidoctl, pin):
    """Name of the account → credential ID in hex."""
    listed = fidoctl("credential", "list", *pin)["credentials"]
    return {c["user_name"]: to_hex(c["credential_id"]) for c in listed}


def to_hex(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).hex()


def users(fidoctl, pin):
    return [c["user_name"] for c in fidoctl("credential", "list", *pin)["credentials"]]


def cost(observed, run):
    before = len(observed.requests)
    run()
    return len(observed.requests) - before


def test_a_listing_costs_a_message_for_each_credential_and_service(observed, fidoctl, pin):
    # INIT, getInfo, tries, key agreement, token; metadata; two services, three credentials.
    assert cost(observed, lambda: fidoctl("credential", "list", *pin)) == 5 + 1 + 2 + 3


def test_a_listing_of_one_service_costs_a_message_for_each_credential(observed, fidoctl, pin):
    list_one = ["credential", "list", "--rp", "example.com", *pin]
    assert cost(observed, lambda: fidoctl(*list_one)) == 5 + 2


def test_deleting_needs_no_second_token(observed, fidoctl, pin):
    delete = ["credential", "delete", "--rp", "example.com", "--yes", *pin]
    assert cost(observed, lambda: fidoctl(*delete)) == 5 + 2 + 2
    assert users(fidoctl, pin) == ["carol"]


def test_several_are_deleted_by_the_beginning_of_their_ids(fidoctl, pin, ids):
    report = fidoctl("credential", "delete", ids["alice"][:12], ids["carol"], "--yes", *pin)
    assert [c["user_name"] for c in report["deleted"]] == ["alice", "carol"]
    assert report["left"] == []
    assert users(fidoctl, pin) == ["bob"]


def test_one_unknown_id_deletes_nothing(fidoctl, pin, ids):
    error = fidoctl.fails(
        UNEXPECTED, "credential", "delete", ids["alice"], "hex:00000000", "--yes", *pin
    )
    assert error["kind"] == "no-credentials"
    assert len(users(fidoctl, pin)) == 3


def test_too_short_an_id_is_refused_before_the_key_is_asked(observed, fidoctl):
    run = lambda: fidoctl.fails(USAGE, "credential", "delete", "abc", "--yes")
    assert cost(observed, run) == 0


def test_nothing_is_deleted_without_consent(observed, fidoctl, pin, ids):
    run = lambda: fidoctl.fails(NO_CONSENT, "credential", "delete", ids["alice"], *pin)
    assert cost(observed, run) == 0
    assert len(users(fidoctl, pin)) == 3


def test_a_name_that_is_not_given_stays(fidoctl, pin, ids):
    fidoctl("credential", "rename", ids["bob"], "--display-name", "Bob B.", *pin)
    fidoctl("credential", "rename", ids["bob"], "--name", "bobby", *pin)
    shown = fidoctl("credential", "show", ids["bob"], *pin)["credential"]
    assert (shown["user_name"], shown["user_display_name"]) == ("bobby", "Bob B.")
    fidoctl("credential", "rename", ids["bob"], "--name", "", *pin)
    shown = fidoctl("credential", "show", ids["bob"], *pin)["credential"]
    assert (shown["user_name"], shown["user_display_name"]) == (None, "Bob B.")


def test_the_name_that_is_there_is_not_written_again(fidoctl, pin, ids):
    rename = ["credential", "rename", ids["bob"], "--name", "bob", *pin]
    assert fidoctl(*rename)["result"] == "unchanged"


@pytest.mark.parametrize("form", ["lines", "json"])
def test_prune_deletes_what_the_list_does_not_name(fidoctl, pin, ids, tmp_path, form):
    alice = json.loads((tmp_path / "alice.json").read_text())["credential_id"]
    if form == "lines":
        fidoctl.file("keep", f"# known\n\nhex:{ids['alice']}\nAAAA\n")
    else:
        fidoctl.json_file("keep", [alice, "AAAA"])
    prune = ["credential", "prune", "--rp", "example.com", "--keep", "keep", *pin]
    dry = fidoctl(*prune, "--dry-run")
    assert (dry["kept"], len(dry["obsolete"]), dry["deleted"]) == ([alice], 1, [])
    assert dry["not_on_this_key"] == ["AAAA"]
    assert users(fidoctl, pin) == ["alice", "bob", "carol"]
    assert fidoctl(*prune, "--yes")["deleted"][0]["user_name"] == "bob"
    assert users(fidoctl, pin) == ["alice", "carol"]


@pytest.mark.parametrize("content", ["", "# nothing\n", "not an id!\n", "[1]", '["a"', "\xff"])
def test_a_list_that_cannot_be_meant_prunes_nothing(observed, fidoctl, content):
    fidoctl.file("keep", content)
    prune = ["credential", "prune", "--rp", "example.com", "--keep", "keep", "--yes"]
    assert cost(observed, lambda: fidoctl.fails(USAGE, *prune)) == 0


def test_a_kept_token_reads_without_a_pin(observed, fidoctl, pin, tmp_path):
    kept = ["credential", "list", "--token-file", "token.json"]
    fidoctl(*kept, *pin)
    assert stat.S_IMODE((tmp_path / "token.json").stat().st_mode) == 0o600
    # INIT, getInfo; metadata; two services, three credentials.
    assert cost(observed, lambda: fidoctl(*kept)) == 2 + 1 + 2 + 3


def test_a_kept_token_may_be_in_a_folder_that_cannot_be_written(fidoctl, pin, tmp_path):
    folder = tmp_path / "secrets"
    folder.mkdir()
    kept = ["credential", "list", "--token-file", "secrets/token.json"]
    fidoctl(*kept, *pin)
    folder.chmod(0o500)
    fidoctl.powerless = True
    assert len(fidoctl(*kept)["credentials"]) == 3
    folder.chmod(0o700)


def test_a_token_that_a_new_pin_ended_is_made_anew(fidoctl, pin, tmp_path):
    kept = ["credential", "list", "--token-file", "token.json"]
    fidoctl(*kept, *pin)
    before = (tmp_path / "token.json").read_text()
    fidoctl("pin", "change", *pin, *fidoctl.new_pin("another one"))
    assert fidoctl.fails(PIN, *kept)["kind"] == "pin-needed"
    assert (tmp_path / "token.json").read_text() == before
    assert len(fidoctl(*kept, *fidoctl.pin("another one"))["credentials"]) == 3
    assert (tmp_path / "token.json").read_text() != before
    fidoctl(*kept)


def test_the_identifier_stays_and_the_store_state_follows_changes(fidoctl, pin, ids):
    fidoctl("credential", "list", "--token-file", "token.json", *pin)
    before = fidoctl("info", "--token-file", "token.json")["persistent"]
    assert before == fidoctl("info", "--token-file", "token.json")["persistent"]
    fidoctl("credential", "rename", ids["bob"], "--name", "bobby", *pin)
    after = fidoctl("info", "--token-file", "token.json")["persistent"]
    assert after["identifier"] == before["identifier"]
    assert after["cred_store_state"] != before["cred_store_state"]


def test_a_token_of_another_key_is_told(fidoctl, pin, serve):
    fidoctl("credential", "list", "--token-file", "token.json", *pin)
    fidoctl.device = serve("unix", name="other").device
    fidoctl.set_pin(GOOD)
    fidoctl("credential", "list", "--token-file", "other.json", *pin)
    shown = fidoctl("info", "--token-file", "token.json")["persistent"]
    assert shown["token_is_current"] is False


def test_a_file_that_is_no_token_is_left_alone(fidoctl, pin, tmp_path):
    fidoctl.file("notes.txt", "do not lose this")
    error = fidoctl.fails(USAGE, "credential", "list", "--token-file", "notes.txt", *pin)
    assert error["kind"] == "bad-file"
    assert (tmp_path / "notes.txt").read_text() == "do not lose this"


def test_a_key_from_before_ctap_2_1_lists_and_deletes_and_cannot_rename(fidoctl):
    fidoctl("virtual", "new", "--state", "old.state", "--ctap", "2.1-pre")
    fidoctl.device = "virtual:old.state"
    pin = fidoctl.set_pin(GOOD)
    fidoctl.enroll("--rk", "required", *pin)
    [credential] = fidoctl("credential", "list", *pin)["credentials"]
    id = to_hex(credential["credential_id"])
    error = fidoctl.fails(UNSUPPORTED, "credential", "rename", id, "--name", "x", *pin)
    assert error["kind"] == "unsupported"
    error = fidoctl.fails(UNSUPPORTED, "credential", "list", "--token-file", "token", *pin)
    assert "perCredMgmtRO" in error["message"]
    fidoctl("credential", "delete", id, "--yes", *pin)
    assert fidoctl("credential", "metadata", *pin)["existing"] == 0


def test_a_key_without_a_pin_says_what_to_do(fidoctl, key):
    error = fidoctl.fails(PIN, "credential", "list")
    assert error["kind"] == "pin-not-set"
    assert any("pin set" in hint for hint in error["hints"])


class PulledOut(Proxy):
    """Loses the key when a second credential is to be deleted."""

    deletions = 0

    def note_request(self, message):
        super().note_request(message)
        if message is not None and message[2][:4] == bytes.fromhex("0aa40106"):
            self.deletions += 1
            if self.deletions == 2:
                raise OSError("pulled out")


def test_a_key_pulled_out_half_way_leaves_a_report(key, fidoctl, pin, ids, tmp_path):
    with PulledOut(tmp_path / "pulled.sock", key.path) as proxy:
        fidoctl.device = f"unix:{proxy.path}"
        delete = ["credential", "delete", "--rp", "example.com", "--yes", *pin]
        error = fidoctl.fails(PARTLY_DONE, *delete)
    assert error["kind"] == "partly-done"
    assert [c["user_name"] for c in error["report"]["deleted"]] == ["alice"]
    assert [to_hex(id) for id in error["report"]["left"]] == [ids["bob"]]
    fidoctl.device = key.device
    assert users(fidoctl, pin) == ["bob", "carol"]
