"""Surroundings of the judges: fidoctl without a home of its own, and keys that it serves."""

import os

import pytest

from fidoctl import Fidoctl
from proxy import Proxy
from served_key import ServedKey


def pytest_collection_modifyitems(items):
    """A judge that cannot judge has failed: nothing here may be skipped."""
    for item in items:
        assert not any(item.iter_markers("skip")), item.nodeid
        assert not any(item.iter_markers("skipif")), item.nodeid


@pytest.fixture
def environment(tmp_path):
    """All that a program under test may know of its surroundings."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}
    for name in ["CONFIG", "STATE", "CACHE", "DATA"]:
        environment[f"XDG_{name}_HOME"] = str(home / name.lower())
    return environment


@pytest.fixture
def fidoctl(tmp_path, environment):
    return Fidoctl(tmp_path, environment)


@pytest.fixture
def serve(tmp_path, environment):
    """Starts a key: serve("unix"), serve("pty", touch="never"); one state file for each name."""
    keys = []

    def start(transport, touch="auto", name="key", finger="auto", make=None):
        key = ServedKey(tmp_path, environment, transport, name)
        keys.append(key)
        if make is not None:
            key.make(*make)
        key.plug_in(touch, finger)
        return key

    yield start
    for key in keys:
        key.unplug()


@pytest.fixture
def key(serve, fidoctl):
    """A key on a Unix socket, and fidoctl looking at it."""
    key = serve("unix")
    fidoctl.device = key.device
    return key


@pytest.fixture
def terminal_key(serve, fidoctl):
    """A key behind a pseudo-terminal, where libfido2 finds it too."""
    key = serve("pty")
    fidoctl.device = key.device
    return key


@pytest.fixture
def observed(key, fidoctl, tmp_path):
    """The key on a Unix socket with an observer in between; fidoctl looks at the observer."""
    with Proxy(tmp_path / "observed.sock", key.path) as proxy:
        fidoctl.device = f"unix:{proxy.path}"
        yield proxy
