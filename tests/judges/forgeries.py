"""Cases for relying parties: what is changed, and whether the result is still genuine.

`cases()` yields (name, genuine, case); a name is the change and what it was done to.
"""

from functools import cache

from forge import (
    AAGUID,
    AT,
    ATTESTATION_KEY,
    BE,
    BS,
    CHALLENGE,
    ED,
    EDDSA,
    ES256,
    ES384,
    ES512,
    MIDDLE_KEY,
    MIDDLE_NAME,
    ORIGIN,
    OTHER_KEY,
    ROOT,
    ROOT_KEY,
    ROOT_NAME,
    RS256,
    UP,
    UV,
    Assertion,
    Registration,
    aaguid_extension,
    certificate,
    sha256,
)
from fido2 import cbor
from fido2.utils import websafe_decode, websafe_encode

NAMES = {ES256: "es256", EDDSA: "eddsa", ES384: "es384", ES512: "es512", RS256: "rs256"}


class Changes:
    """Changes by name; each with whether what it makes is genuine."""

    def __init__(self):
        self.all = {}

    def good(self, name, change):
        assert name not in self.all, name
        self.all[name] = (True, change)

    def bad(self, name, change):
        assert name not in self.all, name
        self.all[name] = (False, change)


def setting(**attributes):
    def change(draft):
        for name, value in attributes.items():
            assert hasattr(draft, name), name
            setattr(draft, name, value)

    return change


def on(hook, *functions):
    return lambda draft: getattr(draft, hook).extend(functions)


def members(hook, **values):
    """Sets members of a dict; None takes one away."""

    def change(dictionary):
        for name, value in values.items():
            if value is None:
                dictionary.pop(name, None)
            else:
                dictionary[name] = value

    return on(hook, change)


def client_data(**values):
    def change(draft):
        for name, value in values.items():
            if value is None:
                del draft.client_data[name]
            else:
                draft.client_data[name] = value

    return change


def flip(position, bit=0):
    def change(data):
        data = bytearray(data)
        data[position] ^= 1 << bit
        return bytes(data)

    return change


def spread(length, count):
    """So many positions, evenly spread."""
    return [length * number // count for number in range(count)]


def both(*changes):
    def change(draft):
        for one in changes:
            one(draft)

    return change


# ------------------------------------------------------------------------- in both ceremonies


def of_client_data(other_type):
    changes = Changes()
    changes.good("nothing", lambda draft: None)
    changes.good("client-data-extra-member", client_data(extra="!"))
    changes.good("client-data-white-space", on("on_client_data", lambda d: d.replace(b",", b" ,\n")))
    changes.good("client-data-without-cross-origin", client_data(crossOrigin=None))
    changes.bad("type-of-the-other-ceremony", client_data(type=other_type))
    for name, value in {
        "empty": "",
        "upper-case": "WEBAUTHN.GET",
        "payment": "payment.get",
        "old": "navigator.id.getAssertion",
        "number": 7,
        "missing": None,
    }.items():
        changes.bad(f"type-{name}", client_data(type=value))
    raw = websafe_decode(CHALLENGE)
    for name, value in {
        "other": websafe_encode(sha256(raw)),
        "empty": "",
        "shorter": websafe_encode(raw[:-1]),
        "longer": websafe_encode(raw + b"\0"),
        "one-bit": websafe_encode(flip(0)(raw)),
        "hex": raw.hex(),
        "number": 7,
        "missing": None,
    }.items():
        changes.bad(f"challenge-{name}", client_data(challenge=value))
    for name, value in {
        "other": "https://example.org",
        "subdomain": "https://login.example.com",
        "parent": "https://com",
        "http": "http://example.com",
        "port": "https://example.com:8443",
        "slash": "https://example.com/",
        "upper-case": "https://EXAMPLE.com",
        "suffix": "https://example.com.evil.example",
        "prefix": "https://evilexample.com",
        "user": "https://example.com@evil.example",
        "empty": "",
        "null": "null",
        "app": "android:apk-key-hash:abc",
        "number": 7,
        "missing": None,
    }.items():
        changes.bad(f"origin-{name}", client_data(origin=value))
    changes.bad("cross-origin", client_data(crossOrigin=True))
    changes.bad("top-origin", client_data(crossOrigin=True, topOrigin="https://example.net"))
    changes.bad("top-origin-alone", client_data(topOrigin="https://example.net"))
    for name, data in {
        "empty": b"",
        "no-json": b"{",
        "array": b"[]",
        "text": b'"webauthn.get"',
        "null": b"null",
        "binary": bytes(range(200, 256)),
    }.items():
        changes.bad(f"client-data-{name}", on("on_client_data", lambda _, data=data: data))
    changes.bad("client-data-cut", on("on_client_data", lambda data: data[:-1]))
    changes.bad("client-data-twice", on("on_client_data", lambda data: data + data))

    changes.bad("rp-id-hash-other", setting(rp_id_hash=sha256(b"example.org")))
    changes.bad("rp-id-hash-origin", setting(rp_id_hash=sha256(ORIGIN.encode())))
    changes.bad("rp-id-hash-zero", setting(rp_id_hash=bytes(32)))
    changes.bad("rp-id-hash-one-bit", on("on_data", flip(31)))
    changes.bad("user-absent", lambda draft: setattr(draft, "flags", draft.flags & ~UP))
    changes.good("user-not-verified", lambda draft: setattr(draft, "flags", draft.flags & ~UV))
    changes.good(
        "user-verified-as-required",
        both(
            lambda draft: setattr(draft, "flags", draft.flags | UV),
            setting(user_verification=True),
        ),
    )
    changes.bad(
        "user-not-verified-but-required",
        both(
            lambda draft: setattr(draft, "flags", draft.flags & ~UV),
            setting(user_verification=True),
        ),
    )
    for bit in [1, 5]:
        reserved = lambda draft, bit=bit: setattr(draft, "flags", draft.flags | 1 << bit)
        changes.good(f"reserved-flag-{bit}", reserved)
    backed_up = lambda draft: setattr(draft, "flags", draft.flags | BS)
    changes.bad("backed-up-but-not-eligible", backed_up)
    changes.bad("trailing-zero", on("on_data", lambda data: data + b"\0"))
    changes.bad("trailing-map", on("on_data", lambda data: data + b"\xa0"))
    changes.bad("extensions-announced", lambda draft: setattr(draft, "flags", draft.flags | ED))
    changes.good("extensions-none", setting(extensions={}))
    changes.good("extensions-unknown", setting(extensions={"example": [1, {"a": b"b"}]}))
    for name, value in {"id": "AAAA", "rawId": "AAAA", "type": "password"}.items():
        changes.bad(f"response-{name}", members("on_response", **{name: value}))
    return changes


# --------------------------------------------------------------------------- registrations


def of_registration():
    changes = of_client_data("webauthn.get")
    eligible = lambda draft: setattr(draft, "flags", draft.flags | BE)
    changes.good("backup-eligible", eligible)
    changes.good("backed-up", lambda draft: setattr(draft, "flags", draft.flags | BE | BS))
    changes.good("counter-zero", setting(counter=0))
    changes.good("counter-highest", setting(counter=2**32 - 1))
    changes.good("extension-cred-protect", setting(extensions={"credProtect": 2}))
    changes.good("extension-hmac-secret", setting(extensions={"hmac-secret": True}))
    changes.bad("extension-of-wrong-type", setting(extensions={"credProtect": "two"}))
    changes.bad("no-credential", lambda draft: setattr(draft, "flags", draft.flags & ~AT))
    changes.bad(
        "credential-not-announced",
        on("on_data", lambda data: data[:32] + bytes([data[32] & ~AT]) + data[33:]),
    )
    for name, length in {"short": -1, "long": 1, "far": 60000}.items():

        def wrong_length(attested, by=length):
            stated = int.from_bytes(attested[16:18], "big") + by
            return attested[:16] + (stated % 65536).to_bytes(2, "big") + attested[18:]

        changes.bad(f"credential-id-length-{name}", on("on_attested", wrong_length))
    changes.good("credential-id-longest", setting(credential_id=bytes(1023)))
    changes.bad("credential-id-too-long", setting(credential_id=bytes(1024)))
    for position in [0, 20, 32, 36, 40, 54, 60, 100, 118, 130, -30, -2, -1]:
        cut = on("on_data", lambda data, end=position: data[:end])
        changes.bad(f"authenticator-data-cut-{position}", cut)
    for name, change in {
        "no-type": {1: None},
        "no-algorithm": {3: None},
        "other-type": {1: 4},
        "text-type": {1: "EC2"},
        "not-offered": {3: -47},
        "unknown-algorithm": {3: -70000},
        "text-algorithm": {3: "ES256"},
        "no-x": {-2: None},
        "text-x": {-2: "x"},
        "empty-x": {-2: b""},
    }.items():

        def other_key(draft, change=change):
            key = {**draft.cose, **change}
            draft.cose = {label: value for label, value in key.items() if value is not None}

        changes.bad(f"public-key-{name}", other_key)
    changes.bad("public-key-no-map", setting(cose=[1, 2, 3]))

    for name, value in {"unknown": "example", "empty": "", "upper-case": "PACKED"}.items():
        changes.bad(f"format-{name}", setting(format=value))
    changes.bad("format-number", members("on_object", fmt=7))
    for name in ["fmt", "attStmt", "authData"]:
        changes.bad(f"object-without-{name}", members("on_object", **{name: None}))
    for name, value in {"array": [], "null": False, "text": "sig"}.items():
        changes.bad(f"statement-{name}", members("on_object", attStmt=value))
    changes.bad("authenticator-data-text", members("on_object", authData="data"))
    changes.bad("object-trailing-byte", on("on_encoded", lambda data: data + b"\0"))
    changes.bad("object-twice", on("on_encoded", lambda data: data + data))
    changes.bad("object-empty", on("on_encoded", lambda _: b""))
    changes.bad("object-array", on("on_encoded", lambda _: cbor.encode([1, 2])))
    for part in [1, 2, 3, 5, 7, 9]:
        cut = on("on_encoded", lambda data, part=part: data[: len(data) * part // 10])
        changes.bad(f"object-cut-{part}", cut)
    changes.bad("object-cut-last", on("on_encoded", lambda data: data[:-1]))
    return changes


def of_statement(certified):
    """Changes of statements that are signed."""
    changes = Changes()
    names = ["sig"] if not certified else ["sig", "x5c"]
    for name in names:
        changes.bad(f"statement-without-{name}", members("on_statement", **{name: None}))
        for kind, value in {"number": 1, "text": "sig", "map": {}, "false": False}.items():
            changes.bad(f"statement-{name}-{kind}", members("on_statement", **{name: value}))
    changes.bad("statement-sig-empty", members("on_statement", sig=b""))
    changes.bad("statement-sig-zero", members("on_statement", sig=bytes(70)))

    def on_signature(change):
        def apply(statement):
            statement["sig"] = change(statement["sig"])

        return on("on_statement", apply)

    for position in range(0, 64, 4):
        changes.bad(f"signature-flip-{position}", on_signature(flip(position, position % 8)))
    changes.bad("signature-cut", on_signature(lambda signature: signature[:-1]))
    changes.bad("signature-longer", on_signature(lambda signature: signature + b"\0"))
    changes.bad("signature-shifted", on_signature(lambda signature: b"\0" + signature))
    # After signing; what the signature covers is told by the format.
    after = lambda change: on(
        "on_object", lambda made: made.__setitem__("authData", change(made["authData"]))
    )
    for position in [0, 31, 55, 60, 90, -1, -20]:
        changes.bad(f"signed-data-flip-{position}", after(flip(position)))
    return changes


def of_packed():
    changes = Changes()
    for name, value in {"other": EDDSA, "es384": ES384, "unknown": -9999, "zero": 0}.items():

        def other_algorithm(statement, value=value):
            statement["alg"] = value if statement["alg"] != value else ES256

        changes.bad(f"statement-alg-{name}", on("on_statement", other_algorithm))
    for kind, value in {"text": "ES256", "map": {}, "false": False}.items():
        changes.bad(f"statement-alg-{kind}", members("on_statement", alg=value))
    changes.bad("statement-without-alg", members("on_statement", alg=None))
    changes.bad("statement-ecdaa", members("on_statement", ecdaaKeyId=b"key"))
    changes.bad("statement-empty", members("on_object", attStmt={}))
    changes.good("statement-extra-member", members("on_statement", extra=1))
    for position in [32, 33, 36, 37, 52]:
        change = lambda made, position=position: made.__setitem__(
            "authData", flip(position, 3)(made["authData"])
        )
        changes.bad(f"signed-data-flip-{position}", on("on_object", change))
    return changes


def of_chain():
    """Changes of the certificates of packed attestation."""
    changes = Changes()

    def subject(**values):
        def change(draft):
            merged = {**draft.subject, **values}
            draft.subject = {name: text for name, text in merged.items() if text is not None}

        return change

    def leaf(**options):
        return lambda draft: draft.leaf.update(options)

    for name in ["C", "O", "OU", "CN"]:
        changes.bad(f"certificate-without-{name}", subject(**{name: None}))
    changes.bad("certificate-other-unit", subject(OU="Authenticator"))
    changes.bad("certificate-unit-in-lower-case", subject(OU="authenticator attestation"))
    changes.bad("certificate-of-an-authority", leaf(authority=True))
    changes.bad("certificate-without-constraints", leaf(authority=None))
    changes.bad("certificate-expired", leaf(years=(2010, 2020)))
    changes.bad("certificate-not-yet-valid", leaf(years=(2049, 2050)))
    changes.good("certificate-without-aaguid", leaf(extensions=[]))
    changes.bad("certificate-other-aaguid", leaf(extensions=[aaguid_extension(bytes(16))]))
    changes.bad("certificate-aaguid-critical", leaf(extensions=[aaguid_extension(AAGUID, True)]))

    def authority(**options):
        options = {"authority": True, "serial": 2, **options}
        return certificate(MIDDLE_NAME, MIDDLE_KEY, ROOT_NAME, ROOT_KEY, **options)

    below = dict(issuer=MIDDLE_NAME, issuer_key=MIDDLE_KEY)
    changes.good("chain-of-three", setting(**below, above=[authority()]))
    changes.bad("chain-without-its-middle", setting(**below))
    changes.bad("chain-through-no-authority", setting(**below, above=[authority(authority=False)]))
    changes.bad("chain-through-the-expired", setting(**below, above=[authority(years=(2010, 2020))]))
    stranger = certificate(MIDDLE_NAME, MIDDLE_KEY, ROOT_NAME, OTHER_KEY, authority=True)
    changes.bad("chain-through-a-stranger", setting(**below, above=[stranger]))
    changes.bad("chain-signed-by-another", setting(issuer_key=OTHER_KEY))
    changes.bad("chain-issued-by-another", setting(issuer={"O": "Other", "CN": "Root"}))
    other = certificate(ROOT_NAME, OTHER_KEY, ROOT_NAME, OTHER_KEY, authority=True)
    changes.bad("chain-to-another-root", setting(roots=[other]))
    changes.bad("certificate-of-another-key", on("on_statement", of_another_key))
    changes.bad("certificates-none", members("on_statement", x5c=[]))
    changes.bad("certificates-text", members("on_statement", x5c=["certificate"]))
    changes.bad("certificates-nonsense", members("on_statement", x5c=[b"certificate"]))
    changes.bad("certificates-empty", members("on_statement", x5c=[b""]))
    return changes


def of_another_key(statement):
    extensions = [aaguid_extension(AAGUID)]
    subject = {"C": "SE", "O": "E", "OU": "Authenticator Attestation", "CN": "K"}
    made = certificate(subject, OTHER_KEY, ROOT_NAME, ROOT_KEY, extensions=extensions)
    statement["x5c"] = [made]


def of_certificate_bits(count):
    """A flipped bit in every so many bytes of the signer's certificate."""
    changes = Changes()
    length = len(Registration("basic", ES256).chain()[0])
    for position in spread(length, count):

        def change(statement, position=position):
            der = statement["x5c"][0]
            # The last bits of the signature vary in length with it.
            position = min(position, len(der) - 1)
            statement["x5c"][0] = flip(position, position % 7)(der)

        changes.bad(f"certificate-flip-{position}", on("on_statement", change))
    return changes


def of_u2f():
    changes = Changes()
    changes.bad("u2f-second-certificate", on("on_statement", lambda s: s["x5c"].append(ROOT)))
    changes.good("statement-extra-member", members("on_statement", extra=1))
    for name, position in {"rp-id": 0, "credential-id": 60, "public-key": -1}.items():
        change = lambda made, position=position: made.__setitem__(
            "authData", flip(position)(made["authData"])
        )
        changes.bad(f"u2f-{name}-flip", on("on_object", change))
    return changes


# ------------------------------------------------------------------------------- assertions


def of_assertion():
    changes = of_client_data("webauthn.create")
    stored_eligible = setting(stored_eligible=True)
    changes.good(
        "backup-eligible",
        both(lambda draft: setattr(draft, "flags", draft.flags | BE), stored_eligible),
    )
    changes.good(
        "backed-up",
        both(lambda draft: setattr(draft, "flags", draft.flags | BE | BS), stored_eligible),
    )
    eligible_now = lambda draft: setattr(draft, "flags", draft.flags | BE)
    changes.bad("backup-eligibility-changed", eligible_now)
    changes.good("counter-never-used", setting(counter=0, stored_counter=0))
    changes.good("counter-first-used", setting(counter=1, stored_counter=0))
    changes.good("counter-highest", setting(counter=2**32 - 1))
    changes.bad("counter-the-same", setting(counter=4))
    changes.bad("counter-lower", setting(counter=3))
    changes.bad("counter-back-to-zero", setting(counter=0))
    changes.bad("credential-announced", lambda draft: setattr(draft, "flags", draft.flags | AT))
    changes.bad("credential-unknown", setting(credential_id=b"another" * 4))
    changes.good("without-user-handle", setting(user_handle=None))
    changes.bad("user-handle-of-another", setting(user_handle=b"bob"))
    changes.good("extension-hmac-secret", setting(extensions={"hmac-secret": bytes(48)}))
    changes.bad("extension-of-wrong-type", setting(extensions={"hmac-secret": True}))
    for end in [0, 1, 16, 31, 32, 33, 36]:
        changes.bad(f"authenticator-data-cut-{end}", on("on_data", lambda d, end=end: d[:end]))
    for position in range(0, 64, 2):
        changes.bad(f"signature-flip-{position}", on("on_signature", flip(position, position % 8)))
    changes.bad("signature-empty", on("on_signature", lambda _: b""))
    changes.bad("signature-zero", on("on_signature", lambda signature: bytes(len(signature))))
    changes.bad("signature-cut", on("on_signature", lambda signature: signature[:-1]))
    changes.bad("signature-longer", on("on_signature", lambda signature: signature + b"\0"))
    changes.bad("signature-shifted", on("on_signature", lambda signature: b"\0" + signature))

    changes.bad("signature-reversed", on("on_signature", lambda signature: signature[::-1]))
    for name in ["signature", "authenticatorData", "clientDataJSON"]:
        missing = lambda made, name=name: made["response"].pop(name) and None
        changes.bad(f"response-without-{name}", on("on_response", missing))

    def after(name, position):
        def change(made):
            data = flip(position)(websafe_decode(made["response"][name]))
            made["response"][name] = websafe_encode(data)

        return on("on_response", change)

    for position in range(0, 37, 3):
        changes.bad(f"signed-data-flip-{position}", after("authenticatorData", position))
    for position in range(1, 120, 9):
        changes.bad(f"signed-client-data-flip-{position}", after("clientDataJSON", position))
    return changes


# ------------------------------------------------------------------------------------- cases


@cache
def bases():
    """What changes are made to: (name, how a draft is made, changes)."""
    registration = of_registration()
    made = []
    for algorithm in [ES256, EDDSA, RS256, ES384, ES512]:
        name = NAMES[algorithm]
        none = registration if algorithm == ES256 else some(registration, 5)
        made.append((f"none-{name}", lambda a=algorithm: Registration("none", a), none))
    for algorithm in [ES256, EDDSA, RS256]:
        name = NAMES[algorithm]
        wide = of_statement(certified=False), of_packed()
        parts = (registration, *wide) if algorithm == EDDSA else (some(registration, 4), *wide)
        made.append((f"self-{name}", lambda a=algorithm: Registration("self", a), *parts))
    basic = of_statement(certified=True), of_packed(), of_chain(), of_certificate_bits(60)
    make = lambda: Registration("basic", ES256)
    made.append(("basic-es256", make, some(registration, 4), *basic))
    make = lambda: Registration("basic", EDDSA, rsa_attestation=True)
    made.append(("basic-eddsa-by-rsa", make, some(registration, 6), *basic[:3]))
    u2f = some(registration, 3), of_statement(certified=True), of_u2f()
    made.append(("u2f-es256", lambda: Registration("u2f", ES256), *u2f))
    assertion = of_assertion()
    for algorithm in [ES256, EDDSA, RS256, ES384, ES512]:
        parts = assertion if algorithm in [ES256, EDDSA, RS256] else some(assertion, 4)
        name = f"assertion-{NAMES[algorithm]}"
        made.append((name, lambda a=algorithm: Assertion(a), parts))
    return made


def some(changes, step):
    """Every so many of the changes, and the first."""
    chosen = Changes()
    chosen.all = dict(list(changes.all.items())[::step])
    return chosen


def cases():
    for base, make, *groups in bases():
        changes = {}
        for group in groups:
            changes.update(group.all)
        for name, (genuine, change) in changes.items():
            draft = make()
            change(draft)
            yield f"{name} / {base}", genuine, draft.build()
