"""Programs that people use a key with, unmodified, on the virtual key: disks, PAM, git, ssh."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from fidoctl import FIDOCTL

SEAT = Path(__file__).with_name("seat.py")
PASSPHRASE = "twelve words of a song"
ORIGIN = "pam://fidoctl-ci"


def succeeds(done):
    assert done.returncode == 0, f"{done.args}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def shell(tmp_path, environment):
    """Runs any program in the test's folder; the keys of disks are long to derive otherwise."""

    def shell(*command, stdin="", **more):
        return subprocess.run(
            [str(word) for word in command],
            env={**environment, **more},
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )

    environment["PATH"] += ":/usr/sbin:/sbin"
    return shell


@pytest.fixture
def with_key(shell):
    """Runs a program at the path of a key that `virtual run` gives it."""

    def with_key(*command, state="ci.key", options=(), **more):
        run = [FIDOCTL, "virtual", "run", "--state", state, *options, "--"]
        return shell(*run, *command, **more)

    return with_key


@pytest.fixture
def at_seat(shell, serve):
    """Runs a program that finds the key by itself."""

    def at_seat(*command, state="ci", touch="auto", **more):
        key = serve("unix", name=state, touch=touch)
        try:
            seat = ["umockdev-wrapper", "/usr/bin/python3", SEAT, key.path]
            return shell(*seat, *command, **more)
        finally:
            key.unplug()

    return at_seat


# ---------------------------------------------------------------------------------------- disks


@pytest.fixture
def disk(shell, tmp_path):
    """A LUKS2 volume in a file, with a passphrase that is quick to try."""
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.truncate(32 << 20)
    quick = ["--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"]
    succeeds(shell("cryptsetup", "luksFormat", "-q", *quick, image, "-", stdin=PASSPHRASE))
    return image


def enroll_disk(with_key, disk, *options, **more):
    enroll = ["systemd-cryptenroll", "--fido2-device={}", *options, disk]
    succeeds(with_key(*enroll, state="ci.state", PASSWORD=PASSPHRASE, **more))


def test_a_disk_is_unlocked_by_the_key_that_was_enrolled(with_key, at_seat, disk):
    enroll_disk(with_key, disk, "--fido2-with-client-pin=no")
    unlock = ["cryptsetup", "open", "--test-passphrase", "--token-only", "-v", disk]
    assert "Key slot 1 unlocked" in succeeds(at_seat(*unlock))
    other = at_seat(*unlock, state="other")
    assert other.returncode != 0, other.stdout


def test_the_secret_of_a_disk_is_what_fidoctl_derives(with_key, shell, disk, tmp_path):
    enroll_disk(with_key, disk, "--fido2-with-client-pin=no")
    token = json.loads(succeeds(shell("cryptsetup", "token", "export", "--token-id", "0", disk)))
    hexed = shell("sh", "-c", 'base64 -d | od -An -tx1 | tr -d " \\n"', stdin=token["fido2-salt"])
    to_url = str.maketrans({"+": "-", "/": "_", "=": None})
    derive = [
        *[FIDOCTL, "--device", "virtual:ci.state", "secret", "--rp", token["fido2-rp"]],
        *["--allow", token["fido2-credential"].translate(to_url), "--salt", hexed.stdout],
        *["--uv", "discouraged", "--output", "base64", "--out", "secret"],
    ]
    succeeds(shell(*derive))
    # The passphrase is the secret in base64, as text.
    secret = (tmp_path / "secret").read_text().strip()
    unlock = ["cryptsetup", "open", "--test-passphrase", "--key-slot", "1", "--key-file", "-", disk]
    succeeds(shell(*unlock, stdin=secret))
    assert shell(*unlock, stdin=secret[::-1]).returncode == 2


# ------------------------------------------------------------------------------------------ PAM


@pytest.fixture
def pam(tmp_path, at_seat):
    """Authenticates the user as a service does whose configuration names pam_u2f."""
    folder = tmp_path / "pam.d"
    folder.mkdir()
    (folder / "ci").write_text(
        f"auth required pam_u2f.so authfile={tmp_path}/authfile origin={ORIGIN} appid={ORIGIN}\n"
        "account required pam_permit.so\n"
    )

    def authenticate(**where):
        wrapped = 'LD_PRELOAD="$LD_PRELOAD:libpam_wrapper.so" exec pamtester ci "$0" authenticate'
        variables = {"PAM_WRAPPER": "1", "PAM_WRAPPER_SERVICE_DIR": str(folder)}
        return at_seat("sh", "-c", wrapped, user(), **where, **variables)

    return authenticate


def user():
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name


def enroll_pam(at_seat, tmp_path):
    made = succeeds(at_seat("pamu2fcfg", "-u", user(), "-o", ORIGIN, "-i", ORIGIN))
    (tmp_path / "authfile").write_text(made)


def test_pam_lets_in_whoever_touches_the_key(pam, at_seat, tmp_path):
    enroll_pam(at_seat, tmp_path)
    assert "successfully authenticated" in succeeds(pam())


def test_pam_keeps_out_another_key_and_a_refused_touch(pam, at_seat, tmp_path):
    enroll_pam(at_seat, tmp_path)
    for where in [{"state": "other"}, {"touch": "refuse"}]:
        done = pam(**where)
        assert done.returncode != 0, (where, done.stdout)
        assert "Authentication failure" in done.stdout + done.stderr


# ---------------------------------------------------------------------------------- ssh and git


@pytest.fixture(params=["ecdsa-sk", "ed25519-sk"])
def ssh_key(request, with_key, tmp_path):
    make = ["ssh-keygen", "-q", "-t", request.param, "-O", "device={}", "-f", "id", "-N", ""]
    succeeds(with_key(*make, state="ci.state"))
    public = (tmp_path / "id.pub").read_text()
    (tmp_path / "allowed").write_text(f"ci@example.com {public}")
    return tmp_path / "id"


def test_ssh_keygen_signs_with_the_key(ssh_key, at_seat, shell, tmp_path):
    (tmp_path / "release.txt").write_text("the release\n")
    succeeds(at_seat("ssh-keygen", "-Y", "sign", "-f", ssh_key, "-n", "file", "release.txt"))
    verify = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "ci@example.com", "-n", "file"]
    verify += ["-s", "release.txt.sig"]
    assert "Good" in succeeds(shell(*verify, stdin="the release\n"))
    assert shell(*verify, stdin="another release\n").returncode != 0


def test_git_signs_commits_with_the_key(ssh_key, at_seat, shell, tmp_path):
    git = ["git", "-c", "user.name=ci", "-c", "user.email=ci@example.com", "-c", "gpg.format=ssh"]
    git += ["-c", f"user.signingKey={ssh_key}", "-c", "gpg.ssh.allowedSignersFile=allowed"]
    succeeds(shell("git", "init", "-q", "."))
    succeeds(at_seat(*git, "commit", "-q", "-S", "--allow-empty", "-m", "signed"))
    shown = succeeds(shell(*git, "log", "--format=%G? %GS"))
    assert shown.strip() == "G ci@example.com"


# --------------------------------------------------------------------------- who finds the key


def test_libfido2_finds_the_key(at_seat):
    assert succeeds(at_seat("fido2-token", "-L")).startswith("/dev/hidraw7: vendor=0x1209")


def test_fidoctl_finds_the_key(at_seat):
    listed = json.loads(succeeds(at_seat(FIDOCTL, "list", "--json")))
    assert [key["path"] for key in listed["keys"]] == ["/dev/hidraw7"]
    succeeds(at_seat(FIDOCTL, "enroll", "--rp", "example.com", "--user", "alice"))
