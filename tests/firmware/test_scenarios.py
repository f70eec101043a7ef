"""Every scenario of the table on every key."""

import re
import subprocess
import time

import pytest
import scenarios  # noqa: F401  fills the table
from desk import Desk
from fido2.ctap2 import CredentialManagement, FPBioEnrollment
from fido2.hid import CAPABILITY
from fidoctl import FIDOCTL
from keys import MODELS, Key, program_of
from table import SCENARIOS


@pytest.mark.parametrize("row", SCENARIOS, ids=[row.name for row in SCENARIOS])
def test_scenario(desk, row):
    if row.needs <= desk.model.features:
        row.steps(desk)
    else:
        desk.is_unsupported(row.refused)


def test_no_command_is_left_out():
    """A command that speaks to a key is refused by those that lack it, or all keys have it."""
    leaves = {leaf for leaf in commands() if leaf.split()[0] not in KEYLESS}
    refused = {command for row in SCENARIOS for command in row.refused}
    rows = {leaf for leaf in leaves if any(f"{one} ".startswith(f"{leaf} ") for one in refused)}
    assert leaves - rows == ON_EVERY_KEY


def commands():
    """What fidoctl can be told, but for commands that only hold others."""
    printed = subprocess.run([FIDOCTL, "man", "--markdown"], capture_output=True, text=True)
    titles = re.findall("^## fidoctl (.+)$", printed.stdout, re.MULTILINE)
    return [one for one in titles if not any(other.startswith(f"{one} ") for other in titles)]


# Commands that speak to no key, and those that no key refuses.
KEYLESS = {"list", "verify", "export", "mds", "trace", "virtual", "explain", "completions", "man"}
ON_EVERY_KEY = {"check", "config show", "info", "pin status", "ping", "raw hid", "select"}


def test_a_key_has_what_the_table_says(desk):
    """By python-fido2's reading of what it says of itself."""
    info = desk.info()
    if info is None:
        assert desk.model.features == {"u2f", "wink"}
        return
    extensions = {"hmac-secret", "credProtect", "credBlob", "minPinLength", "hmac-secret-mc"}
    extensions |= {"thirdPartyPayment", "pinComplexityPolicy"}
    options = {"rk", "clientPin", "alwaysUv", "ep", "largeBlobs", "perCredMgmtRO"}
    options |= {"setMinPINLength"}
    names = {"ctap2", "reset"} | extensions & set(info.extensions) | options & set(info.options)
    names |= {"u2f"} if "U2F_V2" in info.versions else set()
    names |= {"largeBlob"} if {"largeBlobKey", "largeBlob"} & set(info.extensions) else set()
    names |= {"credMgmt"} if CredentialManagement.is_supported(info) else set()
    names |= {"updateUserInformation"} if CredentialManagement.is_update_supported(info) else set()
    names |= {"bioEnroll"} if FPBioEnrollment.is_supported(info) else set()
    of_2_3 = {"longTouchForReset", "stricterPins"}
    names |= of_2_3 if 4 in (info.authenticator_config_commands or []) else set()
    with desk.device() as device:
        names |= {"wink"} if device.capabilities & CAPABILITY.WINK else set()
    # CTAP 2.0 has no list of algorithms.
    if not info.algorithms or any(one["alg"] == -8 for one in info.algorithms):
        names.add("eddsa")
    # No list tells of the attestation format "none".
    assert names == desk.model.features - {"attestationFormats"}


def test_a_reset_that_comes_too_late_changes_nothing(tmp_path, environment, verifier):
    """One wait for all: keys take a reset in the first ten seconds, by clocks of their own."""
    desks = []
    for model in MODELS:
        if "reset" not in model.features:
            continue
        directory = tmp_path / model.name
        (directory / "desk").mkdir(parents=True)
        key = Key(model, program_of(model), directory, environment)
        desks.append(Desk(key, directory / "desk", environment, verifier))
        key.plug_in()
    try:
        for desk in desks:
            desk.pin = desk.set_pin()
            desk.enroll(*desk.pin)
            desk.replug()
        time.sleep(11.2)
        for desk in desks:
            error = desk.fidoctl.fails(1, "reset", "--yes", "--no-replug")
            assert error["kind"] == "reset-too-late", desk.model.name
            assert error["status_name"] == "CTAP2_ERR_NOT_ALLOWED", desk.model.name
            desk.sign_in(*desk.pin)
    finally:
        for desk in desks:
            desk.key.unplug()
