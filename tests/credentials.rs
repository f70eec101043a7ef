//! Credential management from the client's side: which messages, what is believed, what is left.

#![cfg(test)]
#![cfg(feature = "virtual-key")]

mod plugged_in;
mod scripted_key;
mod vectors;

use fidoctl::authenticator::{CreationOptions, VersionLine};
use fidoctl::cbor::{ByteVec, LossyText, Strictness};
use fidoctl::client::credentials::{
    Counted, CredentialStore, Discrepancy, Listing, check_can_rename, read_persistently,
};
use fidoctl::client::register::{Registration, register};
use fidoctl::client::{Error, Requirement, Session, Unsupported, pin};
use fidoctl::ctap2::credential_management::{StoredRpEntity, SubCommand, SubCommandParams};
use fidoctl::ctap2::{
    Command, CredentialManagementRequest, CredentialManagementResponse, Message,
    PreviewCredentialManagementRequest, Request, Status,
};
use fidoctl::pin_uv::{EncryptedMember, PinUvAuthProtocol, Random, RandomUnavailable};
use fidoctl::pin_uv::{authenticate_with_token, verify_with_token};
use fidoctl::webauthn::{CredentialDescriptor, UserEntity, rp_id_hash};
use plugged_in::PluggedKey;
use scripted_key::{PIN, ScriptedKey, ScriptedPerson, limits, public_key, registration};
use vectors::{case, hex, items, load, text};

fn person() -> ScriptedPerson {
    ScriptedPerson::typing(&[PIN])
}

fn with_session<T>(
    key: &PluggedKey,
    person: &mut ScriptedPerson,
    run: impl FnOnce(&mut Session<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    run(&mut Session::open(key.open(), person, limits()).unwrap())
}

/// A virtual key with so many credentials, dealt out to so many relying parties, and then a PIN.
fn filled_key(options: &CreationOptions, credentials: u32, rps: u32) -> PluggedKey {
    let key = PluggedKey::with(options);
    with_session(&key, &mut person(), |session| {
        for n in 0..credentials {
            let mut wanted = registration();
            wanted.rp.id = format!("{}.example", n % rps);
            wanted.user.id = Vec::from(n.to_be_bytes()).into();
            wanted.user.name = Some(LossyText(format!("user {n}")));
            wanted.user.display_name = Some(LossyText(format!("User {n}")));
            wanted.resident_key = Requirement::Required;
            wanted.user_verification = Requirement::Discouraged;
            register(session, &wanted)?;
        }
        Ok(())
    })
    .unwrap();
    with_session(&key, &mut person().and_new_pin(PIN), pin::set).unwrap();
    key.take_messages();
    key
}

fn list(session: &mut Session<'_>) -> Result<Listing, Error> {
    CredentialStore::open(session)?.list()
}

// The virtual key.

#[test]
fn five_hundred_credentials_of_sixty_relying_parties_take_the_fewest_messages() {
    let options = CreationOptions { capacity: Some(500), ..Default::default() };
    let key = filled_key(&options, 500, 60);
    let listing = with_session(&key, &mut person(), list).unwrap();
    assert_eq!(listing.credentials().count(), 500);
    assert_eq!(listing.relying_parties.len(), 60);
    assert_eq!(listing.discrepancies, []);
    // INIT, getInfo, tries, key agreement, token; metadata; a message each.
    assert_eq!(key.take_messages(), 5 + 1 + 60 + 500);
}

#[test]
fn credentials_of_one_relying_party_take_a_message_each() {
    let key = filled_key(&CreationOptions::default(), 7, 2);
    let listing = with_session(&key, &mut person(), |session| {
        CredentialStore::open(session)?.list_of("0.example")
    });
    let users: Vec<_> =
        listing.unwrap().credentials().map(|(_, c)| c.user_name.clone().unwrap()).collect();
    assert_eq!(users, ["user 0", "user 2", "user 4", "user 6"]);
    assert_eq!(key.take_messages(), 5 + 4);
}

#[test]
fn an_empty_store_is_an_empty_listing() {
    let key = filled_key(&CreationOptions::default(), 0, 1);
    let listing = with_session(&key, &mut person(), list).unwrap();
    assert!(listing.relying_parties.is_empty() && listing.discrepancies.is_empty());
    let listing = with_session(&key, &mut person(), |session| {
        CredentialStore::open(session)?.list_of("0.example")
    });
    assert!(listing.unwrap().relying_parties.is_empty());
}

#[test]
fn a_preview_key_lists_and_deletes_by_the_prototype() {
    let options = CreationOptions { version_line: VersionLine::Ctap2_1Pre, ..Default::default() };
    let key = filled_key(&options, 2, 1);
    with_session(&key, &mut person(), |session| {
        let mut store = CredentialStore::open(session)?;
        let listing = store.list()?;
        let (_, first) = listing.credentials().next().unwrap();
        store.delete(&first.id)?;
        assert_eq!(store.metadata()?.existing, 1);
        let refused = store.rename(first).unwrap_err();
        assert!(matches!(refused, Error::Unsupported(Unsupported::Renaming)), "{refused:?}");
        Ok(())
    })
    .unwrap();
}

#[test]
fn renaming_writes_the_names_given_and_takes_away_the_others() {
    let key = filled_key(&CreationOptions::default(), 1, 1);
    let names = with_session(&key, &mut person(), |session| {
        check_can_rename(session.info())?;
        let mut store = CredentialStore::open(session)?;
        let mut credential = store.list()?.credentials().next().unwrap().1.clone();
        credential.user_name = Some("alice".to_owned());
        credential.user_display_name = None;
        store.rename(&credential)?;
        let again = store.list()?.credentials().next().unwrap().1.clone();
        Ok((again.user_name, again.user_display_name))
    });
    assert_eq!(names.unwrap(), (Some("alice".to_owned()), None));
}

#[test]
fn a_kept_token_lists_without_a_pin_until_the_pin_changes() {
    let key = filled_key(&CreationOptions::default(), 2, 1);
    let read = &mut |store: &mut CredentialStore<'_, '_>| store.list();
    let (_, token) =
        with_session(&key, &mut person(), |session| read_persistently(session, None, read))
            .unwrap();
    let token = token.unwrap();
    key.replug();
    key.take_messages();
    let mut nobody = ScriptedPerson::typing(&[]);
    let (listing, renewed) =
        with_session(&key, &mut nobody, |session| read_persistently(session, Some(&token), read))
            .unwrap();
    assert_eq!(listing.credentials().count(), 2);
    assert!(renewed.is_none() && nobody.heard.is_empty());
    // INIT and getInfo, metadata, one relying party, two credentials.
    assert_eq!(key.take_messages(), 2 + 1 + 1 + 2);

    with_session(&key, &mut person().and_new_pin("4321"), pin::change).unwrap();
    let (listing, renewed) =
        with_session(&key, &mut ScriptedPerson::typing(&["4321"]), |session| {
            read_persistently(session, Some(&token), read)
        })
        .unwrap();
    assert_eq!(listing.credentials().count(), 2);
    assert_ne!(renewed.unwrap().as_bytes(), token.as_bytes());
}

// Keys that count badly.

/// What a key says of how many there are.
type Total = fn(u64) -> Option<u64>;

/// A key with three relying parties of two credentials each, and totals of its own.
fn counting(total: Total, existing: Option<u64>, cut_ids: bool) -> ScriptedKey {
    let mut key = ScriptedKey::with_pin();
    key.option("credMgmt", true);
    let (mut next_rp, mut rp, mut next_credential) = (0_u64, 0_u64, 0_u64);
    key.intervene = Box::new(move |message| {
        let (command, parameters) = message.split_first().unwrap();
        if *command != Command::CREDENTIAL_MANAGEMENT.0 {
            return None;
        }
        let request =
            CredentialManagementRequest::from_slice(parameters, Strictness::Canonical).unwrap();
        let mut answer = CredentialManagementResponse::default();
        match request.sub_command {
            SubCommand::GET_CREDS_METADATA => {
                if existing.is_none() {
                    return Some(vec![Status::INVALID_SUBCOMMAND.0]);
                }
                answer.existing_resident_credentials_count = existing;
                answer.max_possible_remaining_resident_credentials_count = Some(9);
            }
            SubCommand::ENUMERATE_RPS_BEGIN | SubCommand::ENUMERATE_RPS_GET_NEXT_RP => {
                if request.sub_command == SubCommand::ENUMERATE_RPS_BEGIN {
                    next_rp = 0;
                    answer.total_rps = total(3);
                }
                if next_rp == 3 {
                    return Some(vec![Status::NOT_ALLOWED.0]);
                }
                answer.rp_id_hash = Some(Vec::from(rp_id_hash(&name(next_rp))).into());
                let id = if cut_ids { "….example".to_owned() } else { name(next_rp) };
                answer.rp = Some(StoredRpEntity { id: Some(LossyText(id)), name: None });
                next_rp += 1;
            }
            _ => {
                if request.sub_command == SubCommand::ENUMERATE_CREDENTIALS_BEGIN {
                    let params: SubCommandParams =
                        request.sub_command_params.unwrap().decode(Strictness::Canonical).unwrap();
                    let hash = params.rp_id_hash.unwrap();
                    rp = (0..3).find(|n| rp_id_hash(&name(*n)) == hash.as_slice()).unwrap();
                    next_credential = 0;
                    answer.total_credentials = total(2);
                }
                if next_credential == 2 {
                    return Some(vec![Status::NO_CREDENTIALS.0]);
                }
                answer = credential(answer, [rp, next_credential]);
                next_credential += 1;
            }
        }
        Some([vec![0], answer.to_vec()].concat())
    });
    key
}

fn name(n: u64) -> String {
    format!("{n}.example")
}

fn credential(answer: CredentialManagementResponse, id: [u64; 2]) -> CredentialManagementResponse {
    CredentialManagementResponse {
        user: Some(UserEntity { id: vec![1].into(), name: None, display_name: None }),
        credential_id: Some(CredentialDescriptor::new(id.map(u64::to_be_bytes).concat())),
        public_key: Some(public_key()),
        ..answer
    }
}

fn listing_of(key: ScriptedKey) -> Result<Listing, Error> {
    let mut person = person();
    list(&mut Session::open(Box::new(key), &mut person, limits()).unwrap())
}

#[test]
fn totals_that_are_missing_or_wrong_hide_nothing() {
    let totals: [(&str, Total, Option<u64>); 6] = [
        ("none", |_| None, Some(6)),
        ("none, and no metadata", |_| None, None),
        ("zero", |_| Some(0), Some(6)),
        ("one too few", |n| Some(n - 1), Some(6)),
        ("one too many", |n| Some(n + 1), Some(6)),
        ("absurd", |_| Some(u64::MAX), Some(u64::MAX)),
    ];
    for (what, total, existing) in totals {
        let listing = listing_of(counting(total, existing, false)).unwrap();
        assert_eq!(listing.relying_parties.len(), 3, "{what}");
        assert_eq!(listing.credentials().count(), 6, "{what}");
        let rps = Discrepancy { counted: Counted::RelyingParties, claimed: total(3), found: 3 };
        assert!(listing.discrepancies.contains(&rps), "{what}");
        let counted = Counted::CredentialsOf(rp_id_hash("0.example"));
        let credentials = Discrepancy { counted, claimed: total(2), found: 2 };
        assert!(listing.discrepancies.contains(&credentials), "{what}");
    }
}

#[test]
fn right_totals_are_no_discrepancy() {
    assert_eq!(listing_of(counting(Some, Some(6), false)).unwrap().discrepancies, []);
}

#[test]
fn metadata_that_counts_more_is_told() {
    let listing = listing_of(counting(Some, Some(8), false)).unwrap();
    let expected = Discrepancy { counted: Counted::Credentials, claimed: Some(8), found: 6 };
    assert_eq!(listing.discrepancies, [expected]);
}

#[test]
fn relying_parties_are_known_by_their_hash() {
    let listing = listing_of(counting(Some, Some(6), true)).unwrap();
    assert_eq!(listing.credentials().count(), 6);
    assert!(listing.relying_parties.iter().all(|rp| !rp.id_is_whole()));
    let listing = listing_of(counting(Some, Some(6), false)).unwrap();
    assert!(listing.relying_parties.iter().all(|rp| rp.id_is_whole()));
}

/// A key that answers every subcommand with the same bytes.
fn repeating(answer: &CredentialManagementResponse) -> ScriptedKey {
    let mut key = ScriptedKey::with_pin();
    key.option("credMgmt", true);
    key.answering(Command::CREDENTIAL_MANAGEMENT, &[vec![0], answer.to_vec()].concat())
}

#[test]
fn a_key_that_repeats_itself_comes_to_an_end() {
    let mut answer = credential(CredentialManagementResponse::default(), [1, 1]);
    answer.rp_id_hash = Some(vec![7; 32].into());
    answer.total_rps = Some(u64::MAX);
    answer.total_credentials = Some(u64::MAX);
    let listing = listing_of(repeating(&answer)).unwrap();
    assert_eq!(listing.credentials().count(), 1);
    assert!(!listing.discrepancies.is_empty());
}

#[test]
fn an_empty_store_told_by_a_total_of_zero_is_empty() {
    let answer = CredentialManagementResponse { total_rps: Some(0), ..Default::default() };
    assert!(listing_of(repeating(&answer)).unwrap().relying_parties.is_empty());
}

#[test]
fn an_rp_id_hash_of_another_length_is_refused() {
    let answer = CredentialManagementResponse {
        rp_id_hash: Some(vec![7; 31].into()),
        total_rps: Some(1),
        ..Default::default()
    };
    let error = listing_of(repeating(&answer)).unwrap_err();
    assert!(matches!(error, Error::Incomplete { .. }), "{error:?}");
}

#[test]
fn a_key_without_credential_management_is_not_asked_for_a_pin() {
    let key = ScriptedKey::with_pin();
    let log = key.log.clone();
    let error = listing_of(key).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::Option("credMgmt"))), "{error:?}");
    assert_eq!(*log.lock().unwrap(), ["getInfo"]);
}

#[test]
fn the_final_command_goes_before_the_prototype_and_asks_for_one_permission() {
    let mut key = counting(Some, Some(6), false);
    key.option("credentialMgmtPreview", true);
    let log = key.log.clone();
    listing_of(key).unwrap();
    let log = log.lock().unwrap();
    assert_eq!(log[..4], ["getInfo", "PIN retries", "key agreement", "PIN token 0x04 "]);
    assert!(log[4..].iter().all(|m| m == "authenticatorCredentialManagement (0x0a)"), "{log:?}");
}

// Nothing left behind.

/// Registers a discoverable credential whose answer is for another relying party.
fn rejected(mut key: ScriptedKey, answer: Option<u8>) -> (Error, Vec<String>) {
    key.option("credMgmt", true);
    key.alter_data = Box::new(|data| data.rp_id_hash = [9; 32]);
    key.intervene = Box::new(move |message| {
        (message[0] == Command::CREDENTIAL_MANAGEMENT.0).then(|| answer.map(|a| vec![a])).flatten()
    });
    let log = key.log.clone();
    let mut wanted = registration();
    wanted.resident_key = Requirement::Required;
    let mut person = person();
    let error =
        register(&mut Session::open(Box::new(key), &mut person, limits()).unwrap(), &wanted);
    let log = log.lock().unwrap().clone();
    (error.unwrap_err(), log)
}

#[test]
fn a_credential_that_fails_its_checks_is_taken_off_the_key_with_no_second_question() {
    let (error, log) = rejected(ScriptedKey::with_pin(), Some(0));
    let Error::CredentialRejected { cause, removed: true, .. } = error else { panic!("{error:?}") };
    assert!(matches!(*cause, Error::NotGenuine(_)), "{cause:?}");
    let removal = ["key agreement", "PIN token 0x04 ", "authenticatorCredentialManagement (0x0a)"];
    assert_eq!(log[4..], [["makeCredential"].as_slice(), &removal].concat());
}

#[test]
fn a_credential_made_with_a_finger_is_taken_off_with_the_finger() {
    let mut key = ScriptedKey::without_pin();
    key.option("uv", true);
    let (error, log) = rejected(key, Some(0));
    assert!(matches!(error, Error::CredentialRejected { removed: true, .. }), "{error:?}");
    let removal = [
        "UV retries",
        "key agreement",
        "UV token 0x04",
        "authenticatorCredentialManagement (0x0a)",
    ];
    assert_eq!(log[4..], [["makeCredential"].as_slice(), &removal].concat());
}

#[test]
fn a_token_grown_too_old_is_renewed_once_with_no_second_question() {
    let too_old = || vec![Status::PIN_AUTH_INVALID.0];
    for refusals in [1, 2] {
        let mut key = counting(Some, Some(6), false);
        let (mut left, mut answer) = (refusals, key.intervene);
        key.intervene = Box::new(move |message| {
            if message[0] == Command::CREDENTIAL_MANAGEMENT.0 && left > 0 {
                left -= 1;
                return Some(too_old());
            }
            answer(message)
        });
        let log = key.log.clone();
        assert_eq!(listing_of(key).is_ok(), refusals == 1);
        let tokens = |name: &&String| name.starts_with("PIN token");
        assert_eq!(log.lock().unwrap().iter().filter(tokens).count(), 2);
    }
}

#[test]
fn a_credential_is_asked_for_again_with_a_fresh_token_if_the_first_was_too_old() {
    let mut key = ScriptedKey::with_pin();
    let mut first = true;
    key.intervene = Box::new(move |message| {
        let too_old = message[0] == Command::MAKE_CREDENTIAL.0 && std::mem::take(&mut first);
        too_old.then(|| vec![Status::PIN_AUTH_INVALID.0])
    });
    let log = key.log.clone();
    let mut person = person();
    let wanted = Registration { user_verification: Requirement::Required, ..registration() };
    register(&mut Session::open(Box::new(key), &mut person, limits()).unwrap(), &wanted).unwrap();
    assert_eq!(
        log.lock().unwrap()[4..],
        ["makeCredential", "key agreement", "PIN token 0x01 example.com", "makeCredential"]
    );
}

#[test]
fn a_credential_that_cannot_be_taken_off_is_told_as_left() {
    let (error, _) = rejected(ScriptedKey::with_pin(), Some(Status::NO_CREDENTIALS.0));
    assert!(matches!(error, Error::CredentialRejected { removed: false, .. }), "{error:?}");
    // With no PIN nothing authorises.
    let (error, log) = rejected(ScriptedKey::without_pin(), Some(0));
    assert!(matches!(error, Error::CredentialRejected { removed: false, .. }), "{error:?}");
    assert_eq!(log, ["getInfo", "makeCredential"]);
}

// Vectors.

#[test]
fn requests_of_other_implementations_are_read_and_written_alike() {
    let list = load("ctap2-messages");
    let requests = items(&list["items"])
        .iter()
        .filter(|item| text(&item["id"]).starts_with("credMgmt-request"));
    let mut count = 0;
    for item in requests {
        let bytes = hex(&item["bytes"]);
        let parameters = &bytes[1..];
        let written = if bytes[0] == Command::CREDENTIAL_MANAGEMENT.0 {
            CredentialManagementRequest::from_slice(parameters, Strictness::Canonical)
                .unwrap()
                .to_message()
        } else {
            PreviewCredentialManagementRequest::from_slice(parameters, Strictness::Canonical)
                .unwrap()
                .to_message()
        };
        assert_eq!(written, bytes, "{}", item["id"]);
        count += 1;
    }
    assert_eq!(count, 7);
}

#[test]
fn answers_of_real_keys_are_read() {
    let list = load("ctap2-messages");
    let read = |id: &str| {
        let bytes = hex(&case(&list["items"], id)["bytes"]);
        CredentialManagementResponse::from_slice(&bytes[1..], Strictness::Canonical).unwrap()
    };
    let metadata = read("credMgmt-metadata-response");
    assert_eq!(metadata.max_possible_remaining_resident_credentials_count, Some(25));
    let rp = read("credMgmt-response-l634");
    assert_eq!(rp.total_rps, Some(3));
    assert_eq!(rp.rp.unwrap().name.unwrap().0, "WebAuthn Test Server");
    let credential = read("credMgmt-response-l794");
    assert_eq!(credential.total_credentials, Some(2));
    assert_eq!(credential.large_blob_key.unwrap().len(), 32);
    assert_eq!(credential.user.unwrap().display_name.unwrap().0, "Allison Doe");
}

#[test]
fn macs_are_those_of_the_vectors() {
    let list = load("pin-protocol");
    let layouts = items(&list["pinUvAuthParam_layouts"]).iter();
    let mut count = 0;
    for item in layouts.filter(|item| text(&item["id"]).starts_with("credman-")) {
        let message = hex(&item["message"]);
        let params = (message.len() > 1).then(|| {
            fidoctl::cbor::from_slice::<fidoctl::cbor::EncodedItem>(&message[1..]).unwrap()
        });
        let mut request = CredentialManagementRequest::new(SubCommand(message[0].into()), None);
        request.sub_command_params = params;
        assert_eq!(request.authenticated_bytes(), message, "{}", item["id"]);
        let (token, mac) = (hex(&item["token"]), hex(&item["pin_uv_auth_param_v2"]));
        let protocol = PinUvAuthProtocol::Two;
        assert_eq!(authenticate_with_token(protocol, &token, &message), mac);
        assert!(verify_with_token(protocol, &token, &message, &mac));
        count += 1;
    }
    assert!(count >= 4, "{count}");
}

/// Gives the bytes that a vector fixes.
struct Fixed(Vec<u8>);

impl Random for Fixed {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomUnavailable> {
        out.copy_from_slice(&self.0);
        Ok(())
    }
}

#[test]
fn persistent_identifiers_are_those_of_the_vectors() {
    let vector = load("persistent-identifiers");
    let token = hex(&vector["ppuat"]);
    let plaintext: [u8; 16] = hex(&vector["plaintext128"]).try_into().unwrap();
    for (member, name) in [
        (EncryptedMember::Identifier, "enc_identifier"),
        (EncryptedMember::CredStoreState, "enc_cred_store_state"),
    ] {
        let value = hex(&vector[name]["value"]);
        let encrypted = member.encrypt(&mut Fixed(hex(&vector["iv"])), &token, &plaintext);
        assert_eq!(encrypted.unwrap(), value, "{name}");
        assert_eq!(member.decrypt(&token, &value), Some(plaintext), "{name}");
        assert_eq!(member.decrypt(&token, &value[..31]), None);
        assert_eq!(member.decrypt(&token, &[value, vec![0; 16]].concat()), None);
    }
}

#[test]
fn an_item_is_sent_on_as_it_came() {
    let params = SubCommandParams {
        rp_id_hash: Some(ByteVec::from(vec![1; 32])),
        ..SubCommandParams::default()
    };
    let request = CredentialManagementRequest::new(SubCommand(4), Some(&params));
    let message = request.to_message();
    let read = CredentialManagementRequest::from_slice(&message[1..], Strictness::Canonical);
    assert_eq!(read.unwrap(), request);
}
