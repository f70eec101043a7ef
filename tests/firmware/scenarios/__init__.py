"""The rows of the table, by what they are about. Whoever reads one of these files reads the table."""

from . import (  # noqa: F401
    assertions,
    blobs,
    credentials,
    enrollment,
    extensions,
    fingerprints,
    information,
    pins,
    raw,
    resets,
    settings,
    touches,
    u2f,
)
