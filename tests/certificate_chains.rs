//! Chains of certificates: those that lead to a root do, and no bit of them can be flipped.

#![cfg(test)]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop where it stands"
)]

mod vectors;

use std::time::{Duration, SystemTime};

use fidoctl::relying_party::trust::{
    Certificate, CertificateProblem, ChainError, LONGEST_CHAIN, verify_chain,
};
use serde_json::Value as Json;
use vectors::{each_bit_flipped, hex, items, load, text};

struct Chain {
    id: String,
    certificates: Vec<Vec<u8>>,
    roots: Vec<Vec<u8>>,
    outcome: String,
}

fn chains() -> Vec<Chain> {
    let ders = |list: &Json| items(list).iter().map(hex).collect();
    let chains = load("certificate-chains");
    let read = |item: &Json| Chain {
        id: text(&item["id"]).to_owned(),
        certificates: ders(&item["certificates"]),
        roots: ders(&item["roots"]),
        outcome: text(&item["outcome"]).to_owned(),
    };
    items(&chains["chains"]).iter().map(read).collect()
}

/// The time at which the chains' outcomes are meant: 2030.
fn at() -> SystemTime {
    let seconds = load("certificate-chains")["at"].as_u64().unwrap();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn verify(
    certificates: &[Vec<u8>],
    roots: &[Vec<u8>],
    at: Option<SystemTime>,
) -> Result<usize, ChainError> {
    let certificates: Vec<_> =
        certificates.iter().map(|der| Certificate::parse(der).unwrap()).collect();
    let roots: Vec<_> = roots.iter().map(|der| Certificate::parse(der).unwrap()).collect();
    verify_chain(&certificates, &roots, at)
}

/// The outcome in the words of the vectors: the problem's name, and whose it is.
fn outcome(result: &Result<usize, ChainError>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(ChainError::At { position, problem }) => {
            let problem = format!("{problem:?}");
            format!("{} {position}", problem.split('(').next().unwrap())
        }
        Err(error) => format!("{error:?}").split('(').next().unwrap().to_owned(),
    }
}

#[test]
fn every_chain_has_its_outcome() {
    for chain in chains() {
        let result = verify(&chain.certificates, &chain.roots, Some(at()));
        assert_eq!(outcome(&result), chain.outcome, "{}", chain.id);
    }
}

#[test]
fn root_that_fits_is_named() {
    let all = chains();
    let chain = all.iter().find(|chain| chain.id == "two-roots-of-that-name").unwrap();
    assert_eq!(verify(&chain.certificates, &chain.roots, Some(at())), Ok(1));
}

#[test]
fn dates_are_left_alone_without_a_time() {
    let of_dates = |chain: &&Chain| {
        ["Expired", "NotYetValid"].iter().any(|problem| chain.outcome.starts_with(problem))
    };
    let all = chains();
    let dated: Vec<_> = all.iter().filter(of_dates).collect();
    assert_eq!(dated.len(), 4);
    for chain in dated {
        assert_eq!(verify(&chain.certificates, &chain.roots, None), Ok(0), "{}", chain.id);
    }
}

#[test]
fn longest_chain_is_as_long_as_is_said() {
    let all = chains();
    let length = |id| all.iter().find(|chain| chain.id == id).unwrap().certificates.len();
    assert_eq!((length("longest"), length("too-long")), (LONGEST_CHAIN, LONGEST_CHAIN + 1));
}

/// A flipped bit anywhere in a certificate makes it unreadable or breaks the chain: every bit on
/// P-256, and where verifying takes longer every so many.
#[test]
fn no_bit_of_a_chain_can_be_flipped() {
    let at = at();
    let chains = chains();
    for (id, step) in [
        ("p256-sha256", 1),
        ("p384-sha384", 17),
        ("p521-sha512", 61),
        ("rsa-sha256", 7),
        ("rsa-sha512", 31),
        ("ed25519", 3),
        ("ed448", 23),
    ] {
        let chain = chains.iter().find(|chain| chain.id == id).unwrap();
        let roots = [Certificate::parse(&chain.roots[0]).unwrap()];
        for position in 0..2 {
            let der = &chain.certificates[position];
            let other = Certificate::parse(&chain.certificates[1 - position]).unwrap();
            let mut tried = 0;
            each_bit_flipped(der, |flipped, bit| {
                let Some(changed) = Certificate::parse(flipped).filter(|_| bit % step == 0) else {
                    return;
                };
                let mut path = [changed, other.clone()];
                path.rotate_left(position);
                tried += 1;
                let result = verify_chain(&path, &roots, Some(at));
                assert!(result.is_err(), "{id}: certificate {position}, bit {bit}");
            });
            assert!(tried > der.len() * 5 / step, "{id}: {tried} of {} bytes", der.len());
        }
    }
}

#[test]
fn problems_are_told_in_words() {
    let error = ChainError::At { position: 0, problem: CertificateProblem::Expired };
    assert_eq!(error.to_string(), "the signer's certificate: it has expired");
    let error = ChainError::At { position: 1, problem: CertificateProblem::NotAnAuthority };
    assert!(error.to_string().starts_with("certificate 1 above the signer's: it issued"));
}
