//! What is stored on a key: listing, deleting and renaming discoverable credentials (CTAP 2.2 §6.8).
//!
//! One token serves a whole run, and the messages of a listing are the fewest that the protocol
//! allows: one for each relying party, one for each credential, and one to begin with.

mod change;
mod discard;
mod enumerate;
mod list;
mod persistent;
mod store;

pub use change::check_can_rename;
pub(super) use discard::discard;
pub use list::{Counted, Discrepancy, Listing, RelyingParty, StoredCredential};
pub use persistent::{PersistentToken, read_persistently};
pub use store::{CredentialStore, Metadata};
