"""The keys that the scenarios run on, what each of them can do, and how it is plugged in."""

import subprocess
from dataclasses import dataclass

from fidoctl import FIDOCTL, ROOT

SERIAL = "SCENARIO-1"

# What a key may have, and how it says so: extensions and options by the standards' names, and what
# no list of the key's tells by names of our own.
U2F = {"u2f", "wink"}
CTAP2_0 = {"ctap2", "u2f", "rk", "clientPin", "eddsa", "hmac-secret", "reset"}
PREVIEW = CTAP2_0 | {"credProtect", "credMgmt"}
CTAP2_1 = PREVIEW | {
    "alwaysUv",
    "authnrCfg",
    "credBlob",
    "largeBlob",
    "largeBlobs",
    "makeCredUvNotRqd",
    "minPinLength",
    "pinUvAuthToken",
    "setMinPINLength",
    "updateUserInformation",
}
OURS_2_2 = CTAP2_1 | {
    "attestationFormats",
    "wink",
    "ep",
    "hmac-secret-mc",
    "perCredMgmtRO",
    "thirdPartyPayment",
}
OURS_2_3 = OURS_2_2 - {"largeBlobs"} | {"longTouchForReset", "pinComplexityPolicy"}
SENSOR = {"bioEnroll"}


@dataclass(frozen=True)
class Model:
    """A kind of key; `options` are those of `fidoctl virtual new`, and None for another's firmware."""

    name: str
    features: set
    versions: list
    format: str = "packed"
    options: list | None = None


def virtual(line, features, versions, *options):
    options = [f"--ctap={line}", f"--serial={SERIAL}", *options]
    return Model(f"virtual-{line}", features, versions, options=options)


OLD = ["U2F_V2", "FIDO_2_0"]

MODELS = [
    Model("virtual-u2f", U2F, ["U2F_V2"], "fido-u2f", ["--u2f-only"]),
    virtual("2.0", CTAP2_0 | {"wink"}, OLD),
    virtual("2.1-pre", PREVIEW | SENSOR | {"wink"}, [*OLD, "FIDO_2_1_PRE"], "--fingerprint"),
    virtual("2.1", CTAP2_1 | SENSOR | {"ep", "wink"}, [*OLD, "FIDO_2_1"], "--fingerprint"),
    virtual("2.2", OURS_2_2, [*OLD, "FIDO_2_1"]),
    virtual(
        "2.3",
        OURS_2_3 | SENSOR,
        [*OLD, "FIDO_2_1", "FIDO_2_3"],
        "--fingerprint",
        "--large-blobs=large-blob",
        "--enterprise-rp=vendor.example",
    ),
    Model("opensk", CTAP2_1 | SENSOR | {"wink"}, [*OLD, "FIDO_2_1"]),
    Model(
        "nitrokey",
        CTAP2_1 | {"attestationFormats", "hmac-secret-mc", "thirdPartyPayment"},
        [*OLD, "FIDO_2_1", "FIDO_2_3"],
    ),
]


def build(package, binary):
    """Builds in the package's own target directory and returns the program."""
    target = package / "target"
    manifest = package / "Cargo.toml"
    cargo = ["cargo", "build", "--release", "--locked", "--manifest-path", manifest]
    subprocess.run([*cargo, "--target-dir", target], check=True)
    return target / "release" / binary


class Key:
    """A key that is plugged in; a power cycle keeps what it stores."""

    def __init__(self, model, program, directory, environment):
        self.model, self.program, self.environment = model, program, environment
        self.path = directory / "key.sock"
        self.device = f"unix:{self.path}"
        self.store = directory / "key.store"
        self.process = None
        if model.options is not None:
            make = [FIDOCTL, "virtual", "new", "--state", self.store, *model.options]
            subprocess.run(make, env=environment, check=True, capture_output=True)

    def command(self):
        if self.model.options is not None:
            return [FIDOCTL, "virtual", "serve", "--unix", self.path, "--state", self.store]
        return [self.program, "--unix", self.path, "--store", self.store]

    def plug_in(self, touch="auto"):
        self.process = subprocess.Popen(
            [*self.command(), "--touch", touch],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr.readline().startswith("ready")

    def unplug(self):
        self.process.kill()
        self.process.communicate()

    def replug(self, touch="auto"):
        self.unplug()
        self.plug_in(touch)

    def remembers(self):
        """All that outlives a power cycle, byte for byte."""
        files = self.store.parent.glob(f"{self.store.name}*")
        return {file.name: file.read_bytes() for file in files}


def program_of(model):
    return build(ROOT / "tests/firmware" / model.name, model.name) if model.options is None else None
