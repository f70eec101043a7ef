"""fidoctl verify, python-fido2 and @simplewebauthn/server judge the same forged ceremonies.

fidoctl's verdict is the one that the case was made for, always. The others' is the same, or stands
below with the reason.
"""

from collections import Counter

import pytest

from fidoctl import Fidoctl
from forgeries import cases
from relying_parties import Ours, PythonFido2, SimpleWebAuthn

pytestmark = pytest.mark.timeout(900)

# Where another relying party takes what should be refused: why, and which changes.
PYTHON_FIDO2 = {
    "leaves it to the caller whether the page was in a frame": [
        "cross-origin",
        "top-origin",
        "top-origin-alone",
    ],
    "leaves the flags of backups to the caller": [
        "backed-up-but-not-eligible",
        "backup-eligibility-changed",
    ],
    "leaves the counter to the caller": [
        "counter-the-same",
        "counter-lower",
        "counter-back-to-zero",
    ],
    "leaves the account to the caller": ["user-handle-of-another"],
    "takes a response of any type": ["response-type"],
    "takes extension outputs of any type": ["extension-of-wrong-type"],
    "takes credential IDs of any length": ["credential-id-too-long"],
    "reads a byte string that is cut off as a shorter one": [
        "authenticator-data-cut--30",
        "authenticator-data-cut--2",
        "authenticator-data-cut--1",
        "object-cut-9",
        "object-cut-last",
    ],
    "does not look at a public key before it is used": [
        "public-key-no-type",
        "public-key-other-type",
        "public-key-text-type",
        "public-key-no-x",
        "public-key-text-x",
        "public-key-empty-x",
    ],
    "verifies the signatures on certificates, not their dates, names and constraints": [
        "certificate-expired",
        "certificate-not-yet-valid",
        "chain-through-the-expired",
        "chain-through-no-authority",
        "chain-issued-by-another",
    ],
    "looks at the first certificate of a U2F key only": ["u2f-second-certificate"],
}
SIMPLE_WEBAUTHN = {
    "does not look at frames at registration, and takes those whose page is not named": [
        "cross-origin",
        "top-origin",
        "top-origin-alone",
    ],
    "leaves it to the caller whether BE has changed": ["backup-eligibility-changed"],
    "leaves the account to the caller": ["user-handle-of-another"],
    "takes extension outputs of any type": ["extension-of-wrong-type"],
    "takes credential IDs of any length": ["credential-id-too-long"],
    "reads a byte string that is cut off as a shorter one": [
        "authenticator-data-cut--2",
        "authenticator-data-cut--1",
        "object-cut-last",
    ],
    "does not look at a public key before it is used": [
        "public-key-no-type",
        "public-key-other-type",
        "public-key-text-type",
        "public-key-no-x",
        "public-key-text-x",
        "public-key-empty-x",
    ],
    "takes an empty anything for an empty statement": [
        "statement-array",
        "statement-null",
        "statement-text",
    ],
    "reads the first CBOR item and ignores what follows": ["object-trailing-byte", "object-twice"],
    "reads DER signatures of curves and ignores what follows": ["signature-longer"],
    "does not hold the algorithm of a self attestation against the key": [
        "statement-alg-other",
        "statement-alg-es384",
        "statement-alg-text",
    ],
    "ignores ECDAA": ["statement-ecdaa"],
    "does not insist on basic constraints, nor on authorities above": [
        "certificate-without-constraints",
        "chain-through-no-authority",
    ],
    "takes a critical AAGUID extension": ["certificate-aaguid-critical"],
}
KNOWN = {PythonFido2.name: PYTHON_FIDO2, SimpleWebAuthn.name: SIMPLE_WEBAUTHN}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """(name, whether it is genuine, {judge: why not or None}) of every case."""
    directory = tmp_path_factory.mktemp("agree")
    home = {"PATH": "/usr/bin:/bin", "HOME": str(directory)}
    simple = SimpleWebAuthn()
    judges = [Ours(Fidoctl(directory, home)), PythonFido2(), simple]
    made = [
        (name, genuine, {judge.name: judge.judge(case) for judge in judges})
        for name, genuine, case in cases()
    ]
    simple.close()
    return made


def test_cases_are_many_good_and_bad(verdicts):
    names = [name for name, _, _ in verdicts]
    assert len(names) == len(set(names))
    assert len(names) >= 500
    count = Counter(genuine for _, genuine, _ in verdicts)
    assert count[True] >= 100 and count[False] >= 400, count


def test_fidoctl_s_verdict_is_the_right_one(verdicts):
    wrong = [
        (name, judged[Ours.name] or "taken")
        for name, genuine, judged in verdicts
        if (judged[Ours.name] is None) != genuine
    ]
    assert wrong == []


@pytest.mark.parametrize("judge", KNOWN)
def test_another_relying_party_agrees_or_the_reason_is_known(verdicts, judge):
    listed = [change for changes in KNOWN[judge].values() for change in changes]
    assert len(listed) == len(set(listed))
    differ = {name: judged[judge] for name, genuine, judged in verdicts if differs(judged, judge)}
    # Nobody refuses what fidoctl takes.
    assert [(name, why) for name, why in differ.items() if why is not None] == []
    changes = {name.split(" / ")[0] for name in differ}
    assert changes == set(listed)
    agreed = len(verdicts) - len(differ)
    assert agreed >= 500, agreed


def differs(judged, judge):
    return (judged[judge] is None) != (judged[Ours.name] is None)
