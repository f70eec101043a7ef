"""The keys that the scenarios run on, what each of them can do, and how it is plugged in."""

import subprocess
from dataclasses import dataclass

from fidoctl import FIDOCTL, ROOT

# What is on the certificate of an enterprise attestation, and who gets one unasked.
SERIAL, LISTED = "SCENARIO-1", "vendor.example"

# What a key may have: extensions and options by the standards' names, and by names of our own what
# it tells in other ways, or not at all.
CTAP2_0 = {"ctap2", "u2f", "rk", "clientPin", "eddsa", "hmac-secret", "reset"}
CTAP2_1_PRE = CTAP2_0 | {"credProtect", "credMgmt"}
CTAP2_1 = CTAP2_1_PRE | {
    "alwaysUv",
    "credBlob",
    "largeBlob",
    "largeBlobs",
    "minPinLength",
    "setMinPINLength",
    "updateUserInformation",
}
CTAP2_2 = CTAP2_1 | {
    "attestationFormats",
    "hmac-secret-mc",
    "perCredMgmtRO",
    "pinComplexityPolicy",
    "thirdPartyPayment",
}
CTAP2_3 = CTAP2_2 - {"largeBlobs"} | {"longTouchForReset", "stricterPins"}


@dataclass(frozen=True)
class Model:
    """A kind of key; `options` are those of `fidoctl virtual new`, and None for another's firmware."""

    name: str
    features: set
    versions: list
    format: str = "packed"
    options: list | None = None


def virtual(line, features, *later, options):
    versions = ["U2F_V2", "FIDO_2_0", *later]
    options = [f"--ctap={line}", f"--serial={SERIAL}", *options]
    return Model(f"virtual-{line}", features | {"wink"}, versions, options=options)


SENSOR, ENTERPRISE, BLINKS = {"bioEnroll"}, {"ep"}, {"wink"}

MODELS = [
    Model("virtual-u2f", {"u2f"} | BLINKS, ["U2F_V2"], "fido-u2f", ["--u2f-only"]),
    virtual("2.0", CTAP2_0, options=[]),
    virtual("2.1-pre", CTAP2_1_PRE | SENSOR, "FIDO_2_1_PRE", options=["--fingerprint"]),
    virtual("2.1", CTAP2_1 | SENSOR | ENTERPRISE, "FIDO_2_1", options=["--fingerprint"]),
    virtual("2.2", CTAP2_2 | ENTERPRISE, "FIDO_2_1", options=[]),
    virtual(
        "2.3",
        CTAP2_3 | SENSOR | ENTERPRISE,
        *["FIDO_2_1", "FIDO_2_3"],
        options=["--fingerprint", "--large-blobs=large-blob", f"--enterprise-rp={LISTED}"],
    ),
    Model("opensk", CTAP2_1 | SENSOR | BLINKS, ["U2F_V2", "FIDO_2_0", "FIDO_2_1"]),
    Model(
        "nitrokey",
        CTAP2_1 | {"attestationFormats", "hmac-secret-mc", "thirdPartyPayment"},
        ["U2F_V2", "FIDO_2_0", "FIDO_2_1", "FIDO_2_3"],
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
        ended = self.process.poll()
        self.process.kill()
        _, said = self.process.communicate()
        assert ended is None, f"the key ended by itself: {ended}\n{said}"

    def replug(self, touch="auto"):
        self.unplug()
        self.plug_in(touch)

    def remembers(self):
        """All that outlives a power cycle, byte for byte."""
        files = self.store.parent.glob(f"{self.store.name}*")
        return {file.name: file.read_bytes() for file in files}


def program_of(model):
    return build(ROOT / "tests/firmware" / model.name, model.name) if model.options is None else None
