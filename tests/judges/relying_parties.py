"""Three relying parties, each with a verdict on the same case: fidoctl, python-fido2, and
@simplewebauthn/server.

A case is a dict: `kind`, `response`, `challenge`, `origin`, `rp_id`, `user_verification`,
`algorithms`, `roots` (DER), and for assertions `credential`. A verdict is None for "genuine", or
why not.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from fido2 import cbor
from fido2.attestation import Attestation
from fido2.attestation.base import AttestationVerifier
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestedCredentialData

from fidoctl import DONE, NOT_GENUINE, USAGE
from packages import TARGET

HERE = Path(__file__).resolve().parent
NODE_MODULES = TARGET / "node" / "node_modules"


class Ours:
    """fidoctl verify, a process a case."""

    name = "fidoctl"

    def __init__(self, fidoctl):
        self.fidoctl = fidoctl

    def judge(self, case, *more):
        kind = case["kind"]
        response = self.fidoctl.json_file("response.json", case["response"])
        args = ["verify", kind, response, "--origin", case["origin"], "--rp", case["rp_id"]]
        args += ["--challenge", case["challenge"]]
        if case["user_verification"]:
            args += ["--require", "uv"]
        if kind == "registration":
            wanted = [f"algorithm={algorithm}" for algorithm in case["algorithms"]]
            args += ["--require", ",".join(wanted)]
            for number, root in enumerate(case["roots"]):
                args += ["--root", self.fidoctl.file(f"root{number}.der", root)]
        else:
            record = record_of(case["credential"], case["rp_id"], case["origin"])
            args += ["--credential", self.fidoctl.json_file("record.json", record)]
        ended = self.fidoctl.run(*args, *more, "--json")
        assert ended.code in [DONE, NOT_GENUINE, USAGE], ended
        return None if ended.code == DONE else ended.error["message"]


def record_of(credential, rp_id, origin):
    """A credential record as `enroll --save` writes it."""
    return {
        "schema": "fidoctl.credential/1",
        "rp_id": rp_id,
        "origin": origin,
        "credential_id": credential["id"],
        "public_key_cose": credential["public_key"],
        "public_key_pem": None,
        "algorithm": cbor.decode(websafe_decode(credential["public_key"]))[3],
        "aaguid": "00000000-0000-0000-0000-000000000000",
        "discoverable": True,
        "user_verified": True,
        "backup_eligible": credential["backup_eligible"],
        "backed_up": False,
        "sign_count": credential["sign_count"],
        "transports": ["usb"],
        "user": {"id": credential["user_id"], "name": "alice", "display_name": "Alice"},
        "attestation_object": "",
        "client_data_json": None,
    }


class GivenRoot(AttestationVerifier):
    """Statements in python-fido2's formats, traced to one root."""

    def __init__(self, root):
        super().__init__()
        self.root = root

    def ca_lookup(self, result, auth_data):
        return self.root


def verify_statement(attestation, client_data_hash):
    """A statement without a root."""
    verifier = Attestation.for_type(attestation.fmt)()
    verifier.verify(attestation.att_stmt, attestation.auth_data, client_data_hash)


class PythonFido2:
    """python-fido2's Fido2Server."""

    name = "python-fido2"

    def judge(self, case):
        try:
            self.verify(case)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return None

    def verify(self, case):
        roots = case.get("roots")
        server = Fido2Server(
            {"id": case["rp_id"], "name": "Example"},
            attestation="direct",
            verify_origin=lambda origin: origin == case["origin"],
            verify_attestation=GivenRoot(roots[0]) if roots else verify_statement,
        )
        state = {
            "challenge": case["challenge"],
            "user_verification": "required" if case["user_verification"] else None,
        }
        if case["kind"] == "registration":
            data = server.register_complete(state, case["response"])
            # Which algorithms were offered is in the options, for the caller to compare.
            algorithm = data.credential_data.public_key.ALGORITHM
            assert algorithm in case["algorithms"], f"algorithm {algorithm} was not offered"
            return
        credential = case["credential"]
        key = CoseKey.parse(cbor.decode(websafe_decode(credential["public_key"])))
        known = AttestedCredentialData.create(Aaguid.NONE, websafe_decode(credential["id"]), key)
        server.authenticate_complete(state, [known], case["response"])


class SimpleWebAuthn:
    """@simplewebauthn/server, in one process for all cases."""

    name = "simplewebauthn"

    def __init__(self):
        assert NODE_MODULES.is_dir(), f"{NODE_MODULES} is missing; tests/run installs it"
        self.process = subprocess.Popen(
            [Path(sys.prefix) / "bin" / "node", HERE / "node" / "relying_party.cjs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"], "NODE_PATH": str(NODE_MODULES)},
        )

    def judge(self, case):
        roots = [websafe_encode(root) for root in case.get("roots", [])]
        self.process.stdin.write(json.dumps({**case, "roots": roots}) + "\n")
        self.process.stdin.flush()
        verdict = json.loads(self.process.stdout.readline())
        return None if verdict["verified"] else verdict.get("reason", "not verified")

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()
