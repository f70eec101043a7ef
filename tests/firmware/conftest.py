"""Builds the judges and the client's surroundings. A judge that does not build fails its tests."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIDOCTL = Path(os.environ.get("FIDOCTL", ROOT / "target/release/fidoctl")).resolve()


def build(package, binary):
    """Builds in the package's own target directory and returns the program."""
    target = package / "target"
    manifest = package / "Cargo.toml"
    cargo = ["cargo", "build", "--release", "--locked", "--manifest-path", manifest]
    subprocess.run([*cargo, "--target-dir", target], check=True)
    return target / "release" / binary


@pytest.fixture(scope="session", params=["opensk", "nitrokey", "virtual"])
def firmware(request):
    """A program that is a key: the firmwares of others, and our own virtual key beside them."""
    return Firmware(request.param)


class Firmware:
    def __init__(self, name):
        self.name = name
        if name != "virtual":
            self.program = build(ROOT / "tests/firmware" / name, name)

    def command(self, socket, store):
        if self.name == "virtual":
            return [FIDOCTL, "virtual", "serve", "--unix", socket, "--state", store]
        return [self.program, "--unix", socket, "--store", store]


@pytest.fixture(scope="session")
def verifier():
    program = build(ROOT / "tests/verifier", "verifier")

    def verify(kind, response, *args):
        """The verdict: 0 verified, 1 not; and what the verifier said."""
        text = json.dumps(response)
        run = subprocess.run([program, kind, "-", *args], input=text, capture_output=True, text=True)
        return run.returncode, run.stdout + run.stderr

    return verify


class Key:
    """A firmware that is plugged in; a power cycle keeps what it stores."""

    def __init__(self, firmware, directory):
        self.firmware = firmware
        self.socket = directory / "key.sock"
        self.store = directory / "key.store"
        self.process = None

    def plug_in(self, touch="auto"):
        command = [*self.firmware.command(self.socket, self.store), "--touch", touch]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr.readline().startswith("ready")

    def unplug(self):
        self.process.kill()
        self.process.communicate()

    def replug(self, touch="auto"):
        self.unplug()
        self.plug_in(touch)


@pytest.fixture
def key(firmware, tmp_path):
    key = Key(firmware, tmp_path)
    key.plug_in()
    yield key
    key.unplug()


class Fidoctl:
    """Runs fidoctl on one key, with no home and no terminal of its own."""

    def __init__(self, key, directory):
        self.device = f"unix:{key.socket}"
        self.directory = directory
        self.env = {"PATH": os.environ["PATH"], "HOME": str(directory)}

    def start(self, *args):
        return subprocess.Popen(
            [FIDOCTL, "--device", self.device, *args],
            cwd=self.directory,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def ended(self, process, code):
        out, err = process.communicate(timeout=60)
        assert process.returncode == code, f"exit {process.returncode}, not {code}\n{out}\n{err}"
        return out, err

    def __call__(self, *args):
        """Runs a command that succeeds and returns its JSON."""
        out, _ = self.ended(self.start(*args, "--json"), 0)
        return json.loads(out)

    def fails(self, code, *args):
        """Runs a command that ends with this exit code and returns its error object."""
        out, err = self.ended(self.start(*args, "--json"), code)
        assert out == ""
        # Lines for the person at the key may come before.
        return json.loads(err[err.index("{") :])["error"]

    def interrupt(self, process):
        process.send_signal(signal.SIGINT)
        return self.ended(process, 130)

    def pin(self, name, pin):
        """A PIN file, to be named in arguments."""
        (self.directory / name).write_text(pin + "\n")
        return name


@pytest.fixture
def fidoctl(key, tmp_path):
    return Fidoctl(key, tmp_path)
