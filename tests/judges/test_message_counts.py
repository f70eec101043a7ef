"""How many CTAPHID messages a command costs: a key on USB takes milliseconds for each."""

import json

import pytest

import ctaphid
from fidoctl import DONE, PIN

GOOD = "correct horse"


@pytest.fixture
def cost(observed, fidoctl):
    """Runs a command and counts the messages that the key got."""

    def cost(*args, **options):
        before = len(observed.requests)
        fidoctl(*args, **options)
        commands = [command for command, _ in observed.requests[before:]]
        assert set(commands) <= {ctaphid.INIT, ctaphid.CBOR}
        return len(commands)

    return cost


@pytest.fixture
def pin(fidoctl):
    return fidoctl.set_pin(GOOD)


def test_list(cost):
    assert cost("list") == 0


def test_info(cost, pin):
    assert cost("info") <= 5


def test_pin_set(cost, fidoctl):
    assert cost("pin", "set", *fidoctl.new_pin(GOOD)) == 4


def test_pin_change(cost, fidoctl, pin):
    assert cost("pin", "change", *pin, *fidoctl.new_pin("another one")) == 5


def test_pin_verify(cost, pin):
    assert cost("pin", "verify", *pin) <= 5


def test_enroll_with_a_pin(cost, pin):
    assert cost("enroll", "--rp", "example.com", "--user", "alice", *pin) == 6


def test_enroll_with_a_touch(cost):
    assert cost("enroll", "--rp", "example.com", "--user", "alice") == 3


def test_assert_with_a_pin(cost, fidoctl, pin):
    fidoctl.enroll(*pin)
    assert cost("assert", "--credential", "credential.json", *pin) == 6


def test_assert_with_a_touch(cost, fidoctl):
    fidoctl.enroll()
    assert cost("assert", "--credential", "credential.json") == 3


def test_reset(cost, key, pin):
    key.power_cycle()
    assert cost("reset", "--yes", "--no-replug") == 3


def test_a_wrong_pin_is_sent_once(observed, fidoctl, pin):
    wrong = fidoctl.pin("wrong", "wrong.txt")
    before = len(observed.requests)
    fidoctl.fails(PIN, "enroll", "--rp", "example.com", "--user", "alice", *wrong)
    # INIT, getInfo, tries, key agreement, token, and the tries left for the message.
    assert len(observed.requests) - before <= 6


@pytest.fixture
def batch_cost(observed, fidoctl):
    """Runs assertions in a batch and counts the messages for each number of them."""

    def batch_cost(wish, *args):
        record = json.loads((fidoctl.directory / "credential.json").read_text())
        request = {
            "challenge": "A" * 22,
            "rpId": record["rp_id"],
            "allowCredentials": [{"type": "public-key", "id": record["credential_id"]}],
            "userVerification": wish,
        }
        costs = []
        for number in range(1, 5):
            before = len(observed.requests)
            lines = (json.dumps(request) + "\n") * number
            ended = fidoctl.run("assert", "--batch", *args, stdin=lines).expect(DONE)
            assert len(ended.out.splitlines()) == number
            costs.append(len(observed.requests) - before)
        return costs

    return batch_cost


def test_a_batch_with_a_touch_costs_a_message_each(batch_cost, fidoctl):
    fidoctl.enroll()
    # INIT and getInfo come first.
    assert batch_cost("discouraged") == [3, 4, 5, 6]


def test_a_batch_with_a_pin_costs_a_token_more_each(batch_cost, fidoctl, pin):
    fidoctl.enroll(*pin)
    # A touch takes a token's permissions back (CTAP 2.2 §6.2.2), so each needs its own.
    assert batch_cost("required", *pin) == [6, 8, 10, 12]
