//! Random bytes that come out the same each time.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::State;
use crate::pin_uv::{Random, RandomUnavailable};

/// Names the purpose, so that the same number means something else elsewhere.
const LABEL: &[u8] = b"fidoctl virtual key";

/// Bytes from a number: HMAC-SHA-256 over a counter (in the manner of NIST SP 800-108 §4.1).
/// Whoever knows the number knows them all, which is the purpose.
#[derive(Clone, Debug)]
pub struct SeededRandom {
    seed: u64,
    /// Tells apart what the same number is used for.
    position: u32,
    counter: u64,
}

impl SeededRandom {
    /// Starts with a number.
    pub fn new(seed: u64) -> Self {
        SeededRandom { seed, position: 0, counter: 0 }
    }

    /// Starts with a number for a key that has come so far: another process must not make its next
    /// credential out of the same bytes as its last.
    pub fn at(seed: u64, state: &State) -> Self {
        SeededRandom { seed, position: state.sign_count.saturating_add(1), counter: 0 }
    }

    fn block(&mut self) -> Result<[u8; 32], RandomUnavailable> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.seed.to_be_bytes())
            .map_err(|_| RandomUnavailable)?;
        mac.update(LABEL);
        mac.update(&self.position.to_be_bytes());
        mac.update(&self.counter.to_be_bytes());
        self.counter = self.counter.wrapping_add(1);
        Ok(mac.finalize().into_bytes().into())
    }
}

impl Random for SeededRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomUnavailable> {
        for chunk in out.chunks_mut(32) {
            let block = self.block()?;
            chunk.iter_mut().zip(block).for_each(|(slot, byte)| *slot = byte);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(mut random: SeededRandom) -> [u8; 80] {
        let mut bytes = [0; 80];
        random.fill(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_number_gives_the_same_bytes_each_time_and_another_gives_others() {
        assert_eq!(bytes(SeededRandom::new(7)), bytes(SeededRandom::new(7)));
        assert_ne!(bytes(SeededRandom::new(7)), bytes(SeededRandom::new(8)));
        assert_ne!(bytes(SeededRandom::new(7))[..32], bytes(SeededRandom::new(7))[32..64]);
    }

    #[test]
    fn a_key_that_has_signed_goes_on_with_other_bytes() {
        let now = std::time::Duration::ZERO;
        let mut state = State::create(&Default::default(), &mut SeededRandom::new(7), now).unwrap();
        let before = bytes(SeededRandom::at(7, &state));
        state.sign_count += 1;
        assert_ne!(bytes(SeededRandom::at(7, &state)), before);
    }
}
