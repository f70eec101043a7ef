//! From the library's typed errors to a kind and advice.

mod ceremony;
mod client;
mod metadata;
mod options;
mod transport;

pub use ceremony::of_ceremony_error;
pub use client::of_client_error;
pub use metadata::of_metadata_error;
pub use options::{of_app_id_error, of_options_error, of_origin_error, of_rp_id_error};
pub use transport::{of_pipe_error, of_transport_error};
