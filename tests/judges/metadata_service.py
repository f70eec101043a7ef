"""A metadata service of our own: certificates and signed payloads, good and bad."""

import base64
import datetime
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.x509.oid import NameOID

SIGNER = "mds.fidoalliance.org"
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


def name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def certificate(subject, key, issuer=None, issuer_key=None, ca=False, until=NOW + 365 * DAY):
    issuer_key = issuer_key or key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer or subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 30 * DAY)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    return builder.sign(issuer_key, hashes.SHA256())


def ecdsa(key, hash, length):
    def sign(message):
        r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hash)))
        return r.to_bytes(length, "big") + s.to_bytes(length, "big")

    return key, sign


def rsa_signer(hash, pss):
    key = rsa.generate_private_key(65537, 2048)
    how = padding.PSS(padding.MGF1(hash), hash.digest_size) if pss else padding.PKCS1v15()
    return key, lambda message: key.sign(message, how, hash)


def ed25519_signer():
    key = ed25519.Ed25519PrivateKey.generate()
    return key, key.sign


SIGNERS = {
    "RS256": lambda: rsa_signer(hashes.SHA256(), False),
    "RS384": lambda: rsa_signer(hashes.SHA384(), False),
    "RS512": lambda: rsa_signer(hashes.SHA512(), False),
    "PS256": lambda: rsa_signer(hashes.SHA256(), True),
    "PS384": lambda: rsa_signer(hashes.SHA384(), True),
    "PS512": lambda: rsa_signer(hashes.SHA512(), True),
    "ES256": lambda: ecdsa(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256(), 32),
    "ES384": lambda: ecdsa(ec.generate_private_key(ec.SECP384R1()), hashes.SHA384(), 48),
    "ES512": lambda: ecdsa(ec.generate_private_key(ec.SECP521R1()), hashes.SHA512(), 66),
    "EdDSA": ed25519_signer,
}


class MetadataService:
    """A root, an authority under it, and a signer."""

    def __init__(self, algorithm="ES256", signer=SIGNER, authority=True, until=NOW + 365 * DAY):
        self.algorithm = algorithm
        root_key, authority_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.key, self.sign = SIGNERS[algorithm]()
        self.root = certificate("Root", root_key, ca=True)
        self.authority = certificate("Authority", authority_key, "Root", root_key, ca=authority)
        self.leaf = certificate(signer, self.key, "Authority", authority_key, until=until)

    def root_pem(self):
        return self.root.public_bytes(serialization.Encoding.PEM)

    def blob(self, payload, **header):
        """Signs a payload; header members may be given, or replaced."""
        chain = [base64.b64encode(der(one)).decode() for one in (self.leaf, self.authority)]
        header = {"alg": self.algorithm, "typ": "JWT", "x5c": chain} | header
        parts = [base64url(json.dumps(part).encode()) for part in (header, payload)]
        return ".".join([*parts, base64url(self.sign(".".join(parts).encode()))])


def payload(no=7, entries=(), next_update=None):
    next_update = next_update or (NOW + 10 * DAY).strftime("%Y-%m-%d")
    return {"legalHeader": "a test", "no": no, "nextUpdate": next_update, "entries": list(entries)}


def entry(aaguid, statuses=("FIDO_CERTIFIED_L1",), **statement):
    reports = [status if isinstance(status, dict) else {"status": status} for status in statuses]
    statement = {"aaguid": aaguid, "description": "A key", "protocolFamily": "fido2"} | statement
    return {"aaguid": aaguid, "metadataStatement": statement, "statusReports": reports}
