"""libfido2's own tools, unmodified, on a key behind a pseudo-terminal."""

import base64
import hashlib
import os
import subprocess

from fido2 import cbor

RP = "example.com"
USER_ID = b"\x01\x02alice"


def b64(data):
    return base64.b64encode(data).decode()


def unb64(text):
    return base64.b64decode(text, validate=True)


def lines(*parts):
    return "".join(f"{part}\n" for part in parts)


def run(program, *args, stdin=""):
    """Runs a tool. Its PINs come from stdin: as the leader of its session it would take the key's
    pseudo-terminal for its own and ask there, so a shell leads."""
    command = ["setsid", "--wait", "sh", "-c", '"$@"; exit $?', "sh", program, *map(str, args)]
    # The tools speak of errors in English and read no configuration.
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        command, input=stdin, env=environment, capture_output=True, text=True, timeout=40
    )


def succeeds(program, *args, stdin=""):
    ended = run(program, *args, stdin=stdin)
    assert ended.returncode == 0, f"{ended.args}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def fails(program, *args, stdin=""):
    ended = run(program, *args, stdin=stdin)
    assert ended.returncode == 1, f"{ended.args}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    return ended.stderr


def info(key):
    """What fido2-token -I says, by name."""
    out = succeeds("fido2-token", "-I", key.path)
    return dict(line.split(": ", 1) for line in out.splitlines() if ": " in line)


def set_pin(key, pin):
    return run("fido2-token", "-S", key.path, stdin=lines(pin, pin))


def change_pin(key, current, new):
    return run("fido2-token", "-C", key.path, stdin=lines(current, new, new))


def pin_retries(key):
    return int(info(key)["pin retries"])


class Credential:
    """A credential that fido2-cred made, and that fido2-cred found good."""

    def __init__(self, key, *flags, algorithm="es256", pin=None, user_id=USER_ID):
        self.key, self.algorithm, self.resident = key, algorithm, "-r" in flags
        client_data_hash = b64(hashlib.sha256(os.urandom(16)).digest())
        request = lines(client_data_hash, RP, "alice", b64(user_id))
        made = ask(key, "fido2-cred", "-M", *flags, request=request, pin=pin, algorithm=algorithm)
        self.made = made.splitlines()
        self.authenticator_data = cbor.decode(unb64(self.made[3]))
        self.id = unb64(self.made[4])
        # -r, -b and -u are no matter of verification; -v, -h and -c are asked about again.
        checks = [flag for flag in flags if flag not in ("-r", "-b", "-u")]
        signed = self.made[:-1] if "-b" in flags else self.made
        identifier, pem = verify_credential(signed, *checks, algorithm=algorithm).split("\n", 1)
        assert unb64(identifier) == self.id
        self.public_key = key.directory / f"{self.id[:8].hex()}.pem"
        self.public_key.write_text(pem)

    def get_assertion(self, *flags, pin=None, salt=None):
        """What fido2-assert -G says; several assertions follow each other."""
        request = [b64(hashlib.sha256(os.urandom(16)).digest()), RP]
        if not self.resident:
            request.append(b64(self.id))
        if salt is not None:
            request.append(b64(salt))
        flags += ("-r",) * self.resident + ("-h",) * (salt is not None)
        out = ask(self.key, "fido2-assert", "-G", *flags, request=lines(*request), pin=pin)
        return out.splitlines()

    def verify(self, assertion, *flags):
        """fido2-assert's verdict."""
        file = self.key.directory / "assertion.out"
        file.write_text(lines(*assertion[:4]))
        return run("fido2-assert", "-V", *flags, "-i", file, self.public_key, self.algorithm)


def ask(key, program, *flags, request, pin, algorithm=None):
    """Makes a credential or an assertion. The request is a file, so that stdin is for the PIN."""
    file = key.directory / "request.in"
    file.write_text(request)
    stdin = "" if pin is None else lines(pin)
    algorithm = [] if algorithm is None else [algorithm]
    return succeeds(program, *flags, "-i", file, key.path, *algorithm, stdin=stdin)


def verify_credential(made, *flags, algorithm="es256"):
    return succeeds("fido2-cred", "-V", *flags, algorithm, stdin=lines(*made))
