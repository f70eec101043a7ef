"""The embedded virtual key, served to others by `fidoctl virtual serve`."""

import subprocess

from fidoctl import FIDOCTL


class ServedKey:
    def __init__(self, directory, environment, transport, name="key"):
        self.directory, self.environment, self.transport = directory, environment, transport
        self.state = directory / f"{name}.state"
        self.path = directory / f"{name}.{transport}"
        self.device = f"{transport}:{self.path}"
        self.process = None

    def make(self, *options):
        """Makes the key before it is first plugged in: make("--fingerprint")."""
        command = [FIDOCTL, "virtual", "new", "--state", self.state, *options]
        subprocess.run(command, env=self.environment, check=True, capture_output=True)

    def plug_in(self, touch="auto", finger="auto"):
        """Returns once the key is there to be opened."""
        where = ["--state", self.state, f"--{self.transport}", self.path]
        self.process = subprocess.Popen(
            [FIDOCTL, "virtual", "serve", *where, "--touch", touch, "--finger", finger],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        said = []
        for line in self.process.stderr:
            if line.startswith("ready: "):
                assert line.strip() == f"ready: {self.device}", line
                return
            said.append(line)
        self.process.wait()
        raise AssertionError("the key is not ready: " + "".join(said))

    def unplug(self):
        """As a key goes: at once."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def power_cycle(self, touch="auto", finger="auto"):
        self.unplug()
        self.plug_in(touch, finger)
