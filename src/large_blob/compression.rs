//! DEFLATE with a limit.

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::{decompress_to_vec_with_limit, decompress_to_vec_zlib_with_limit};

/// No blob is longer than this before compression, in bytes: what a key claims beyond is refused
/// before anything is inflated.
pub const MAX_BLOB_LENGTH: usize = 1024 * 1024;

/// The best that miniz does without trying every way.
const LEVEL: u8 = 9;

/// Compresses to raw DEFLATE (RFC 1951).
pub fn deflate(data: &[u8]) -> Vec<u8> {
    compress_to_vec(data, LEVEL)
}

/// Decompresses raw DEFLATE, or the zlib form (RFC 1950) that libfido2 wrote before 1.11; `None` if
/// it is neither or the result has not the length stated.
pub fn inflate(compressed: &[u8], original_size: u64) -> Option<Vec<u8>> {
    let length = usize::try_from(original_size).ok().filter(|n| *n <= MAX_BLOB_LENGTH)?;
    let right = |data: &Vec<u8>| data.len() == length;
    let raw = decompress_to_vec_with_limit(compressed, length).ok().filter(right);
    raw.or_else(|| decompress_to_vec_zlib_with_limit(compressed, length).ok().filter(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_deflated_inflates() {
        for data in [&b""[..], b"a", &[7; 5000]] {
            let length = u64::try_from(data.len()).unwrap();
            assert_eq!(inflate(&deflate(data), length).unwrap(), data);
        }
    }

    #[test]
    fn another_length_than_stated_is_refused() {
        let compressed = deflate(&[7; 5000]);
        for wrong in [0, 4999, 5001, u64::MAX] {
            assert_eq!(inflate(&compressed, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn more_than_any_blob_has_is_not_inflated() {
        let length = MAX_BLOB_LENGTH + 1;
        assert_eq!(inflate(&deflate(&vec![0; length]), u64::try_from(length).unwrap()), None);
    }
}
