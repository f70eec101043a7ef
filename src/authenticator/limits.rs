//! What this model is, and how much it takes; getInfo says the same.

use std::time::Duration;

/// The model: one AAGUID for every virtual key whose creator asked for no other.
pub const AAGUID: [u8; 16] = [
    0x6b, 0x1d, 0x9f, 0x2e, 0x40, 0xc7, 0x4a, 0x53, 0x9c, 0x0e, 0x58, 0x3b, 0xe1, 0x76, 0xd2, 0x84,
];

/// Device version as CTAPHID_INIT tells it: major, minor, build.
pub const DEVICE_VERSION: [u8; 3] = [0, 1, 0];

/// PIN tries after a correct one.
pub const MAX_PIN_RETRIES: u8 = 8;

/// Wrong PINs in a row that end all tries until the next power cycle.
pub(super) const MAX_MISMATCHES_PER_POWER_CYCLE: u8 = 3;

/// Least PIN length in code points of a new key.
pub(super) const DEFAULT_MIN_PIN_LENGTH: u8 = 4;

/// Relying parties that setMinPINLength may let know the rules for PINs.
pub(super) const MAX_RP_IDS_FOR_SET_MIN_PIN_LENGTH: usize = 8;

/// Largest request in bytes: 30 reports, which is as much as Linux' uhid queues towards a key.
pub(super) const MAX_MESSAGE_SIZE: usize = 57 + 29 * 59;

/// Descriptors in an allow or exclude list.
pub(super) const MAX_CREDENTIAL_COUNT_IN_LIST: usize = 8;

/// Longest credential ID made here, in bytes, with room to grow.
pub(super) const MAX_CREDENTIAL_ID_LENGTH: usize = 128;

/// Room for discoverable credentials, if the key's creator asked for no other.
pub(super) const DEFAULT_CAPACITY: u32 = 100;

/// The most room for discoverable credentials that can be asked for.
pub const MAX_CAPACITY: u32 = 10_000;

/// Longest credBlob in bytes; 32 is the least that a key may offer (CTAP 2.2 §12.2).
pub(super) const MAX_CRED_BLOB_LENGTH: usize = 64;

/// Room for the large-blob array of a new key, in bytes.
pub(super) const DEFAULT_LARGE_BLOB_CAPACITY: u32 = 2048;

/// Least (CTAP 2.2 §6.10) and most room for large blobs that a new key may be given, in bytes.
pub(super) const LARGE_BLOB_CAPACITIES: (u32, u32) = (1024, 1024 * 1024);

/// Longest user handle in bytes (WebAuthn L3 §5.4.3).
pub(super) const MAX_USER_ID_LENGTH: usize = 64;

/// How long a touch is waited for.
pub(super) const USER_PRESENCE_TIMEOUT: Duration = Duration::from_secs(30);

/// How many seconds after power-up a reset is taken (CTAP 2.2 §6.6).
pub(super) const RESET_WINDOW_SECONDS: u8 = 10;

/// How long getNextAssertion may let wait (CTAP 2.2 §6.3).
pub(super) const NEXT_ASSERTION_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the next fragment of large blobs may let wait.
pub(super) const LARGE_BLOB_WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a listing of credential management may let wait (CTAP 2.2 §6.8.3).
pub(super) const NEXT_ITEM_TIMEOUT: Duration = Duration::from_secs(30);

/// How soon a token must be used first (CTAP 2.2 §6.5.2.1, USB).
pub(super) const TOKEN_INITIAL_USAGE_LIMIT: Duration = Duration::from_secs(30);

/// How long a token lives at most (CTAP 2.2 §6.5.2.1).
pub(super) const TOKEN_MAX_USAGE_PERIOD: Duration = Duration::from_secs(600);
