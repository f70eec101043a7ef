//! WebAuthn's ceremonies: options of a relying party in, its response out, as a browser's client
//! does it (WebAuthn L3 §5.1.3, §5.1.4).
//!
//! Must never know where options come from, nor which key it is.

mod attestation_conveyance;
mod authentication;
mod authentication_results;
mod error;
mod registration;
mod registration_results;
mod site;

pub use attestation_conveyance::convey;
pub use authentication::{Authenticated, authenticate};
pub use authentication_results::{AskedAtAuthentication, authentication_response};
pub use error::{Error, Problem};
pub use registration::{Created, register};
pub use registration_results::{AskedAtRegistration, registration_response, transports};
pub use site::Site;
