"""The virtual key's state file, with programs killed while they write it."""

import json
import random
import signal
import subprocess
import threading
import time

import pytest

from fidoctl import FIDOCTL, NO_KEY

KILLS = 500
STATE = "killed.key"


@pytest.fixture
def key(fidoctl):
    """A key with room for a credential of every run."""
    fidoctl("virtual", "new", "--state", STATE, "--capacity", str(4 * KILLS))
    fidoctl.device = f"virtual:{STATE}"
    return fidoctl


def enroll(fidoctl, user):
    """Starts an enrolment that says on its end which credential it made."""
    command = ["enroll", "--rp", "example.com", "--user", user, "--rk", "required", "--json"]
    return subprocess.Popen(
        [FIDOCTL, "--device", fidoctl.device, *command],
        env=fidoctl.environment,
        cwd=fidoctl.directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def stored(fidoctl):
    """Every user on the key: opening it proves that the state is whole."""
    shown = fidoctl("virtual", "show", "--state", STATE)
    return {credential["user_name"] for credential in shown["credentials"]}


def test_a_kill_loses_nothing_acknowledged_and_leaves_a_state_that_opens(key):
    started = time.monotonic()
    assert enroll(key, "first").wait() == 0
    usual = time.monotonic() - started
    acknowledged, killed, turn = {"first"}, 0, 0
    chance = random.Random(2026)
    while killed < KILLS:
        turn += 1
        assert turn < 3 * KILLS, "the kills come too late"
        user = f"user{turn}"
        process = enroll(key, user)
        # Late kills meet the write, early ones the start.
        time.sleep(usual * chance.uniform(0.2, 1.0))
        process.kill()
        out, _ = process.communicate()
        killed += process.returncode == -signal.SIGKILL
        if process.returncode == 0 or out:
            json.loads(out)
            acknowledged.add(user)
        if turn % 20 == 0:
            assert acknowledged <= stored(key)
    assert acknowledged <= stored(key)
    # What the killed leave behind does not pile up.
    assert len(list(key.directory.glob(f"{STATE}*"))) <= 2


def test_two_programs_at_one_state_file_corrupt_nothing(key):
    acknowledged, refused = [set(), set()], [0, 0]

    def work(who):
        for turn in range(100):
            user = f"{who}-{turn}"
            process = enroll(key, user)
            process.communicate()
            assert process.returncode in (0, NO_KEY), process.returncode
            if process.returncode == 0:
                acknowledged[who].add(user)
            else:
                refused[who] += 1

    workers = [threading.Thread(target=work, args=(who,)) for who in (0, 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(acknowledged), "each got its turn"
    assert stored(key) == acknowledged[0] | acknowledged[1]
