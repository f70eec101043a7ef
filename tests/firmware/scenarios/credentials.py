"""`credential`: what is stored on a key."""

from desk import RP_ID
from fido2.ctap2 import ClientPin, CredentialManagement
from fido2.utils import websafe_decode
from table import scenario

RESULT = CredentialManagement.RESULT
ID = "hex:00112233"


def three_accounts(desk):
    """alice and bob at one service and carol at another; the PIN's arguments."""
    pin = desk.set_pin()
    for rp, user in [(RP_ID, "alice"), (RP_ID, "bob"), ("b.example", "carol")]:
        desk.enroll("--rk", "required", *pin, user=user, rp=rp)
    return pin


def in_hex(desk, user):
    return "hex:" + websafe_decode(desk.record(user)["credential_id"]).hex()


def stored(desk):
    """Service and account → the names, by python-fido2; and how many it was told of."""
    with desk.authorized(ClientPin.PERMISSION.CREDENTIAL_MGMT) as authorized:
        management = CredentialManagement(*authorized)
        count = management.get_metadata()[RESULT.EXISTING_CRED_COUNT]
        found = {}
        # Of an empty key it asks in vain.
        for rp in management.enumerate_rps() if count else []:
            for one in management.enumerate_creds(rp[RESULT.RP_ID_HASH]):
                user = one[RESULT.USER]
                found[rp[RESULT.RP]["id"], bytes(one[RESULT.CREDENTIAL_ID]["id"])] = (
                    user.get("name"),
                    user.get("displayName"),
                )
        return found, count


def names(desk):
    return {(rp, name) for (rp, _), (name, _) in stored(desk)[0].items()}


@scenario("credMgmt", refused=["credential list", f"credential list --rp {RP_ID}"])
def everything_stored_is_listed_as_others_list_it(desk):
    pin = three_accounts(desk)
    listing = desk.fidoctl("credential", "list", *pin)
    ours = {
        (one["rp_id"], websafe_decode(one["credential_id"])): (
            one["user_name"],
            one["user_display_name"],
        )
        for one in listing["credentials"]
    }
    assert len(ours) == 3
    assert (ours, listing["metadata"]["existing"]) == stored(desk)
    assert listing["discrepancies"] == []
    assert all(one["public_key_pem"] and one["rp_id_is_whole"] for one in listing["credentials"])
    some = desk.fidoctl("credential", "list", "--rp", "b.example", *pin)["credentials"]
    assert [one["user_name"] for one in some] == ["carol"]


@scenario("credMgmt", refused=["credential metadata", f"credential show {ID}"])
def one_credential_is_shown_with_its_public_key(desk):
    pin = three_accounts(desk)
    shown = desk.fidoctl("credential", "show", in_hex(desk, "bob"), *pin)
    assert shown["credential"]["public_key_pem"] == desk.record("bob")["public_key_pem"]
    metadata = desk.fidoctl("credential", "metadata", *pin)
    assert metadata["existing"] == 3
    with desk.authorized(ClientPin.PERMISSION.CREDENTIAL_MGMT) as authorized:
        theirs = CredentialManagement(*authorized).get_metadata()
    assert metadata["remaining"] == theirs[RESULT.MAX_REMAINING_COUNT]


@scenario("updateUserInformation", refused=f"credential rename {ID} --name x")
def a_new_name_is_read_by_others_and_the_other_stays(desk):
    pin = three_accounts(desk)
    desk.fidoctl("credential", "rename", in_hex(desk, "carol"), "--name", "caroline", *pin)
    id = websafe_decode(desk.record("carol")["credential_id"])
    assert stored(desk)[0]["b.example", id] == ("caroline", "carol")


@scenario("credMgmt", refused=[f"credential delete {ID} --yes", "credential delete --rp b.c --yes"])
def what_is_deleted_is_gone_for_others_too(desk):
    pin = three_accounts(desk)
    desk.fidoctl("credential", "delete", in_hex(desk, "bob"), "--yes", *pin)
    assert names(desk) == {(RP_ID, "alice"), ("b.example", "carol")}
    desk.fidoctl("credential", "delete", "--rp", RP_ID, "--yes", *pin)
    assert names(desk) == {("b.example", "carol")}
    desk.fidoctl("credential", "delete", "--rp", "b.example", "--yes", *pin)
    assert stored(desk) == ({}, 0)
    assert desk.fidoctl("credential", "list", *pin)["credentials"] == []


@scenario("credMgmt", refused="credential prune --rp example.com --keep keep.txt --yes")
def pruning_leaves_what_the_service_knows(desk):
    pin = three_accounts(desk)
    desk.fidoctl.file("keep.txt", in_hex(desk, "alice") + "\n")
    prune = ["credential", "prune", "--rp", RP_ID, "--keep", "keep.txt"]
    desk.fidoctl(*prune, "--dry-run", *pin)
    assert len(names(desk)) == 3
    desk.fidoctl(*prune, "--yes", *pin)
    assert names(desk) == {(RP_ID, "alice"), ("b.example", "carol")}


@scenario("perCredMgmtRO", refused="credential list --token-file token.json")
def a_token_that_is_kept_reads_without_a_pin(desk):
    pin = three_accounts(desk)
    kept = ["credential", "list", "--token-file", "token.json"]
    desk.fidoctl(*kept, *pin)
    desk.replug()
    assert len(desk.fidoctl(*kept)["credentials"]) == 3
    assert (desk.directory / "token.json").stat().st_mode & 0o777 == 0o600
    decrypted = desk.fidoctl("info", "--token-file", "token.json")
    assert decrypted["get_info"]["versions"] == desk.model.versions
