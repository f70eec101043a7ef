//! Whom to trust: the FIDO Metadata Service (FIDO Metadata Service 3.0, Metadata Statement 3.0).
//!
//! [`Metadata::load`] verifies a signed table of models and takes it apart; an [`Entry`] tells what
//! a model is, what became of its certification, and which attestation roots it has.

mod blob;
mod checks;
mod date;
mod entry;
mod error;
mod get_info;
mod jws_algorithm;
mod members;
mod model;
mod roots;
mod statement;
mod status;
mod table;

pub use blob::Signer;
pub use date::Date;
pub use entry::Entry;
pub use error::{Fault, MetadataError};
pub use get_info::GetInfo;
pub use members::Members;
pub use model::ModelId;
pub use roots::{Root, Roots};
pub use statement::Statement;
pub use status::{Level, Status, StatusReport};
pub use table::Metadata;
