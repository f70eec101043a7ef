"""`assert`: allow lists, discoverable credentials, accounts, no touch."""

import json

from desk import HASH, PIN, RP_ID
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AuthenticatorData
from python_fido2 import flipped, member, with_member
from table import scenario

UP = AuthenticatorData.FLAG.UP


@scenario()
def an_assertion_is_genuine_for_every_judge(desk):
    pin = desk.set_pin()
    credential = desk.registered(desk.enroll(*pin))
    desk.replug()
    assertion = desk.sign_in(*pin)
    desk.authenticated(credential, assertion, "required" if pin else None)
    record = ["--credential", desk.directory / "alice.json"]
    desk.verified("assertion", assertion, *record)
    good = desk.fidoctl.json_file("good.json", assertion)
    assert desk.fidoctl("verify", "assertion", good, *record)["genuine"]
    for name in ["authenticatorData", "clientDataJSON", "signature"]:
        data = member(assertion, name)
        bad = with_member(assertion, name, flipped(data, len(data) - 1))
        assert desk.verifier("assertion", bad, *record)[0] != 0, name
        file = desk.fidoctl.json_file("bad.json", bad)
        assert desk.fidoctl.run("verify", "assertion", file, *record).code in (2, 8), name


@scenario()
def a_challenge_of_another_day_is_genuine_for_nobody(desk):
    pin = desk.set_pin()
    desk.enroll(*pin)
    assertion = desk.sign_in(*pin)
    client_data = json.loads(member(assertion, "clientDataJSON"))
    client_data["challenge"] = "A" * 43
    bad = with_member(assertion, "clientDataJSON", json.dumps(client_data).encode())
    record = ["--credential", desk.directory / "alice.json"]
    assert desk.verifier("assertion", bad, *record)[0] == 1
    desk.fidoctl.fails(8, "verify", "assertion", desk.fidoctl.json_file("b.json", bad), *record)


@scenario()
def a_credential_of_another_key_is_not_there(desk):
    pin = desk.set_pin()
    unknown = websafe_encode(bytes(64))
    error = desk.fidoctl.fails(6, "assert", "--rp", RP_ID, "--allow", unknown, *pin)
    assert error["kind"] == "no-credentials"


@scenario()
def a_credential_is_good_for_its_relying_party_only(desk):
    pin = desk.set_pin()
    made = desk.enroll(*pin)
    error = desk.fidoctl.fails(6, "assert", "--rp", "example.org", "--allow", made["id"], *pin)
    assert error["kind"] == "no-credentials"


@scenario()
def one_of_a_hundred_allowed_credentials_is_found(desk):
    pin = desk.set_pin()
    made = desk.enroll(*pin)
    ids = [websafe_encode(bytes([number]) * 64) for number in range(100)]
    ids[57] = made["id"]
    desk.fidoctl.file("ids.txt", "\n".join(ids))
    found = desk.fidoctl("assert", "--rp", RP_ID, "--allow-file", "ids.txt", *pin)
    assert found["id"] == made["id"]


@scenario("rk", refused=f"assert --rp {RP_ID} --all")
def every_account_signs_in_for_itself(desk):
    pin = desk.set_pin()
    users = ["alice", "bob", "carol"]
    made = {user: desk.enroll("--rk", "required", *pin, user=user) for user in users}
    challenge = ["--challenge", websafe_encode(bytes(range(32)))]
    found = desk.fidoctl("assert", "--rp", RP_ID, "--all", *challenge, *pin)
    assert {one["id"] for one in found} == {one["id"] for one in made.values()}
    for user in users:
        [assertion] = [one for one in found if one["id"] == made[user]["id"]]
        desk.authenticated(desk.registered(made[user]), assertion)
        handle = websafe_decode(assertion["response"]["userHandle"])
        assert handle == websafe_decode(desk.record(user)["user"]["id"])
    # Without a terminal nobody can choose, and nobody is chosen.
    desk.fidoctl.fails(2, "assert", "--rp", RP_ID, *pin)


@scenario()
def an_assertion_without_a_touch_says_so(desk):
    pin = desk.set_pin()
    made = desk.enroll(*pin)
    credential = desk.registered(made)
    desk.replug(touch="never")
    assertion = desk.sign_in("--no-touch", "--uv", "discouraged")
    signed = AuthenticatorData(member(assertion, "authenticatorData"))
    assert not signed.flags & UP
    client_data_hash = desk.client_data_hash(assertion)
    credential.public_key.verify(
        bytes(signed) + client_data_hash, member(assertion, "signature")
    )


@scenario("clientPin", refused=f"assert --credential alice.json --client-data-hash {HASH} --uv required")
def verification_is_in_what_is_signed(desk):
    pin = desk.set_pin()
    credential = desk.registered(desk.enroll(*pin))
    desk.authenticated(credential, desk.sign_in("--uv", "required", *pin), "required")
    wrong = desk.fidoctl.pin("0" + PIN, "wrong.txt")
    desk.fidoctl.fails(4, "assert", "--credential", "alice.json", "--uv", "required", *wrong)
