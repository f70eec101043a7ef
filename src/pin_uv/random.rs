//! Where random bytes come from.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A source of random bytes; tests and seeded virtual keys bring their own.
pub trait Random {
    /// Fills `out` with random bytes.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomUnavailable>;
}

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct RandomUnavailable;

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomUnavailable> {
        getrandom::fill(out).map_err(|_| RandomUnavailable)
    }
}

/// Bytes that follow from a seed, so that a run can be repeated: HMAC-SHA-256 of a counter under
/// the seed. As good as the seed is, and as secret.
pub struct SeededRandom {
    seed: Zeroizing<[u8; 32]>,
    counter: u64,
}

impl SeededRandom {
    /// Takes a seed.
    pub fn new(seed: [u8; 32]) -> Self {
        SeededRandom { seed: Zeroizing::new(seed), counter: 0 }
    }
}

impl Random for SeededRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomUnavailable> {
        for chunk in out.chunks_mut(32) {
            // HMAC takes keys of any length.
            let mut block = Hmac::<Sha256>::new_from_slice(self.seed.as_slice())
                .map_err(|_| RandomUnavailable)?;
            block.update(&self.counter.to_le_bytes());
            self.counter = self.counter.wrapping_add(1);
            let block = block.finalize().into_bytes();
            chunk.iter_mut().zip(block).for_each(|(slot, byte)| *slot = byte);
        }
        Ok(())
    }
}

/// Returns `N` random bytes.
pub fn random_bytes<const N: usize>(random: &mut dyn Random) -> Result<[u8; N], RandomUnavailable> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}
