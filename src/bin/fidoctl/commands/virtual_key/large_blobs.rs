//! What is chosen of a new key's large blobs.

use fidoctl::authenticator::{LargeBlobOptions, LargeBlobs};

#[derive(clap::Args)]
pub struct LargeBlobArgs {
    /// How the key keeps large blobs [default: large-blob-key]
    #[arg(long, value_name = "WAY")]
    large_blobs: Option<Ways>,

    /// Room for large blobs in bytes: of the array, or of each credential's [default: 2048]
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1024..=1_048_576))]
    large_blob_size: Option<u32>,
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
    /// Adds what was chosen.
    pub fn add_to(&self, options: LargeBlobOptions) -> LargeBlobOptions {
        let way = match self.large_blobs {
            None => options.way,
            Some(Ways::LargeBlobKey) => LargeBlobs::LargeBlobKey,
            Some(Ways::LargeBlob) => LargeBlobs::LargeBlob,
            Some(Ways::None) => LargeBlobs::None,
        };
        LargeBlobOptions { way, capacity: self.large_blob_size.unwrap_or(options.capacity) }
    }
}
