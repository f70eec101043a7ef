//! ECDH on P-256.

use p256::ecdh::diffie_hellman;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, Sec1Point, SecretKey};

use super::{Error, PinUvAuthProtocol, Random, SharedSecret};
use crate::cose::CoseKey;

/// One end's key agreement key pair; wiped when dropped.
pub struct KeyAgreementKey(SecretKey);

impl KeyAgreementKey {
    /// Makes a new key pair.
    pub fn generate(random: &mut dyn Random) -> Result<Self, Error> {
        let mut scalar = zeroize::Zeroizing::new([0_u8; 32]);
        loop {
            random.fill(scalar.as_mut_slice())?;
            // Fails for zero and beyond the curve's order: about one try in 2^32.
            if let Ok(key) = SecretKey::from_slice(scalar.as_slice()) {
                return Ok(Self(key));
            }
        }
    }

    /// Takes a private scalar, 32 bytes big-endian; `None` if it is zero or beyond the order.
    pub fn from_scalar(scalar: &[u8]) -> Option<Self> {
        SecretKey::from_slice(scalar).ok().map(Self)
    }

    /// Returns the public key, labelled for key agreement.
    pub fn public_key(&self) -> CoseKey {
        let point = self.0.public_key().to_sec1_point(false);
        let coordinate = |bytes: Option<&p256::FieldBytes>| {
            bytes.map(|b| <[u8; 32]>::from(*b)).unwrap_or_default()
        };
        CoseKey::key_agreement(coordinate(point.x()), coordinate(point.y()))
    }

    /// Agrees on a secret with the peer.
    pub fn agree(
        &self,
        protocol: PinUvAuthProtocol,
        peer: &CoseKey,
    ) -> Result<SharedSecret, Error> {
        let (x, y) = peer.p256_point().ok_or(Error::PeerKey)?;
        let point = Sec1Point::from_affine_coordinates(&x.into(), &y.into(), false);
        let peer = PublicKey::from_sec1_bytes(point.as_bytes()).map_err(|_| Error::PeerKey)?;
        let z = diffie_hellman(self.0.to_nonzero_scalar(), peer.as_affine());
        Ok(SharedSecret::derive(protocol, z.raw_secret_bytes()))
    }
}
