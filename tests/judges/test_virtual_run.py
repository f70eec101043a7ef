"""`fidoctl virtual run`: a key of its own for a program that somebody else wrote."""

import signal
import subprocess

import pytest

from fidoctl import FIDOCTL


@pytest.fixture
def run(tmp_path, environment):
    def run(*command, options=(), stdin="", **more):
        return subprocess.run(
            [FIDOCTL, "virtual", "run", *options, "--", *command],
            env={**environment, **more},
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.fixture
def askpass(tmp_path):
    """How ssh-keygen is told a PIN without a terminal."""
    program = tmp_path / "askpass"
    program.write_text("#!/bin/sh\necho 482613\n")
    program.chmod(0o700)
    return {"SSH_ASKPASS": str(program), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}


@pytest.fixture
def state_with_pin(tmp_path, environment):
    state, pin = tmp_path / "ci.key", tmp_path / "pin"
    pin.write_text("482613\n")
    device = f"virtual:{state}"
    command = [FIDOCTL, "--device", device, "pin", "set", "--new-pin-file", pin]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return state


def test_the_program_s_output_and_status_are_the_result(run):
    done = run("sh", "-c", "echo out; echo err >&2; exit 7")
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")
    assert run("true").returncode == 0


def test_a_program_s_death_is_told_as_a_shell_does(run):
    assert run("sh", "-c", "kill -KILL $$").returncode == 128 + signal.SIGKILL


def test_the_program_reads_standard_input(run):
    assert run("cat", stdin="over").stdout == "over"


def test_a_program_that_is_not_there_is_a_mistake_of_usage(run):
    done = run("no-such-program")
    assert done.returncode == 2
    assert "no-such-program" in done.stderr and "hint: name a program" in done.stderr


def test_a_signal_is_passed_on(tmp_path, environment):
    command = [FIDOCTL, "virtual", "run", "--", "sh", "-c", "trap 'exit 5' TERM; echo on; sleep 60 & wait"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "on\n"
    process.terminate()
    assert process.wait(10) == 5


def test_fidoctl_finds_the_key_in_its_environment(run, tmp_path):
    done = run(FIDOCTL, "enroll", "--rp", "example.com", "--user", "alice", "--save", "cred.json")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "cred.json").exists()


def test_without_a_state_file_nothing_stays(run, tmp_path):
    folder = tmp_path / "temporary"
    folder.mkdir()
    first = run(FIDOCTL, "enroll", "--rp", "example.com", "--user", "a", "--rk", "required", TMPDIR=str(folder))
    assert first.returncode == 0, first.stderr
    assert list(folder.iterdir()) == []
    second = run(FIDOCTL, "assert", "--rp", "example.com", TMPDIR=str(folder))
    assert second.returncode == 6, "the next key is another"


def test_with_a_state_file_the_key_is_the_same_again(run, environment, tmp_path):
    options = ["--state", "ci.key"]
    made = run(FIDOCTL, "enroll", "--rp", "example.com", "--user", "a", "--save", "c.json", options=options)
    assert made.returncode == 0, made.stderr
    signed = run(FIDOCTL, "assert", "--credential", "c.json", options=options)
    assert signed.returncode == 0, signed.stderr


def test_nobody_touches_the_key_when_told_so(run):
    options = ["--touch", "refuse"]
    done = run(FIDOCTL, "enroll", "--rp", "example.com", "--user", "a", options=options)
    assert done.returncode == 5


def test_libfido2_s_tools_work(run):
    script = """
        printf '%s\\n' aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g= example.com alice dXNlcg== |
            fido2-cred -M "$1" | fido2-cred -V -o cred
        { printf '%s\\n' aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g= example.com; head -n1 cred; } |
            fido2-assert -G "$1" > assertion
        tail -n+2 cred > public.pem
        fido2-assert -V -i assertion public.pem es256
    """
    done = run("sh", "-ec", script, "sh", "{}")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["ecdsa-sk", "ed25519-sk"])
def test_ssh_keygen_makes_keys(run, tmp_path, kind):
    done = run("ssh-keygen", "-q", "-t", kind, "-O", "device={}", "-f", "id", "-N", "")
    assert done.returncode == 0, done.stderr
    public = (tmp_path / "id.pub").read_text()
    assert public.startswith("sk-")
    listed = run("ssh-keygen", "-l", "-f", "id.pub")
    assert "256 SHA256:" in listed.stdout


@pytest.mark.parametrize("kind", ["ecdsa-sk", "ed25519-sk"])
def test_ssh_keygen_stores_keys_and_fetches_them_again(
    run, tmp_path, askpass, state_with_pin, kind
):
    options = ["--state", str(state_with_pin)]
    made = run(
        *["ssh-keygen", "-q", "-t", kind, "-O", "device={}", "-O", "resident"],
        *["-O", "verify-required", "-f", "id", "-N", ""],
        options=options,
        **askpass,
    )
    assert made.returncode == 0, made.stderr
    fetched = run("ssh-keygen", "-q", "-K", "-O", "device={}", "-N", "", options=options, **askpass)
    assert fetched.returncode == 0, fetched.stderr
    (public,) = tmp_path.glob("id_*_sk_rk.pub")
    assert public.read_text().split()[:2] == (tmp_path / "id.pub").read_text().split()[:2]
