//! The lines that libfido2's tools read and write (fido2-cred(1), fido2-assert(1)): base64 with
//! padding for bytes, text as it is, each ended by a line feed.

mod assertion;
mod credential;
mod lines;

pub use assertion::{AssertionLines, AssertionRequest};
pub use credential::{CredentialLines, CredentialRequest, NoLines, credential_id_and_pem};
pub use lines::LinesError;
