"""Runs the fidoctl under test, as root or as an ordinary user, and reads what it says."""
import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile

NOBODY = 65534
SECONDS = 90    # far more than anything takes: only a hang gets there
DIRECTORY = "/run/fidoctl-under-test"


@dataclasses.dataclass
class Outcome:
    code: int
    stdout: str
    stderr: str

    def ok(self):
        assert self.code == 0, f"exit {self.code}: {self.stderr}"
        return self

    def json(self, schema):
        """The one JSON value on stdout."""
        value = json.loads(self.ok().stdout)
        assert value["schema"] == schema
        return value

    def error(self, *codes):
        """The error object on stderr of a command that was given --json."""
        assert self.code in codes, f"exit {self.code}, not {codes}: {self.stderr}"
        assert self.stdout == ""
        start = re.search(r"^\{", self.stderr, re.M)
        assert start, f"no JSON on stderr: {self.stderr}"
        error = json.loads(self.stderr[start.start():])["error"]
        assert error["kind"] and error["message"] and isinstance(error["hints"], list)
        return error


class Running:
    """A started fidoctl; at the end of a `with` block it is no more."""

    def __init__(self, arguments, user=None, groups=()):
        """No terminal, nothing on stdin, nothing of the caller's environment."""
        identity = {} if user is None else {"user": user, "group": user, "extra_groups": groups}
        # files, not pipes: they can be looked into at any time and never fill up
        self.files = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [DIRECTORY + "/fidoctl", *map(str, arguments)], cwd="/", stdin=subprocess.DEVNULL,
            stdout=self.files[0], stderr=self.files[1],
            env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}, **identity)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for file in self.files:
            file.close()

    def written(self):
        """What is on stdout and stderr so far."""
        # pread: the program shares our offset into the file
        return [os.pread(file.fileno(), 1 << 20, 0).decode() for file in self.files]

    def has_said(self, word):
        stderr = self.written()[1]
        assert self.process.poll() is None, f"ended without saying {word!r}: {stderr}"
        return word in stderr.lower()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def finish(self, seconds=SECONDS):
        code = self.process.wait(timeout=seconds)
        return Outcome(code, *self.written())


def install(built):
    """Puts the program where every user may run it: a home directory can be closed to others."""
    os.makedirs(DIRECTORY, mode=0o755, exist_ok=True)
    return shutil.copy(built, DIRECTORY + "/fidoctl")


def start(*arguments, **identity):
    return Running(arguments, **identity)


def run(*arguments, **identity):
    with start(*arguments, **identity) as running:
        return running.finish()
