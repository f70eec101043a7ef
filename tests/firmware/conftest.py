"""Builds the firmwares of others and the other verifier, and lays a key on the desk. What does not
build fails its tests."""

import json
import os
import subprocess

import pytest
from desk import Desk
from fidoctl import ROOT
from keys import MODELS, Key, build, program_of


@pytest.fixture(scope="session", params=MODELS, ids=lambda model: model.name)
def model(request):
    return request.param


@pytest.fixture(scope="session")
def program(model):
    """The firmware; none for a virtual key, which fidoctl serves."""
    return program_of(model)


@pytest.fixture(scope="session")
def verifier():
    program = build(ROOT / "tests/verifier", "verifier")

    def verify(kind, response, *args):
        """The verdict: 0 verified, 1 not; and what the verifier said."""
        text = json.dumps(response)
        run = subprocess.run([program, kind, "-", *args], input=text, capture_output=True, text=True)
        return run.returncode, run.stdout + run.stderr

    return verify


@pytest.fixture
def environment(tmp_path):
    """All that a program under test may know of its surroundings."""
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8"}


@pytest.fixture
def desk(model, program, verifier, tmp_path, environment):
    """A fresh key for every scenario: it is plugged in sooner than an old one is reset."""
    directory = tmp_path / "desk"
    directory.mkdir()
    key = Key(model, program, tmp_path, environment)
    key.plug_in()
    desk = Desk(key, directory, environment, verifier)
    yield desk
    desk.leave()
    key.unplug()
