"""Makes registrations and assertions as a key and its client would, and wrong ones at will.

Everything follows from fixed numbers, so that a case is the same in every run. A change is a
function that is given the draft before anything is signed; it may also leave functions that change
what has been signed.
"""

import datetime
import hashlib
import json
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import NameOID
from fido2 import cbor
from fido2.utils import websafe_encode

RP_ID = "example.com"
ORIGIN = "https://example.com"
CHALLENGE = websafe_encode(bytes(range(32)))
AAGUID = bytes.fromhex("ee882879721c491397753dfcce97072a")
USER_ID = b"alice-1"
UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
ES256, EDDSA, ES384, ES512, RS256 = -7, -8, -35, -36, -257
AAGUID_EXTENSION = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")


def sha256(data):
    return hashlib.sha256(data).digest()


# ------------------------------------------------------------------------------------------ keys


def prime(seed, bits=1024):
    """The first prime above a number made from the seed, that 65537 does not divide one below."""
    digits = b"".join(sha256(f"{seed} {i}".encode()) for i in range(bits // 256))
    candidate = int.from_bytes(digits, "big") | (3 << (bits - 2)) | 1
    small = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]
    while True:
        if all(candidate % n for n in small) and pow(2, candidate - 1, candidate) == 1:
            if candidate % 65537 != 1:
                return candidate
        candidate += 2


@cache
def rsa_key(seed):
    p, q, e = prime(f"{seed} p"), prime(f"{seed} q"), 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return numbers.private_key()


def ec_key(seed, curve=ec.SECP256R1):
    digest = hashlib.sha512(seed.encode()).digest()
    return ec.derive_private_key(int.from_bytes(digest[:31], "big"), curve())


@cache
def make_key(algorithm, seed):
    curves = {ES256: ec.SECP256R1, ES384: ec.SECP384R1, ES512: ec.SECP521R1}
    if algorithm in curves:
        return ec_key(seed, curves[algorithm])
    if algorithm == EDDSA:
        return ed25519.Ed25519PrivateKey.from_private_bytes(sha256(seed.encode()))
    return rsa_key(seed)


HASHES = {ES256: hashes.SHA256, ES384: hashes.SHA384, ES512: hashes.SHA512, RS256: hashes.SHA256}


def sign(key, algorithm, message):
    if algorithm == EDDSA:
        return key.sign(message)
    if algorithm == RS256:
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    scheme = ec.ECDSA(HASHES[algorithm](), deterministic_signing=True)
    return key.sign(message, scheme)


def cose_key(key, algorithm):
    public = key.public_key()
    if algorithm == EDDSA:
        return {1: 1, 3: EDDSA, -1: 6, -2: public.public_bytes_raw()}
    numbers = public.public_numbers()
    if algorithm == RS256:
        return {1: 3, 3: RS256, -1: numbers.n.to_bytes(256, "big"), -2: b"\x01\x00\x01"}
    length = (public.curve.key_size + 7) // 8
    x, y = numbers.x.to_bytes(length, "big"), numbers.y.to_bytes(length, "big")
    return {1: 2, 3: algorithm, -1: {32: 1, 48: 2, 66: 3}[length], -2: x, -3: y}


# ---------------------------------------------------------------------------------- certificates

SUBJECT = {"C": "SE", "O": "Example", "OU": "Authenticator Attestation", "CN": "Key 1"}
NAMES = {
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
}


def x509_name(attributes):
    return x509.Name([x509.NameAttribute(NAMES[key], text) for key, text in attributes.items()])


def certificate(subject, key, issuer, issuer_key, **options):
    """DER of a certificate; `subject` and `issuer` are dicts of attributes."""
    years = options.get("years", (2020, 2050))
    start, end = (datetime.datetime(year, 1, 1) for year in years)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509_name(subject))
        .issuer_name(x509_name(issuer))
        .public_key(key.public_key())
        .serial_number(options.get("serial", 7))
        .not_valid_before(start)
        .not_valid_after(end)
    )
    authority = options.get("authority", False)
    if authority is not None:
        constraints = x509.BasicConstraints(authority, options.get("path_length"))
        builder = builder.add_extension(constraints, critical=True)
    for extension, critical in options.get("extensions", []):
        builder = builder.add_extension(extension, critical)
    deterministic = isinstance(issuer_key, ec.EllipticCurvePrivateKey) or None
    signed = builder.sign(issuer_key, hashes.SHA256(), ecdsa_deterministic=deterministic)
    return signed.public_bytes(serialization.Encoding.DER)


def aaguid_extension(aaguid, critical=False):
    value = b"\x04\x10" + aaguid
    return x509.UnrecognizedExtension(AAGUID_EXTENSION, value), critical


ROOT_NAME = {"O": "Example", "CN": "Root"}
MIDDLE_NAME = {"O": "Example", "CN": "Middle"}
ROOT_KEY, MIDDLE_KEY, OTHER_KEY = ec_key("root"), ec_key("middle"), ec_key("other")
ATTESTATION_KEY = ec_key("attestation")
ROOT = certificate(ROOT_NAME, ROOT_KEY, ROOT_NAME, ROOT_KEY, authority=True, serial=1)


# ---------------------------------------------------------------------------------------- drafts


class Draft:
    """What both ceremonies have in common."""

    def __init__(self, kind, algorithm):
        self.kind, self.algorithm = kind, algorithm
        self.key = make_key(algorithm, f"credential {algorithm}")
        self.cose = cose_key(self.key, algorithm)
        self.credential_id = sha256(f"id {algorithm}".encode()) * 2
        self.client_data = {
            "type": f"webauthn.{'create' if kind == 'registration' else 'get'}",
            "challenge": CHALLENGE,
            "origin": ORIGIN,
            "crossOrigin": False,
        }
        self.rp_id_hash, self.flags, self.counter = sha256(RP_ID.encode()), UP | UV, 5
        self.extensions = None
        self.user_verification = False
        # Changes of bytes: before they are signed, and after.
        self.on_client_data, self.on_data, self.on_response = [], [], []

    def encoded_client_data(self):
        encoded = json.dumps(self.client_data, separators=(",", ":")).encode()
        return changed(encoded, self.on_client_data)

    def encoded_data(self, attested=b""):
        flags = self.flags | (ED if self.extensions is not None else 0)
        data = self.rp_id_hash + bytes([flags]) + self.counter.to_bytes(4, "big") + attested
        if self.extensions is not None:
            data += cbor.encode(self.extensions)
        return changed(data, self.on_data)

    def case(self, response, **more):
        identifier = websafe_encode(self.credential_id)
        response = {
            "id": identifier,
            "rawId": identifier,
            "type": "public-key",
            "clientExtensionResults": {},
            "response": response,
        }
        return {
            "kind": self.kind,
            "response": changed(response, self.on_response),
            "challenge": CHALLENGE,
            "origin": ORIGIN,
            "rp_id": RP_ID,
            "user_verification": self.user_verification,
            **more,
        }


def changed(value, changes):
    for change in changes:
        replaced = change(value)
        value = value if replaced is None else replaced
    return value


class Registration(Draft):
    def __init__(self, attestation, algorithm, rsa_attestation=False):
        super().__init__("registration", algorithm)
        self.attestation = attestation
        self.flags |= AT
        self.aaguid = AAGUID
        self.format = {"none": "none", "u2f": "fido-u2f"}.get(attestation, "packed")
        self.on_attested, self.on_statement, self.on_object, self.on_encoded = [], [], [], []
        self.attestation_algorithm = RS256 if rsa_attestation else ES256
        self.attestation_key = rsa_key("attestation") if rsa_attestation else ATTESTATION_KEY
        self.subject, self.issuer, self.issuer_key = dict(SUBJECT), ROOT_NAME, ROOT_KEY
        self.leaf = {"extensions": [aaguid_extension(AAGUID)]}
        self.above = []
        self.roots = [ROOT] if attestation in ["basic", "u2f"] else []
        self.algorithms = [ES256, EDDSA, ES384, ES512, RS256]
        if attestation == "u2f":
            self.flags, self.counter, self.aaguid = UP | AT, 0, bytes(16)
            self.leaf = {}

    def attested(self):
        length = len(self.credential_id).to_bytes(2, "big")
        attested = self.aaguid + length + self.credential_id + cbor.encode(self.cose)
        return changed(attested, self.on_attested)

    def chain(self):
        leaf = certificate(
            self.subject, self.attestation_key, self.issuer, self.issuer_key, **self.leaf
        )
        return [leaf, *self.above]

    def statement(self, data, client_data_hash):
        if self.attestation == "none":
            return {}
        message = data + client_data_hash
        if self.attestation == "self":
            return {"alg": self.algorithm, "sig": sign(self.key, self.algorithm, message)}
        if self.attestation == "u2f":
            own = cose_key(self.key, self.algorithm)
            point = b"\x04" + own[-2] + own[-3]
            message = b"\0" + self.rp_id_hash + client_data_hash + self.credential_id + point
            return {"sig": sign(self.attestation_key, ES256, message), "x5c": self.chain()}
        algorithm = self.attestation_algorithm
        signature = sign(self.attestation_key, algorithm, message)
        return {"alg": algorithm, "sig": signature, "x5c": self.chain()}

    def build(self):
        client_data = self.encoded_client_data()
        data = self.encoded_data(self.attested() if self.flags & AT else b"")
        statement = changed(self.statement(data, sha256(client_data)), self.on_statement)
        attestation = {"fmt": self.format, "attStmt": statement, "authData": data}
        encoded = cbor.encode(changed(attestation, self.on_object))
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "attestationObject": websafe_encode(changed(encoded, self.on_encoded)),
            "transports": ["usb"],
        }
        return self.case(response, roots=self.roots, algorithms=self.algorithms)


class Assertion(Draft):
    def __init__(self, algorithm):
        super().__init__("assertion", algorithm)
        self.stored_counter, self.stored_eligible = 4, False
        self.user_handle = USER_ID
        self.on_signature = []

    def build(self):
        client_data, data = self.encoded_client_data(), self.encoded_data()
        signature = sign(self.key, self.algorithm, data + sha256(client_data))
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(changed(signature, self.on_signature)),
        }
        if self.user_handle is not None:
            response["userHandle"] = websafe_encode(self.user_handle)
        credential = {
            "id": websafe_encode(sha256(f"id {self.algorithm}".encode()) * 2),
            "public_key": websafe_encode(cbor.encode(cose_key(self.key, self.algorithm))),
            "sign_count": self.stored_counter,
            "backup_eligible": self.stored_eligible,
            "user_id": websafe_encode(USER_ID),
        }
        return self.case(response, credential=credential)
