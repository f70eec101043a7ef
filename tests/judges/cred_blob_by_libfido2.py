"""libfido2 itself, whose tools have no flag for credBlob:  make|get KEY PIN BLOB|ID (in hex)

Prints the credential ID, or the credential's bytes, in hex. A program of its own, because who opens
a key's pseudo-terminal must not lead its session."""

import ctypes
import sys

RP, HASH, ES256, TRUE, CRED_BLOB = b"example.com", bytes(32), -7, 2, 8
fido = ctypes.CDLL("libfido2.so.1")


def new(kind):
    make = getattr(fido, f"fido_{kind}_new")
    make.restype = ctypes.c_void_p
    return ctypes.c_void_p(make())


def call(name, *arguments):
    """Ends the program where libfido2 fails; bytes are given with their length."""
    flat = []
    for one in arguments:
        is_data = isinstance(one, bytearray)
        flat += [bytes(one), ctypes.c_size_t(len(one))] if is_data else [one]
    result = getattr(fido, name)(*flat)
    if result != 0:
        fido.fido_strerr.restype = ctypes.c_char_p
        sys.exit(f"{name}: {fido.fido_strerr(result).decode()}")


def data(name, *arguments):
    pointer, length = getattr(fido, f"{name}_ptr"), getattr(fido, f"{name}_len")
    pointer.restype, length.restype = ctypes.c_void_p, ctypes.c_size_t
    return ctypes.string_at(pointer(*arguments), length(*arguments))


def make(device, pin, blob):
    credential = new("cred")
    call("fido_cred_set_type", credential, ES256)
    call("fido_cred_set_clientdata_hash", credential, bytearray(HASH))
    call("fido_cred_set_rp", credential, RP, RP)
    call("fido_cred_set_user", credential, bytearray(b"alice"), b"alice", None, None)
    call("fido_cred_set_extensions", credential, CRED_BLOB)
    call("fido_cred_set_blob", credential, bytearray(blob))
    call("fido_cred_set_rk", credential, TRUE)
    call("fido_dev_make_cred", device, credential, pin)
    call("fido_cred_verify", credential)
    return data("fido_cred_id", credential)


def get(device, pin, id):
    assertion = new("assert")
    call("fido_assert_set_rp", assertion, RP)
    call("fido_assert_set_clientdata_hash", assertion, bytearray(HASH))
    call("fido_assert_allow_cred", assertion, bytearray(id))
    call("fido_assert_set_extensions", assertion, CRED_BLOB)
    call("fido_dev_get_assert", device, assertion, pin)
    return data("fido_assert_blob", assertion, ctypes.c_size_t(0))


def main():
    _, what, path, pin, given = sys.argv
    fido.fido_init(0)
    device = new("dev")
    call("fido_dev_open", device, path.encode())
    print({"make": make, "get": get}[what](device, pin.encode(), bytes.fromhex(given)).hex())
    call("fido_dev_close", device)


main()
