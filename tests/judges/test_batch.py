"""assert --batch: options in lines, responses in lines, one session."""

import json
import os
import signal
import subprocess

import pytest
from fido2.utils import websafe_encode
from fido2.webauthn import PublicKeyCredentialRequestOptions

import python_fido2
from fidoctl import DONE, FAILED, INTERRUPTED, PARTLY_DONE, USAGE
from python_fido2 import RP_ID, RelyingParty
from test_json_schemas import validate

GOOD = "correct horse"


def options(credential=None, challenge=None, rp_id=RP_ID, **members):
    challenge = os.urandom(32) if challenge is None else challenge
    request = {"challenge": websafe_encode(challenge), "rpId": rp_id, **members}
    if credential is not None:
        request["allowCredentials"] = [{"type": "public-key", "id": credential}]
    return request


def lines(*values):
    return "".join((v if isinstance(v, str) else json.dumps(v)) + "\n" for v in values)


@pytest.fixture
def batch(fidoctl):
    """Runs a batch; returns what came of every line."""

    def batch(code, *requests, args=()):
        ended = fidoctl.run("assert", "--batch", *args, stdin=lines(*requests)).expect(code)
        answers = [json.loads(line) for line in ended.out.splitlines()]
        for answer in answers:
            validate("error" if "error" in answer else "authentication", answer)
        return answers

    return batch


@pytest.fixture
def credential(key, fidoctl):
    return fidoctl.enroll()["id"]


class Party(RelyingParty):
    """A server that gave out a challenge for each request."""

    def accepts(self, credential, challenge, answer):
        self.state["challenge"] = websafe_encode(challenge)
        assert self.authenticate(credential, answer) is credential


def test_python_fido2_s_server_accepts_every_answer_for_its_own_challenge(fidoctl, key, batch):
    party = Party()
    registration = fidoctl.enroll("--challenge", websafe_encode(python_fido2.CHALLENGE))
    made = party.register(registration)
    challenges = [os.urandom(32) for _ in range(20)]
    answers = batch(DONE, *(options(registration["id"], c) for c in challenges))
    for challenge, answer in zip(challenges, answers, strict=True):
        party.accepts(made, challenge, answer)


def test_answers_come_in_order_and_a_failed_line_is_an_error_object(batch, credential):
    answers = batch(
        PARTLY_DONE,
        options(credential),
        "nonsense",
        options("AAAA"),
        {"rpId": RP_ID},
        options(credential, rp_id="other.example"),
        options(credential),
        options(extensions={"largeBlob": {"read": True, "write": "AAAA"}}),
    )
    kinds = [answer["error"]["kind"] if "error" in answer else "done" for answer in answers]
    assert kinds == [
        "done", "bad-file", "no-credentials", "bad-file", "no-credentials", "done", "bad-file"
    ]
    assert "line 2" in answers[1]["error"]["message"]
    assert "challenge" in answers[3]["error"]["message"]
    assert answers[6]["error"]["dom_exception"] == "NotSupportedError"


def test_what_could_not_be_answered_is_told_at_the_end(fidoctl, credential):
    requests = lines(options(credential), options("AAAA"))
    ended = fidoctl.run("assert", "--batch", "--json", stdin=requests).expect(PARTLY_DONE)
    assert len(ended.out.splitlines()) == 2
    error = json.loads(ended.err.splitlines()[-1])["error"]
    assert error["kind"] == "partly-done"
    assert error["report"] == {"lines": 2, "failed": 1}


def test_nothing_to_do_is_done(batch, key):
    assert batch(DONE) == []
    assert batch(DONE, "", "  ") == []


def test_the_origin_is_held_against_every_line(batch, credential):
    answers = batch(
        PARTLY_DONE,
        options(credential),
        options(credential, rp_id="evil.example"),
        args=["--origin", "https://login.example.com"],
    )
    assert answers[1]["error"]["dom_exception"] == "SecurityError"
    client_data = python_fido2.websafe_decode(answers[0]["response"]["clientDataJSON"])
    assert json.loads(client_data)["origin"] == "https://login.example.com"


def test_a_line_too_long_is_an_error_and_the_next_one_is_answered(batch, credential):
    answers = batch(PARTLY_DONE, "x" * (2 << 20), options(credential))
    assert answers[0]["error"]["kind"] == "bad-file"
    assert answers[1]["id"] == credential


def test_an_answer_comes_before_the_next_request_is_written(fidoctl, credential):
    running = fidoctl.start("assert", "--batch", stdin=subprocess.PIPE)
    for _ in range(3):
        running.stdin.write(lines(options(credential)))
        running.stdin.flush()
        assert json.loads(running.stdout.readline())["id"] == credential
    fidoctl.end(running).expect(DONE)


def test_one_pin_serves_for_all_lines(fidoctl, key, batch):
    pin = fidoctl.set_pin(GOOD)
    credential = fidoctl.enroll(*pin)["id"]
    wanted = options(credential, userVerification="required")
    answers = batch(DONE, wanted, wanted, options(credential, userVerification="discouraged"), wanted, args=pin)
    flags = [python_fido2.member(answer, "authenticatorData")[32] for answer in answers]
    assert [bool(flag & 4) for flag in flags] == [True, True, False, True]


def test_a_wrong_pin_is_tried_once(fidoctl, key, batch):
    credential = fidoctl.enroll(*fidoctl.set_pin(GOOD))["id"]
    wrong = fidoctl.pin("wrong", "wrong.txt")
    wanted = options(credential, userVerification="required")
    answers = batch(PARTLY_DONE, *[wanted] * 5, args=wrong)
    assert answers[0]["error"]["kind"] == "pin-invalid"
    assert all("error" in answer for answer in answers)
    assert fidoctl("pin", "status")["pin"]["retries_left"] == 7


def test_the_pin_and_the_options_cannot_both_come_from_standard_input(fidoctl, key):
    error = fidoctl.run("assert", "--batch", "--pin-stdin", stdin=GOOD + "\n").expect(USAGE)
    assert error.out == ""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
def test_an_interrupted_batch_is_cancelled_on_the_key_and_keeps_its_answers(
    observed, key, fidoctl, sent
):
    credential = fidoctl.enroll()["id"]
    key.power_cycle(touch="never")
    silent = fidoctl.start("assert", "--batch", stdin=subprocess.PIPE)
    silent.stdin.write(lines("nonsense", options(credential), options(credential)))
    silent.stdin.flush()
    assert observed.touch_wanted.wait(20)
    ended = fidoctl.stop(silent, sent).expect(INTERRUPTED)
    assert [list(json.loads(line)) for line in ended.out.splitlines()] == [["error"]]
    assert observed.answered_cancel.is_set()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
def test_an_idle_batch_ends_with_a_signal(fidoctl, credential, sent):
    idle = fidoctl.start("assert", "--batch", stdin=subprocess.PIPE)
    idle.stdin.write(lines(options(credential)))
    idle.stdin.flush()
    first = idle.stdout.readline()
    assert json.loads(first)["id"] == credential
    idle.send_signal(sent)
    assert idle.wait(15) == INTERRUPTED
    idle.stdin.close()
    idle.stdout.close()
    idle.stderr.close()


def test_a_key_that_goes_ends_the_batch(fidoctl, key, credential):
    running = fidoctl.start("assert", "--batch", stdin=subprocess.PIPE)
    running.stdin.write(lines(options(credential)))
    running.stdin.flush()
    assert json.loads(running.stdout.readline())["id"] == credential
    key.unplug()
    ended = fidoctl.end(running, lines(options(credential), options(credential))).expect(FAILED)
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert [answer["error"]["kind"] for answer in answers] == ["key-gone"]


def test_a_reader_that_has_gone_ends_the_batch(fidoctl, credential):
    reader, writer = os.pipe()
    running = fidoctl.start("assert", "--batch", stdin=subprocess.PIPE, stdout=writer)
    os.close(writer)
    with os.fdopen(reader) as answers:
        running.stdin.write(lines(options(credential)))
        running.stdin.flush()
        assert json.loads(answers.readline())["id"] == credential
    ended = fidoctl.end(running, lines(*[options(credential)] * 3)).expect(DONE)
    assert "error" not in ended.err


def test_two_clients_get_the_same_secrets_from_the_same_key(fidoctl, key, batch):
    """prf of a batch, and python-fido2's of the same credential."""
    pin = fidoctl.set_pin(GOOD)
    fidoctl.enroll("--hmac-secret", *pin)
    credential = json.loads((fidoctl.directory / "credential.json").read_text())["credential_id"]
    extensions = {"prf": {"eval": {"first": websafe_encode(b"input")}}}
    [answer] = batch(DONE, options(credential, extensions=extensions), args=pin)
    device = python_fido2.open_device(key)
    request = options(credential, extensions=extensions, userVerification="required")
    theirs = python_fido2.client(device, GOOD).get_assertion(
        PublicKeyCredentialRequestOptions.from_dict(request)
    )
    results = theirs.get_response(0).client_extension_results
    device.close()
    ours = answer["clientExtensionResults"]["prf"]["results"]
    assert ours["first"] == dict(results)["prf"]["results"]["first"]
