"""Runs the fidoctl under test, as root or as an ordinary user, and reads what it says."""
import dataclasses
import json
import os
import re
import shutil
import subprocess

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


def install(built):
    """Puts the program where every user may run it: a home directory can be closed to others."""
    os.makedirs(DIRECTORY, mode=0o755, exist_ok=True)
    return shutil.copy(built, DIRECTORY + "/fidoctl")


def start(*arguments, user=None, groups=()):
    """The running process: no terminal, nothing on stdin, nothing of the caller's environment."""
    identity = {} if user is None else {"user": user, "group": user, "extra_groups": groups}
    return subprocess.Popen(
        [DIRECTORY + "/fidoctl", *map(str, arguments)], cwd="/", stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}, **identity)


def finish(process, seconds=SECONDS):
    with process:
        try:
            stdout, stderr = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return Outcome(process.returncode, stdout, stderr)


def run(*arguments, **identity):
    return finish(start(*arguments, **identity))
