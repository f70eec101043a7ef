//! What is chosen of a new key's large blobs.

use fidoctl::authenticator::{LargeBlobOptions, LargeBlobs};

#[derive(clap::Args)]
pub struct LargeBlobArgs {
    /// How the key keeps large blobs
    #[arg(long, value_name = "WAY", default_value = "large-blob-key")]
    large_blobs: Ways,

    /// Room for large blobs in bytes: of the array, or of each credential's
    #[arg(long, value_name = "BYTES", default_value = "2048", value_parser = clap::value_parser!(u32).range(1024..=1_048_576))]
    large_blob_size: u32,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Ways {
    /// In one array, by the extension largeBlobKey
    LargeBlobKey,
    /// With the credential, by the extension largeBlob of CTAP 2.3
    LargeBlob,
    /// Not at all
    None,
}

impl LargeBlobArgs {
    /// Returns what was chosen.
    pub fn options(&self) -> LargeBlobOptions {
        let way = match self.large_blobs {
            Ways::LargeBlobKey => LargeBlobs::LargeBlobKey,
            Ways::LargeBlob => LargeBlobs::LargeBlob,
            Ways::None => LargeBlobs::None,
        };
        LargeBlobOptions { way, capacity: self.large_blob_size }
    }
}
