//! Files with certificates: one in DER, or any number in PEM (RFC 7468).

use std::path::Path;

use data_encoding::BASE64;

use crate::failure::{Failure, Kind};
use crate::input::read_file;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Reads the certificates of a file, in DER; at least one. Whether they are any is not looked at.
pub fn read_certificates(path: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let content = read_file(path)?;
    let certificates = match std::str::from_utf8(&content) {
        Ok(text) if text.contains(BEGIN) => of_pem(text),
        // DER begins with a SEQUENCE.
        _ => content.starts_with(&[0x30]).then(|| vec![content]),
    };
    certificates.ok_or_else(|| {
        Failure::message(Kind::BAD_FILE, format!("{} holds no certificate", path.display()))
            .hint("give a certificate in PEM or DER")
    })
}

/// `None` if one is not whole.
fn of_pem(text: &str) -> Option<Vec<Vec<u8>>> {
    let certificates = text.split(BEGIN).skip(1).map(|rest| {
        let (encoded, _) = rest.split_once(END)?;
        let dense: String = encoded.split_ascii_whitespace().collect();
        BASE64.decode(dense.as_bytes()).ok()
    });
    certificates.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_certificate_of_a_bundle_is_read() {
        let text = format!("a comment\n{BEGIN}\nAA\n==\n{END}\n{BEGIN}\r\nAQI=\r\n{END}\r\n");
        assert_eq!(of_pem(&text), Some(vec![vec![0], vec![1, 2]]));
    }

    #[test]
    fn a_torn_bundle_is_refused() {
        for torn in [format!("{BEGIN}\nAA==\n"), format!("{BEGIN}\nA\n{END}\n")] {
            assert_eq!(of_pem(&torn), None, "{torn}");
        }
    }
}
