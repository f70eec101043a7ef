//! Structures that a TPM signs (TPM 2.0 Library, Part 2): read to the last byte, big-endian.

use sha1::Sha1 as Sha1Hash;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::cose::{CoseKey, Curve};

/// TPM_GENERATED_VALUE
const MAGIC: u32 = 0xff54_4347;
/// TPM_ST_ATTEST_CERTIFY
const ATTEST_CERTIFY: u16 = 0x8017;
/// clockInfo and firmwareVersion: 8 + 4 + 4 + 1 + 8 bytes.
const CLOCK_AND_FIRMWARE: usize = 25;

const ALG_RSA: u16 = 0x0001;
const ALG_ECC: u16 = 0x0023;
const ALG_NULL: u16 = 0x0010;
const ALG_RSAES: u16 = 0x0015;
const ALG_ECDAA: u16 = 0x001a;
const CURVES: [(u16, Curve, usize); 3] =
    [(0x0003, Curve::P256, 32), (0x0004, Curve::P384, 48), (0x0005, Curve::P521, 66)];
/// An exponent left at 0 is this one.
const DEFAULT_EXPONENT: u32 = 65537;

/// TPMS_ATTEST of type TPM_ST_ATTEST_CERTIFY, as far as it matters.
pub(super) struct Certified<'a> {
    /// extraData
    pub(super) extra_data: &'a [u8],
    /// attested.name
    pub(super) name: &'a [u8],
}

/// TPMT_PUBLIC, as far as it matters.
pub(super) struct PublicArea<'a> {
    name_algorithm: u16,
    key: TpmKey<'a>,
}

enum TpmKey<'a> {
    Rsa { modulus: &'a [u8], exponent: u32 },
    Ecc { curve: u16, x: &'a [u8], y: &'a [u8] },
}

/// Hashes that names are made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameHash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl NameHash {
    pub(super) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            NameHash::Sha1 => Vec::from(Sha1Hash::digest(bytes).as_slice()),
            NameHash::Sha256 => Vec::from(Sha256::digest(bytes).as_slice()),
            NameHash::Sha384 => Vec::from(Sha384::digest(bytes).as_slice()),
            NameHash::Sha512 => Vec::from(Sha512::digest(bytes).as_slice()),
        }
    }
}

impl<'a> Certified<'a> {
    /// Reads `certInfo`; `None` if it is something else.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        (reader.u32()? == MAGIC).then_some(())?;
        (reader.u16()? == ATTEST_CERTIFY).then_some(())?;
        let _qualified_signer = reader.sized()?;
        let extra_data = reader.sized()?;
        reader.take(CLOCK_AND_FIRMWARE)?;
        let name = reader.sized()?;
        let _qualified_name = reader.sized()?;
        reader.end()?;
        Some(Certified { extra_data, name })
    }
}

impl<'a> PublicArea<'a> {
    /// Reads `pubArea`; `None` if it is something else.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let kind = reader.u16()?;
        let name_algorithm = reader.u16()?;
        let _object_attributes = reader.u32()?;
        let _auth_policy = reader.sized()?;
        // TPMT_SYM_DEF_OBJECT: key bits and mode.
        if reader.u16()? != ALG_NULL {
            reader.take(4)?;
        }
        // TPMT_RSA_SCHEME or TPMT_ECC_SCHEME: a hash, and with ECDAA a count.
        match reader.u16()? {
            ALG_NULL | ALG_RSAES => {}
            ALG_ECDAA => {
                reader.take(4)?;
            }
            _ => {
                reader.take(2)?;
            }
        }
        let key = match kind {
            ALG_RSA => {
                let _key_bits = reader.u16()?;
                let exponent = reader.u32()?;
                TpmKey::Rsa { modulus: reader.sized()?, exponent }
            }
            ALG_ECC => {
                let curve = reader.u16()?;
                // TPMT_KDF_SCHEME: a hash.
                if reader.u16()? != ALG_NULL {
                    reader.take(2)?;
                }
                TpmKey::Ecc { curve, x: reader.sized()?, y: reader.sized()? }
            }
            _ => return None,
        };
        reader.end()?;
        Some(PublicArea { name_algorithm, key })
    }

    /// Tells whether a credential's key is this one.
    pub(super) fn is(&self, credential: &CoseKey) -> bool {
        match (&self.key, credential) {
            (TpmKey::Rsa { modulus, exponent }, CoseKey::Rsa { n, e, .. }) => {
                let exponent = if *exponent == 0 { DEFAULT_EXPONENT } else { *exponent };
                same_number(modulus, n) && same_number(&exponent.to_be_bytes(), e)
            }
            (
                TpmKey::Ecc { curve: named, x, y },
                CoseKey::Ec2 { curve, x: own_x, y: own_y, .. },
            ) => {
                let known = CURVES.iter().find(|(number, ..)| number == named);
                known.is_some_and(|(_, known, length)| {
                    known == curve && x.len() <= *length && y.len() <= *length
                }) && same_number(x, own_x)
                    && same_number(y, own_y)
            }
            _ => false,
        }
    }

    /// Returns the hash that makes the name; `None` if it is not known here.
    pub(super) fn name_hash(&self) -> Option<NameHash> {
        Some(match self.name_algorithm {
            0x0004 => NameHash::Sha1,
            0x000b => NameHash::Sha256,
            0x000c => NameHash::Sha384,
            0x000d => NameHash::Sha512,
            _ => return None,
        })
    }

    /// Returns the name of the area that `bytes` are (TPM 2.0 Library, Part 1, §16).
    pub(super) fn name(&self, hash: NameHash, bytes: &[u8]) -> Vec<u8> {
        [self.name_algorithm.to_be_bytes().as_slice(), &hash.digest(bytes)].concat()
    }
}

/// Compares big-endian numbers of whatever length.
fn same_number(a: &[u8], b: &[u8]) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    let (a, b): (Vec<u8>, Vec<u8>) = (digits(a), digits(b));
    a == b
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// A TPM2B: two bytes of length, then so many.
    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}
