"""Runs fidoctl as a script would: no terminal, no environment, everything captured."""

import json
import os
import signal
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIDOCTL = Path(os.environ.get("FIDOCTL", ROOT / "target/release/fidoctl")).resolve()

DONE, FAILED, USAGE, NO_KEY, PIN, NO_CONSENT, UNEXPECTED, UNSUPPORTED, NOT_GENUINE = range(9)
PARTLY_DONE = 9
INTERRUPTED = 130


class Ended:
    """A run that is over."""

    def __init__(self, command, code, out, err):
        self.command, self.code, self.out, self.err = command, code, out, err

    def __str__(self):
        return f"{self.command}\nexit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"

    def expect(self, code):
        assert self.code == code, f"exit {code} was expected\n{self}"
        return self

    @property
    def json(self):
        """The one JSON value on stdout; more than one does not parse."""
        self.expect(DONE)
        return json.loads(self.out)

    @property
    def error(self):
        """The error object: stdout is empty, and stderr ends with the object, on a line."""
        assert self.out == "", self
        assert self.err.endswith("\n"), self
        document = json.loads(self.err.splitlines()[-1])
        assert list(document) == ["error"], self
        error = document["error"]
        assert error["kind"] and error["message"], self
        assert isinstance(error["hints"], list), self
        return error


class Fidoctl:
    def __init__(self, directory, environment):
        self.directory, self.environment, self.device = directory, environment, None
        self.powerless = False

    def start(self, *args, pass_fds=(), **options):
        device = ["--device", self.device] if self.device else []
        settings = {
            "cwd": self.directory,
            "env": self.environment,
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
            "start_new_session": True,
        }
        command = [str(FIDOCTL), *device, *map(str, args)]
        if self.powerless and os.geteuid() == 0:
            # The superuser may write everywhere; without its capabilities it may not.
            command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *command]
        return subprocess.Popen(command, pass_fds=pass_fds, **(settings | options))

    def end(self, process, standard_input=None, seconds=60):
        out, err = process.communicate(standard_input, timeout=seconds)
        return Ended(process.args, process.returncode, out, err)

    def run(self, *args, stdin=None, **options):
        """Runs a command to its end; `stdin` is text to be piped in."""
        if stdin is not None:
            options["stdin"] = subprocess.PIPE
        return self.end(self.start(*args, **options), stdin)

    def __call__(self, *args, **options):
        """Runs a command that succeeds; returns its JSON."""
        return self.run(*args, "--json", **options).json

    def fails(self, code, *args, **options):
        """Runs a command that ends with this exit code; returns its error object."""
        return self.run(*args, "--json", **options).expect(code).error

    def says(self, code, *args, **options):
        """Runs a command without --json that fails; returns what it tells a person, in lower case."""
        ended = self.run(*args, **options).expect(code)
        assert ended.out == "", ended
        assert "error: " in ended.err, ended
        return ended.err.lower()

    def stop(self, process, how=signal.SIGINT):
        process.send_signal(how)
        return self.end(process, seconds=15)

    def file(self, name, content):
        """A file in the directory that commands run in; its name, to be given as an argument."""
        data = content if isinstance(content, bytes) else content.encode()
        (self.directory / name).write_bytes(data)
        return name

    def json_file(self, name, value):
        return self.file(name, json.dumps(value))

    def pin(self, pin, name="pin.txt"):
        """The arguments that give this PIN."""
        return ["--pin-file", self.file(name, pin + "\n")]

    def new_pin(self, pin, name="new-pin.txt"):
        return ["--new-pin-file", self.file(name, pin + "\n")]

    def set_pin(self, pin):
        """Sets the first PIN; returns the arguments that give it from then on."""
        self("pin", "set", *self.new_pin(pin))
        return self.pin(pin)

    def record(self, name="credential.json"):
        """A credential record that was saved."""
        return json.loads((self.directory / name).read_text())

    def enroll(self, *args, record="credential.json", rp="example.com", user="alice"):
        """Makes a credential and saves its record; returns the registration."""
        return self("enroll", "--rp", rp, "--user", user, "--save", record, *args)
