"""A thousand assertions in one go: fidoctl's batch against python-fido2 doing the same on the same
served key, one after the other. Run by tests/bench."""

import itertools
import json
import os
import subprocess
import sys
import time

from fido2.webauthn import PublicKeyCredentialRequestOptions

import ctaphid
import python_fido2
from fidoctl import FIDOCTL
from proxy import Proxy
from served_key import ServedKey

COUNT = 1000
NUMBERS = itertools.count()
PIN = "correct horse"


class Rate:
    """How fast, what it cost the client, and what went over the wire."""

    def __init__(self, wall, cpu, messages):
        self.wall, self.cpu, self.messages = wall, cpu, messages

    def __str__(self):
        return f"{COUNT / self.wall:8.0f} {COUNT / self.cpu:12.0f} {self.messages:12.2f}"


def fidoctl(key, requests, pin_file):
    """All of them in a process, start and end of it included."""
    pin = [] if pin_file is None else ["--pin-file", pin_file]
    command = [FIDOCTL, "--device", key.device, "--quiet", "assert", "--batch", *pin]
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    source = key.directory / "requests.jsonl"
    source.write_text(lines)
    answers = key.directory / "answers.jsonl"
    with source.open() as stdin, answers.open("w") as stdout:
        start = time.perf_counter()
        batch = subprocess.Popen(
            command, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, env=key.environment
        )
        _, status, usage = os.wait4(batch.pid, 0)
        wall = time.perf_counter() - start
    answered = [json.loads(line) for line in answers.read_text().splitlines()]
    if status != 0 or len(answered) != len(requests) or any("error" in one for one in answered):
        sys.exit(f"bench: the batch ended with {status}")
    return wall, usage.ru_utime + usage.ru_stime


def foreign(key, requests, pin_file):
    """The same by python-fido2, its start left out."""
    device = python_fido2.open_device(key)
    client = python_fido2.client(device, None if pin_file is None else PIN)
    lines = [json.dumps(request) for request in requests]
    start, cpu = time.perf_counter(), time.process_time()
    for line in lines:
        options = PublicKeyCredentialRequestOptions.from_dict(json.loads(line))
        json.dumps(dict(client.get_assertion(options).get_response(0)))
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    device.close()
    return wall, cpu


def measure(client, key, requests, pin_file, directory):
    wall, cpu = client(key, requests, pin_file)
    # Counted in a run of its own, as the observer takes time.
    few = requests[:50]
    socket = directory / f"observed-{next(NUMBERS)}.sock"
    with Proxy(socket, key.path) as proxy:
        observed = Observed(key, proxy)
        client(observed, few, pin_file)
        messages = [command for command, _ in proxy.requests if command != ctaphid.INIT]
        return Rate(wall, cpu, len(messages) / len(few))


class Observed:
    """The served key with an observer in between."""

    def __init__(self, key, proxy):
        self.directory, self.environment = key.directory, key.environment
        self.path, self.device = proxy.path, f"unix:{proxy.path}"


def run(directory, environment):
    print(f"{COUNT} assertions in one batch")
    print(f"{'':26} {'a second':>8} {'a CPU second':>12} {'messages each':>12}")
    key = ServedKey(directory, environment, "unix", "batch")
    key.plug_in()
    try:
        record = directory / "batch.json"
        pin_file = directory / "batch-pin.txt"
        pin_file.write_text(PIN + "\n")
        ours = [FIDOCTL, "--device", key.device, "--quiet"]
        enroll = [*ours, "enroll", "--rp", python_fido2.RP_ID, "--user", "alice", "--save", record]
        subprocess.run(enroll, check=True, env=environment, stderr=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)
        credential = json.loads(record.read_text())["credential_id"]
        for name, wish, pin in [("touch", "discouraged", None), ("PIN", "required", pin_file)]:
            if pin is not None:
                subprocess.run([*ours, "pin", "set", "--new-pin-file", pin], check=True,
                               env=environment, stdout=subprocess.DEVNULL)
            requests = [request(credential, number, wish) for number in range(COUNT)]
            for who, client in [("fidoctl", fidoctl), ("python-fido2", foreign)]:
                rate = measure(client, key, requests, pin, directory)
                print(f"{name + ', ' + who:26} {rate}", flush=True)
    finally:
        key.unplug()


def request(credential, number, wish):
    challenge = python_fido2.websafe_encode(number.to_bytes(32, "big"))
    allow = [{"type": "public-key", "id": credential}]
    return {"challenge": challenge, "rpId": python_fido2.RP_ID, "allowCredentials": allow,
            "userVerification": wish}
