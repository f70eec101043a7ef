"""Wall time of whole processes: fidoctl against libfido2's tools. Run by tests/bench."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fido2.utils import websafe_encode

import bench_batch
import libfido2
from fidoctl import FIDOCTL
from full_key import fill, service
from libfido2 import RP, Credential, b64, lines
from served_key import ServedKey

PIN = "correct horse"


class Job:
    """Something that fidoctl does, and the same done by libfido2."""

    def __init__(self, name, ours, theirs, theirs_stdin=""):
        self.name, self.ours, self.theirs, self.theirs_stdin = name, ours, theirs, theirs_stdin


def seconds(command, stdin, environment):
    """How long one run takes, start of the process and all."""
    start = time.perf_counter()
    ran = subprocess.run(command, input=stdin, env=environment, capture_output=True, text=True)
    elapsed = time.perf_counter() - start
    if ran.returncode != 0:
        sys.exit(f"bench: {command} ended with {ran.returncode}: {ran.stderr}")
    return elapsed


def jobs(key, directory):
    fidoctl = [FIDOCTL, "--device", key.device]
    pin_file = directory / "pin.txt"
    pin_file.write_text(PIN + "\n")
    pin = ["--pin-file", pin_file]

    credential = Credential(key, "-v", pin=PIN)
    enroll = directory / "enroll.in"
    enroll.write_text(lines(b64(bytes(32)), RP, "alice", b64(b"alice")))
    get = directory / "get.in"
    get.write_text(lines(b64(bytes(32)), RP, b64(credential.id)))
    ours_enroll = ["enroll", "--rp", RP, "--user", "alice", "--json"]
    ours_assert = ["assert", "--rp", RP, "--allow", websafe_encode(credential.id), "--json"]

    yield Job("start: --version", [FIDOCTL, "--version"], ["fido2-token", "-V"])
    yield Job("list", [FIDOCTL, "list"], ["fido2-token", "-L"])
    yield Job("info", [*fidoctl, "info"], ["fido2-token", "-I", key.path])
    yield Job(
        "enroll with PIN",
        [*fidoctl, *ours_enroll, "--uv", "required", *pin],
        ["fido2-cred", "-M", "-v", "-i", enroll, key.path],
        lines(PIN),
    )
    yield Job(
        "assert with touch",
        [*fidoctl, *ours_assert, "--uv", "discouraged"],
        ["fido2-assert", "-G", "-p", "-i", get, key.path],
    )
    yield Job(
        "assert with PIN",
        [*fidoctl, *ours_assert, "--uv", "required", *pin],
        ["fido2-assert", "-G", "-p", "-v", "-i", get, key.path],
        lines(PIN),
    )


def full_key_jobs(key, directory, services):
    """Everything that is stored, in one run; libfido2's tool needs one for each service."""
    pin = directory / "pin.txt"
    script = f"fido2-token -L -r {key.path} < {pin}"
    for number in range(services):
        script += f" && fido2-token -L -k {service(number)} {key.path} < {pin}"
    listing = [FIDOCTL, "--device", key.device, "credential", "list", "--pin-file", pin, "--json"]
    yield Job("list 500 credentials", listing, ["sh", "-c", script])


def growth(directory, environment, sizes):
    """Time and memory of fidoctl for listings of growing length."""
    print("credentials listed, milliseconds, and peak memory in MiB")
    for credentials in sizes:
        name = f"of-{credentials}"
        fill(directory, environment, name, credentials, credentials // 8)
        key = ServedKey(directory, environment, "unix", name)
        key.plug_in()
        try:
            pin = directory / "pin.txt"
            fidoctl = [FIDOCTL, "--device", key.device]
            subprocess.run([*fidoctl, "pin", "set", "--new-pin-file", pin], check=True,
                           stdout=subprocess.DEVNULL)
            start = time.perf_counter()
            listing = subprocess.Popen(
                [*fidoctl, "credential", "list", "--pin-file", pin, "--json"],
                env=environment,
                stdout=subprocess.DEVNULL,
            )
            _, status, usage = os.wait4(listing.pid, 0)
            milliseconds = (time.perf_counter() - start) * 1000
            if status != 0:
                sys.exit(f"bench: the listing ended with {status}")
            print(f"{credentials:20} {milliseconds:16.1f} {usage.ru_maxrss / 1024:16.1f}", flush=True)
        finally:
            key.unplug()


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory(prefix="fidoctl-bench.") as name:
        directory = Path(name)
        environment = {"PATH": os.environ["PATH"], "HOME": name, "LC_ALL": "C.UTF-8"}
        key = ServedKey(directory, environment, "pty")
        key.plug_in()
        try:
            if libfido2.set_pin(key, PIN).returncode != 0:
                sys.exit("bench: the PIN could not be set")
            show(jobs(key, directory), environment, runs)
        finally:
            key.unplug()
        services = 60
        fill(directory, environment, "full", 500, services)
        key = ServedKey(directory, environment, "pty", "full")
        key.plug_in()
        try:
            if libfido2.set_pin(key, PIN).returncode != 0:
                sys.exit("bench: the PIN could not be set")
            show(full_key_jobs(key, directory, services), environment, max(runs // 5, 1))
        finally:
            key.unplug()
        growth(directory, environment, [500, 1000, 2000, 5000])
        bench_batch.run(directory, environment)


def show(wanted, environment, runs):
    print(f"milliseconds, median of {runs} runs (fastest)")
    print(f"{'':20} {'fidoctl':>16} {'libfido2':>16} {'ratio':>7}")
    for job in wanted:
        ours, theirs = [], []
        for _ in range(runs + 1):
            # In turns, so that what else the machine does falls on both.
            ours.append(seconds(job.ours, "", environment) * 1000)
            theirs.append(seconds(job.theirs, job.theirs_stdin, environment) * 1000)
        del ours[0], theirs[0]  # these found cold caches
        ratio = statistics.median(ours) / statistics.median(theirs)
        print(f"{job.name:20} {figures(ours)} {figures(theirs)} {ratio:7.2f}", flush=True)


def figures(times):
    return f"{statistics.median(times):7.1f} ({min(times):6.1f})"


if __name__ == "__main__":
    main()
