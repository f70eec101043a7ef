"""ykman's `fido` commands, unmodified, on a key that is no YubiKey: only how they find the key and
what its maker's management would say is ours."""


import python_fido2
from click.testing import CliRunner
from ykman._cli.fido import fido
from ykman.base import REINSERT_STATUS
from yubikit.core import TRANSPORT, Version
from yubikit.core.fido import FidoConnection
from yubikit.management import CAPABILITY, FORM_FACTOR, DeviceConfig, DeviceInfo

BOTH = CAPABILITY.FIDO2 | CAPABILITY.U2F


class Plugged:
    """A key as ykman wants its devices."""

    transport = TRANSPORT.USB

    def __init__(self, key):
        self.key = key

    def supports_connection(self, kind):
        return issubclass(FidoConnection, kind)

    def open_connection(self, _kind):
        return python_fido2.open_device(self.key)

    def reinsert(self, reinsert_cb):
        reinsert_cb(REINSERT_STATUS.REMOVE)
        reinsert_cb(REINSERT_STATUS.REINSERT)
        self.key.power_cycle()


class Postponed(dict):
    """ykman's context, whose commands wait until the key is found: here it is."""

    def add_resolver(self, _name, resolve):
        resolve()


def run(key, *args, stdin=""):
    """What `ykman fido …` says, and how it ends."""
    capabilities = {TRANSPORT.USB: BOTH}
    info = DeviceInfo(
        config=DeviceConfig(enabled_capabilities=capabilities),
        serial=None,
        version=Version(5, 7, 0),
        form_factor=FORM_FACTOR.UNKNOWN,
        supported_capabilities=capabilities,
        is_locked=False,
    )
    context = Postponed(device=Plugged(key), info=info)
    return CliRunner().invoke(fido, list(map(str, args)), obj=context, input=stdin)


def succeeds(key, *args, stdin=""):
    ended = run(key, *args, stdin=stdin)
    assert ended.exit_code == 0, (args, ended.output, ended.exception)
    return ended.output


def fails(key, *args, stdin=""):
    """What it says instead."""
    ended = run(key, *args, stdin=stdin)
    assert ended.exit_code != 0, (args, ended.output)
    return f"{ended.output}{ended.exception}"


def facts(key):
    """What `info` tells, by name."""
    lines = succeeds(key, "info").splitlines()
    return dict(map(str.strip, line.split(":", 1)) for line in lines if ":" in line)
