//! A CTAP 2.1 authenticator in software: the virtual key.
