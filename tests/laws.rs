//! What holds of every value and of all bytes, tried on thousands.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop where it stands"
)]

use std::fmt::Debug;

use fidoctl::cbor::{
    self, ByteVec, EncodedItem, LossyText, MESSAGE_NESTING, Strictness, Value, canonical,
    diagnostic_parser,
};
use fidoctl::cose::{Algorithm, CoseKey, Curve};
use fidoctl::ctap2::authenticator_config::{self, SetMinPinLengthParams};
use fidoctl::ctap2::client_pin::SubCommand;
use fidoctl::ctap2::extensions::{
    GetAssertionExtensions, HmacSecretInput, LargeBlobAccess, LargeBlobCreation,
    MakeCredentialExtensions,
};
use fidoctl::ctap2::get_assertion::GetAssertionOptions;
use fidoctl::ctap2::make_credential::MakeCredentialOptions;
use fidoctl::ctap2::{
    AuthenticatorConfigRequest, ClientPinRequest, ClientPinResponse, GetAssertionRequest,
    GetAssertionResponse, GetInfoResponse, LargeBlobsRequest, MakeCredentialRequest,
    MakeCredentialResponse, Message, TextKeyed,
};
use fidoctl::ctaphid::{self, Assembler, ChannelId, InitResponse, ReportKind};
use fidoctl::relying_party::attestation;
use fidoctl::u2f::{
    AuthenticateRequest, AuthenticateResponse, CommandApdu, Control, RegisterRequest,
    RegisterResponse, ResponseApdu,
};
use fidoctl::webauthn::{
    AttestationObject, AttestedCredentialData, AuthenticatorData, Ceremony, CollectedClientData,
    CredentialDescriptor, CredentialParameters, Flags, RpEntity, UserEntity,
};
use proptest::collection::{btree_map, vec};
use proptest::option::of as maybe;
use proptest::prelude::*;

// Values; the generators are boxed, as unoptimised they are too large for a stack

fn bytes() -> impl Strategy<Value = ByteVec> {
    vec(any::<u8>(), 0..80).prop_map(ByteVec::from)
}

fn text() -> impl Strategy<Value = String> {
    "\\PC{0,20}"
}

fn lossy() -> impl Strategy<Value = LossyText> {
    text().prop_map(LossyText)
}

/// A value nested at most twice, its maps in canonical order.
fn value() -> BoxedStrategy<Value> {
    let scalar = || {
        prop_oneof![
            any::<i64>().prop_map(Value::from),
            vec(any::<u8>(), 0..40).prop_map(Value::from),
            text().prop_map(Value::Text),
            any::<bool>().prop_map(Value::from),
            Just(Value::Null),
        ]
    };
    scalar()
        .prop_recursive(2, 16, 5, move |inner| {
            prop_oneof![
                vec(inner.clone(), 0..5).prop_map(Value::Array),
                vec((scalar(), inner), 0..5).prop_map(|members| {
                    let sorted: std::collections::BTreeMap<_, _> =
                        members.into_iter().map(|(k, v)| (cbor::to_vec(&k), (k, v))).collect();
                    Value::Map(sorted.into_values().collect())
                }),
            ]
        })
        .boxed()
}

fn cose_key() -> BoxedStrategy<CoseKey> {
    let coordinate = || vec(any::<u8>(), 0..70);
    let algorithm = || any::<i64>().prop_map(Algorithm);
    let curve = || any::<i64>().prop_map(Curve);
    prop_oneof![
        (algorithm(), curve(), coordinate(), coordinate())
            .prop_map(|(algorithm, curve, x, y)| CoseKey::Ec2 { algorithm, curve, x, y }),
        (algorithm(), curve(), coordinate()).prop_map(|(algorithm, curve, x)| CoseKey::Okp {
            algorithm,
            curve,
            x
        }),
        (algorithm(), coordinate(), coordinate()).prop_map(|(algorithm, n, e)| CoseKey::Rsa {
            algorithm,
            n,
            e
        }),
    ]
    .boxed()
}

fn descriptors() -> impl Strategy<Value = Option<Vec<CredentialDescriptor>>> {
    let descriptor = (bytes(), text())
        .prop_map(|(id, credential_type)| CredentialDescriptor { id, credential_type });
    maybe(vec(descriptor, 0..4))
}

fn parameters() -> impl Strategy<Value = Vec<CredentialParameters>> {
    let one = (any::<i64>(), text()).prop_map(|(algorithm, credential_type)| {
        CredentialParameters { algorithm: Algorithm(algorithm), credential_type }
    });
    vec(one, 0..4)
}

fn user() -> BoxedStrategy<UserEntity> {
    (bytes(), maybe(lossy()), maybe(lossy()))
        .prop_map(|(id, name, display_name)| UserEntity { id, name, display_name })
        .boxed()
}

fn rp() -> BoxedStrategy<RpEntity> {
    (text(), maybe(lossy())).prop_map(|(id, name)| RpEntity { id, name }).boxed()
}

fn authenticator_data() -> BoxedStrategy<AuthenticatorData> {
    let attested = (any::<[u8; 16]>(), vec(any::<u8>(), 0..100), cose_key()).prop_map(
        |(aaguid, credential_id, public_key)| AttestedCredentialData {
            aaguid,
            credential_id,
            public_key,
        },
    );
    (any::<[u8; 32]>(), any::<u8>(), any::<u32>(), maybe(attested), maybe(value()))
        .prop_map(|(rp_id_hash, flags, sign_count, attested_credential, extensions)| {
            let mut flags = Flags::from_bits_retain(flags);
            flags.set(Flags::AT, attested_credential.is_some());
            flags.set(Flags::ED, extensions.is_some());
            AuthenticatorData { rp_id_hash, flags, sign_count, attested_credential, extensions }
        })
        .boxed()
}

fn hmac_secret_input() -> impl Strategy<Value = HmacSecretInput> {
    (cose_key(), bytes(), bytes(), any::<Option<u64>>()).prop_map(
        |(key_agreement, salt_enc, salt_auth, pin_uv_auth_protocol)| HmacSecretInput {
            key_agreement,
            salt_enc,
            salt_auth,
            pin_uv_auth_protocol,
        },
    )
}

fn make_credential_request() -> BoxedStrategy<MakeCredentialRequest> {
    let creation = text().prop_map(|support| LargeBlobCreation { support });
    let blobs = (maybe(bytes()), maybe(creation));
    let flags = any::<[Option<bool>; 5]>();
    let extensions = (maybe(any::<u64>()), flags, maybe(hmac_secret_input()), blobs).prop_map(
        |(cred_protect, flags, hmac_secret_mc, (cred_blob, large_blob))| {
            let [hmac_secret, large_blob_key, min_pin_length, third_party_payment, rest @ ..] =
                flags;
            let [pin_complexity_policy] = rest;
            MakeCredentialExtensions {
                cred_blob,
                large_blob,
                cred_protect,
                hmac_secret,
                large_blob_key,
                min_pin_length,
                hmac_secret_mc,
                third_party_payment,
                pin_complexity_policy,
            }
        },
    );
    let options =
        any::<[Option<bool>; 3]>().prop_map(|[rk, up, uv]| MakeCredentialOptions { rk, up, uv });
    let wanted = (bytes(), rp(), user(), parameters(), descriptors());
    let how = (maybe(extensions), maybe(options), maybe(bytes()), any::<[Option<u64>; 2]>());
    (wanted, how, maybe(vec(text(), 0..3)))
        .prop_map(|(wanted, how, formats)| {
            let (client_data_hash, rp, user, pub_key_cred_params, exclude_list) = wanted;
            let (extensions, options, pin_uv_auth_param, numbers) = how;
            let [pin_uv_auth_protocol, enterprise_attestation] = numbers;
            MakeCredentialRequest {
                client_data_hash,
                rp,
                user,
                pub_key_cred_params,
                exclude_list,
                extensions,
                options,
                pin_uv_auth_param,
                pin_uv_auth_protocol,
                enterprise_attestation,
                attestation_formats_preference: formats,
            }
        })
        .boxed()
}

fn make_credential_response() -> BoxedStrategy<MakeCredentialResponse> {
    (text(), bytes(), maybe(value()), any::<Option<bool>>(), maybe(bytes()), maybe(value()))
        .prop_map(|(fmt, auth_data, att_stmt, ep_att, large_blob_key, outputs)| {
            MakeCredentialResponse {
                fmt,
                auth_data,
                att_stmt: att_stmt.filter(|statement| *statement != Value::Null),
                ep_att,
                large_blob_key,
                unsigned_extension_outputs: outputs.filter(|outputs| *outputs != Value::Null),
            }
        })
        .boxed()
}

fn get_assertion_request() -> BoxedStrategy<GetAssertionRequest> {
    let access = (any::<Option<bool>>(), maybe(bytes()), any::<Option<u64>>())
        .prop_map(|(read, write, original_size)| LargeBlobAccess { read, write, original_size });
    let flags = any::<[Option<bool>; 3]>();
    let extensions = (maybe(hmac_secret_input()), maybe(access), flags).prop_map(
        |(hmac_secret, large_blob, [cred_blob, large_blob_key, third_party_payment])| {
            GetAssertionExtensions {
                cred_blob,
                large_blob,
                hmac_secret,
                large_blob_key,
                third_party_payment,
            }
        },
    );
    let options =
        any::<[Option<bool>; 3]>().prop_map(|[rk, up, uv]| GetAssertionOptions { rk, up, uv });
    let how = (maybe(extensions), maybe(options), maybe(bytes()), any::<Option<u64>>());
    (text(), bytes(), descriptors(), how)
        .prop_map(|(rp_id, client_data_hash, allow_list, how)| {
            let (extensions, options, pin_uv_auth_param, pin_uv_auth_protocol) = how;
            GetAssertionRequest {
                rp_id,
                client_data_hash,
                allow_list,
                extensions,
                options,
                pin_uv_auth_param,
                pin_uv_auth_protocol,
            }
        })
        .boxed()
}

fn get_assertion_response() -> BoxedStrategy<GetAssertionResponse> {
    let credential = maybe(bytes().prop_map(|id| CredentialDescriptor::new(id.to_vec())));
    let more = (any::<Option<u64>>(), any::<Option<bool>>(), maybe(bytes()), maybe(value()));
    (credential, bytes(), bytes(), maybe(user()), more)
        .prop_map(|(credential, auth_data, signature, user, more)| {
            let (number_of_credentials, user_selected, large_blob_key, outputs) = more;
            GetAssertionResponse {
                credential,
                auth_data,
                signature,
                user,
                number_of_credentials,
                user_selected,
                large_blob_key,
                unsigned_extension_outputs: outputs.filter(|outputs| *outputs != Value::Null),
            }
        })
        .boxed()
}

fn client_pin_request() -> BoxedStrategy<ClientPinRequest> {
    let encrypted = (maybe(bytes()), maybe(bytes()), maybe(bytes()));
    let numbers = any::<(u64, [Option<u64>; 2])>();
    (numbers, maybe(cose_key()), encrypted, maybe(text()))
        .prop_map(|((sub_command, numbers), key_agreement, encrypted, rp_id)| {
            let (pin_uv_auth_param, new_pin_enc, pin_hash_enc) = encrypted;
            let [pin_uv_auth_protocol, permissions] = numbers;
            ClientPinRequest {
                pin_uv_auth_protocol,
                sub_command: SubCommand(sub_command),
                key_agreement,
                pin_uv_auth_param,
                new_pin_enc,
                pin_hash_enc,
                permissions,
                rp_id,
            }
        })
        .boxed()
}

fn config_request() -> BoxedStrategy<AuthenticatorConfigRequest> {
    let params = (any::<Option<u64>>(), maybe(vec(text(), 0..4)), any::<[Option<bool>; 2]>())
        .prop_map(|(new_min_pin_length, min_pin_length_rp_ids, [force, complexity])| {
            EncodedItem::of(&SetMinPinLengthParams {
                new_min_pin_length,
                min_pin_length_rp_ids,
                force_change_pin: force,
                pin_complexity_policy: complexity,
            })
        });
    (any::<(u64, Option<u64>)>(), maybe(params), maybe(bytes()))
        .prop_map(|((number, protocol), params, pin_uv_auth_param)| {
            let sub_command = authenticator_config::SubCommand(number);
            AuthenticatorConfigRequest {
                pin_uv_auth_protocol: protocol,
                pin_uv_auth_param,
                ..AuthenticatorConfigRequest::new(sub_command, params)
            }
        })
        .boxed()
}

fn client_pin_response() -> BoxedStrategy<ClientPinResponse> {
    (maybe(cose_key()), maybe(bytes()), any::<(Option<u64>, Option<bool>, Option<u64>)>())
        .prop_map(
            |(key_agreement, pin_uv_auth_token, (pin_retries, power_cycle_state, uv_retries))| {
                ClientPinResponse {
                    key_agreement,
                    pin_uv_auth_token,
                    pin_retries,
                    power_cycle_state,
                    uv_retries,
                }
            },
        )
        .boxed()
}

fn get_info_response() -> BoxedStrategy<GetInfoResponse> {
    let lists = (vec(text(), 0..4), maybe(vec(text(), 0..4)), maybe(parameters()));
    let maps = (
        maybe(btree_map(text(), any::<bool>(), 0..6)),
        maybe(btree_map(text(), any::<u64>(), 0..4)),
    );
    let rest = any::<([u8; 16], [Option<u64>; 6], Option<bool>, Option<Vec<u64>>)>();
    (lists, maps, rest, maybe(bytes()))
        .prop_map(|(lists, maps, rest, blob)| {
            let (aaguid, numbers, yes, list) = rest;
            let mut info = GetInfoResponse::new(lists.0, aaguid);
            (info.extensions, info.algorithms) = (lists.1, lists.2);
            info.options = maps.0.map(TextKeyed::from_iter);
            info.certifications = maps.1.map(TextKeyed::from_iter);
            [
                info.max_msg_size,
                info.min_pin_length,
                info.firmware_version,
                info.uv_modality,
                info.remaining_discoverable_credentials,
                info.max_pin_length,
            ] = numbers;
            (info.force_pin_change, info.pin_uv_auth_protocols) = (yes, list.clone());
            (info.vendor_prototype_config_commands, info.enc_cred_store_state) = (list, blob);
            info
        })
        .boxed()
}

/// Decoding what was encoded gives the value back, from bytes in canonical form.
fn survives<T: Message + PartialEq + Debug>(message: &T) -> Result<(), TestCaseError> {
    let encoded = message.to_vec();
    let decoded = T::from_slice(&encoded, Strictness::Canonical);
    prop_assert_eq!(decoded.as_ref().map_err(ToString::to_string), Ok(message));
    Ok(())
}

proptest! {
    #[test]
    fn values_survive_the_wire(value in value()) {
        survives(&value)?;
    }

    #[test]
    fn values_survive_diagnostic_notation(value in value()) {
        prop_assert_eq!(diagnostic_parser::parse(&value.to_string()).unwrap(), value);
    }

    #[test]
    fn any_text_is_diagnostic_notation_or_is_not(text in any::<String>()) {
        if let Ok(value) = diagnostic_parser::parse(&text) {
            prop_assert_eq!(diagnostic_parser::parse(&value.to_string()).unwrap(), value);
        }
    }

    #[test]
    fn u2f_registrations_survive_the_wire(
        challenge in any::<[u8; 32]>(),
        application in any::<[u8; 32]>(),
        coordinates in any::<[[u8; 32]; 2]>(),
        key_handle in vec(any::<u8>(), 0..256),
        content in vec(any::<u8>(), 0..700),
        signature in vec(any::<u8>(), 0..80),
    ) {
        let request = RegisterRequest { challenge, application };
        let apdu = CommandApdu::parse(&request.to_apdu().to_vec()).unwrap();
        prop_assert_eq!(&apdu, &request.to_apdu());
        prop_assert_eq!(RegisterRequest::parse(&apdu.data), Ok(request));
        let length = u16::try_from(content.len()).unwrap();
        let certificate = match content.len() {
            0..128 => [&[0x30, length.to_be_bytes()[1]][..], &content].concat(),
            128..256 => [&[0x30, 0x81, length.to_be_bytes()[1]][..], &content].concat(),
            _ => [&[0x30, 0x82][..], &length.to_be_bytes(), &content].concat(),
        };
        let public_key = [&[4][..], &coordinates.concat()].concat().try_into().unwrap();
        let response = RegisterResponse { public_key, key_handle, certificate, signature };
        prop_assert_eq!(response.point(), (coordinates[0], coordinates[1]));
        prop_assert_eq!(RegisterResponse::parse(&response.to_vec()), Ok(response));
    }

    #[test]
    fn u2f_authentications_survive_the_wire(
        challenge in any::<[u8; 32]>(),
        application in any::<[u8; 32]>(),
        key_handle in vec(any::<u8>(), 0..256),
        control in any::<u8>(),
        user_present in any::<bool>(),
        counter in any::<u32>(),
        signature in vec(any::<u8>(), 0..80),
    ) {
        let request = AuthenticateRequest { challenge, application, key_handle };
        let apdu = CommandApdu::parse(&request.to_apdu(Control(control)).to_vec()).unwrap();
        prop_assert_eq!(apdu.p1, control);
        prop_assert_eq!(AuthenticateRequest::parse(&apdu.data), Ok(request));
        let response = AuthenticateResponse { user_present, counter, signature };
        prop_assert_eq!(AuthenticateResponse::parse(&response.to_vec()), Ok(response));
    }

    #[test]
    fn any_bytes_are_u2f_messages_or_are_not(bytes in vec(any::<u8>(), 0..400)) {
        let _ = CommandApdu::parse(&bytes);
        let _ = RegisterRequest::parse(&bytes);
        let _ = AuthenticateRequest::parse(&bytes);
        // What is read is written as it was.
        if let Ok(response) = RegisterResponse::parse(&bytes) {
            prop_assert_eq!(response.to_vec(), bytes.clone());
        }
        if let Ok(response) = AuthenticateResponse::parse(&bytes) {
            prop_assert_eq!(response.to_vec(), bytes.clone());
        }
        if let Ok(response) = ResponseApdu::parse(&bytes) {
            prop_assert_eq!(response.to_vec(), bytes);
        }
    }

    #[test]
    fn cose_keys_survive_the_wire(key in cose_key()) {
        survives(&key)?;
    }

    #[test]
    fn make_credential_survives_the_wire(
        request in make_credential_request(),
        response in make_credential_response(),
    ) {
        survives(&request)?;
        survives(&response)?;
    }

    #[test]
    fn get_assertion_survives_the_wire(
        request in get_assertion_request(),
        response in get_assertion_response(),
    ) {
        survives(&request)?;
        survives(&response)?;
    }

    #[test]
    fn config_survives_the_wire_and_so_do_its_parameters(request in config_request()) {
        survives(&request)?;
        if let Some(params) = &request.sub_command_params {
            let decoded: SetMinPinLengthParams = params.decode(Strictness::Canonical).unwrap();
            prop_assert_eq!(EncodedItem::of(&decoded), params.clone());
        }
    }

    #[test]
    fn client_pin_survives_the_wire(
        request in client_pin_request(),
        response in client_pin_response(),
    ) {
        survives(&request)?;
        survives(&response)?;
    }

    #[test]
    fn large_blobs_survives_the_wire(
        numbers in any::<[Option<u64>; 4]>(),
        set in maybe(bytes()),
        pin_uv_auth_param in maybe(bytes()),
    ) {
        let [get, offset, length, pin_uv_auth_protocol] = numbers;
        let request = LargeBlobsRequest {
            get,
            set,
            offset,
            length,
            pin_uv_auth_param,
            pin_uv_auth_protocol,
        };
        survives(&request)?;
    }

    #[test]
    fn get_info_survives_the_wire(info in get_info_response()) {
        survives(&info)?;
    }

    #[test]
    fn authenticator_data_survive_the_wire(data in authenticator_data()) {
        let parsed = AuthenticatorData::parse(&data.to_vec(), Strictness::Canonical);
        prop_assert_eq!(parsed.ok(), Some(data));
    }

    #[test]
    fn attestation_objects_survive_the_wire(
        format in text(),
        statement in value(),
        data in authenticator_data(),
    ) {
        let authenticator_data = data.to_vec().into();
        let object = AttestationObject { format, statement, authenticator_data };
        prop_assert_eq!(AttestationObject::from_slice(&object.to_vec()).ok(), Some(object));
    }

    #[test]
    fn client_data_say_what_they_were_made_of(challenge in vec(any::<u8>(), 0..80), origin in any::<String>()) {
        let json = CollectedClientData::to_json(Ceremony::Get, &challenge, &origin);
        let data = CollectedClientData::from_json(&json).unwrap();
        prop_assert_eq!(data.ceremony_type, "webauthn.get");
        prop_assert_eq!((data.challenge.0, data.origin, data.cross_origin), (challenge, origin, false));
    }

    #[test]
    fn split_messages_are_put_together_again(
        channel in any::<[u8; 4]>(),
        command in 0_u8..0x80,
        payload in vec(any::<u8>(), 0..=ctaphid::MAX_MESSAGE_LENGTH),
    ) {
        let (channel, command) = (ChannelId(channel), ctaphid::Command(command));
        let message = ctaphid::Message { channel, command, payload };
        let mut assembler = None;
        for report in message.to_reports().unwrap() {
            match (ReportKind::parse(&report), &mut assembler) {
                ((channel, ReportKind::Init { command, length, data }), None) => {
                    assembler = Some(Assembler::begin(channel, command, length, data).unwrap());
                }
                ((_, ReportKind::Continuation { sequence, data }), Some(assembler)) => {
                    prop_assert!(!assembler.is_complete());
                    assembler.add(sequence, data).unwrap();
                }
                (other, _) => prop_assert!(false, "{other:?}"),
            }
        }
        let assembler = assembler.unwrap();
        prop_assert!(assembler.is_complete());
        prop_assert_eq!(assembler.into_message(), message);
    }
}

// Hostile bytes

/// Bytes that a decoder gets further into than into random ones: an encoding, altered.
fn nearly_valid() -> BoxedStrategy<Vec<u8>> {
    let encoded = prop_oneof![
        make_credential_request().prop_map(|message| message.to_vec()),
        make_credential_response().prop_map(|message| message.to_vec()),
        get_assertion_response().prop_map(|message| message.to_vec()),
        get_info_response().prop_map(|message| message.to_vec()),
        authenticator_data().prop_map(|data| data.to_vec()),
        value().prop_map(|value| cbor::to_vec(&value)),
    ];
    let edit = (any::<prop::sample::Index>(), any::<u8>());
    (encoded, vec(edit, 0..4), any::<prop::sample::Index>(), any::<bool>())
        .prop_map(|(mut bytes, edits, cut, is_cut)| {
            let length = bytes.len();
            if length > 0 {
                edits.iter().for_each(|(at, byte)| bytes[at.index(length)] = *byte);
                if is_cut {
                    bytes.truncate(cut.index(length));
                }
            }
            bytes
        })
        .boxed()
}

fn hostile() -> BoxedStrategy<Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..200), nearly_valid()].boxed()
}

const LEVELS: [Strictness; 2] = [Strictness::Canonical, Strictness::Tolerant];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn hostile_bytes_stop_no_decoder(bytes in hostile()) {
        for strictness in LEVELS {
            drop(Value::from_slice(&bytes, strictness));
            drop(CoseKey::from_slice(&bytes, strictness));
            drop(MakeCredentialRequest::from_slice(&bytes, strictness));
            drop(MakeCredentialResponse::from_slice(&bytes, strictness));
            drop(GetAssertionRequest::from_slice(&bytes, strictness));
            drop(GetAssertionResponse::from_slice(&bytes, strictness));
            drop(ClientPinRequest::from_slice(&bytes, strictness));
            drop(ClientPinResponse::from_slice(&bytes, strictness));
            drop(GetInfoResponse::from_slice(&bytes, strictness));
            drop(AuthenticatorData::parse(&bytes, strictness));
        }
        drop(GetInfoResponse::unknown_members(&bytes));
        let _ = InitResponse::parse(&bytes);
        drop(CollectedClientData::from_json(&bytes));
        drop(CoseKey::from_spki_der(&bytes, Algorithm::ES256));
    }

    #[test]
    fn hostile_attestation_objects_stop_nothing(
        bytes in hostile(),
        statement in value(),
        format in prop_oneof![Just("packed"), Just("fido-u2f"), Just("none")],
        data in authenticator_data(),
    ) {
        drop(AttestationObject::from_slice(&bytes));
        let certificates = Value::Array(vec![Value::from(bytes)]);
        let members = [("alg", Value::from(-7)), ("sig", statement), ("x5c", certificates)];
        let object = AttestationObject {
            format: format.to_owned(),
            statement: Value::text_map(members),
            authenticator_data: data.to_vec().into(),
        };
        prop_assert!(attestation::verify(&object, &data, &[0; 32]).is_err());
    }

    /// What the checker lets pass is what the encoder writes: there is one encoding of a value.
    #[test]
    fn canonical_bytes_are_those_that_encoding_gives(bytes in hostile()) {
        if let Ok(value) = cbor::from_slice::<Value>(&bytes) {
            // Broken text is mended on the way in, so it cannot come out as it was.
            if !value.to_string().contains('\u{fffd}') {
                prop_assert_eq!(cbor::to_vec(&value), bytes);
            }
        }
    }

    #[test]
    fn tolerance_takes_all_that_strictness_takes(bytes in hostile()) {
        let strict = canonical::check(&bytes, Strictness::Canonical, MESSAGE_NESTING);
        let tolerant = canonical::check(&bytes, Strictness::Tolerant, MESSAGE_NESTING);
        prop_assert!(strict.is_err() || tolerant.is_ok());
    }
}

// The checker against a plain reading of the rules

/// Reads one item by recursion and returns the bytes behind it; `None` if a rule is broken.
fn reference(bytes: &[u8], nesting: usize) -> Option<&[u8]> {
    let (&initial, rest) = bytes.split_first()?;
    let (argument, rest) = match initial & 0x1f {
        small @ 0..24 => (u64::from(small), rest),
        information @ 24..28 => {
            let width = 1 << (information - 24);
            let (digits, rest) = rest.split_at_checked(width)?;
            let argument = digits.iter().fold(0, |sum, digit| sum << 8 | u64::from(*digit));
            let least = [24, 1 << 8, 1 << 16, 1 << 32][usize::from(information - 24)];
            (argument, (argument >= least).then_some(rest)?)
        }
        _ => return None,
    };
    let length = usize::try_from(argument).ok()?;
    match initial >> 5 {
        0 | 1 => Some(rest),
        2 | 3 => rest.split_at_checked(length).map(|(_, rest)| rest),
        4 => {
            let nesting = nesting.checked_sub(1)?;
            (0..length).try_fold(rest, |rest, _| reference(rest, nesting))
        }
        5 => {
            let nesting = nesting.checked_sub(1)?;
            let mut last: Option<&[u8]> = None;
            (0..length).try_fold(rest, |start, _| {
                let rest = reference(start, nesting)?;
                let key = &start[..start.len() - rest.len()];
                let order = |key: &[u8]| (key[0] >> 5, key.len(), key.to_vec());
                let in_order = last.is_none_or(|last| order(last) < order(key));
                last = Some(key);
                in_order.then(|| reference(rest, nesting))?
            })
        }
        7 if (20..=22).contains(&initial.wrapping_sub(0xe0)) => Some(rest),
        _ => None,
    }
}

fn agrees_with_the_reference(bytes: &[u8]) {
    let wanted = reference(bytes, MESSAGE_NESTING) == Some(&[]);
    let found = canonical::check(bytes, Strictness::Canonical, MESSAGE_NESTING);
    assert_eq!(found.is_ok(), wanted, "{bytes:02x?}: {found:?}");
}

#[test]
fn checker_is_right_about_all_inputs_of_one_and_two_bytes() {
    for first in 0..=u8::MAX {
        agrees_with_the_reference(&[first]);
        (0..=u8::MAX).for_each(|second| agrees_with_the_reference(&[first, second]));
    }
}

/// Bytes from which short inputs with maps, arrays and strings are made.
const SMALL: [u8; 12] = [0x00, 0x17, 0x18, 0x20, 0x41, 0x61, 0x81, 0x82, 0xa1, 0xa2, 0xf4, 0xff];

#[test]
fn checker_is_right_about_all_inputs_of_five_telling_bytes() {
    for number in 0..SMALL.len().pow(5) {
        let digit = |place| SMALL[number / SMALL.len().pow(place) % SMALL.len()];
        agrees_with_the_reference(&[0, 1, 2, 3, 4].map(digit));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn checker_is_right_about_what_is_nearly_valid(bytes in nearly_valid()) {
        agrees_with_the_reference(&bytes);
    }
}
