//! Random bytes that end up in what everybody sees, such as challenges. A recorded run draws them
//! from a seed, so that it can be repeated.

use std::sync::{Mutex, OnceLock, PoisonError};

use fidoctl::pin_uv::{OsRandom, Random, SeededRandom, random_bytes};

use crate::failure::{Failure, Kind};

/// One run, one source.
static SOURCE: OnceLock<Mutex<SeededRandom>> = OnceLock::new();

/// Draws from a seed from now on.
pub fn seed(seed: [u8; 32]) {
    let _second_seed = SOURCE.set(Mutex::new(SeededRandom::new(seed)));
}

/// Returns `N` random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N], Failure> {
    let drawn = match SOURCE.get() {
        Some(seeded) => {
            let mut seeded = seeded.lock().unwrap_or_else(PoisonError::into_inner);
            let source: &mut dyn Random = &mut *seeded;
            random_bytes(source)
        }
        None => random_bytes(&mut OsRandom),
    };
    drawn.map_err(|error| Failure::new(Kind::INTERNAL, error))
}
