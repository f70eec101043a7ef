//! From the library's typed errors to a kind and advice.

mod client;
mod transport;

pub use client::of_client_error;
pub use transport::{of_pipe_error, of_transport_error};
