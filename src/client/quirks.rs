//! What real keys do that the standard would not have them do, and what is done about it: one table.
//!
//! Nothing is looked up here while a key is spoken to: the client does what is right for every key.
//! The table says what is right for whom, and where it is done; `tests/quirks.rs` holds each row to
//! a test of its name, against the virtual key made like each of the keys named.

/// A row: what some keys do, and what is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quirk {
    /// What is promised; the test of the same name holds it.
    pub promise: &'static str,
    /// Whose keys, by the names of the virtual key's personalities.
    pub keys: &'static [&'static str],
    /// What they do.
    pub habit: &'static str,
    /// What is done about it.
    pub answer: &'static str,
    /// Where, below `src/`.
    pub place: &'static str,
}

macro_rules! quirks {
    ($($promise:ident [$($key:literal)+] $habit:literal => $answer:literal at $place:literal;)+) => {
        /// Every quirk that is known.
        pub const QUIRKS: &[Quirk] = &[$(Quirk {
            promise: stringify!($promise),
            keys: &[$($key),+],
            habit: $habit,
            answer: $answer,
            place: $place,
        }),+];
    };
}

quirks! {
    u2f_only_key_is_never_sent_cbor ["u2f" "yubikey-4"]
        "speak U2F only, and say so in CTAPHID_INIT"
        => "go straight to U2F"
        at "client/protocol.rs";
    vendor_pin_of_u2f_is_told_with_its_tries ["yubikey-4-fips"]
        "want a U2F PIN of the vendor's own: status word 63Cx"
        => "name the tries left, and say that the vendor's program unlocks it"
        at "u2f/status_word.rs";
    wink_is_tried_whatever_init_says ["security-key-by-yubico" "solo-2"]
        "promise to wink and cannot, or the other way round"
        => "send it and see"
        at "bin/fidoctl/commands/wink.rs";
    wink_that_is_never_answered_ends_soon ["solo-1"]
        "never answer a wink"
        => "wait two seconds for it, and no longer"
        at "transport/timing.rs";
    pin_length_is_checked_before_the_key_is_asked ["security-key-by-yubico" "trustkey-t110"]
        "take PINs that are too long, or padded to another length"
        => "check every PIN here; pad to 64 bytes always"
        at "pin_uv/pin.rs";
    empty_user_handle_is_never_sent ["security-key-by-yubico" "excelsecu" "atkey-pro"]
        "refuse an empty user handle, each in words of its own"
        => "refuse it here"
        at "client/register.rs";
    preview_command_is_chosen_by_option ["yubikey-5.2"]
        "have only the prototype of credential management"
        => "choose the command by the options listed"
        at "client/credentials/store.rs";
    final_command_is_chosen_by_option ["opensk" "pico-fido"]
        "lack the prototype of credential management"
        => "choose the command by the options listed"
        at "client/credentials/store.rs";
    lists_are_sent_in_batches_that_the_key_takes ["yubikey-5.2"]
        "take 8 descriptors and 1200 bytes at a time"
        => "probe long lists in batches of maxCredentialCountInList, within maxMsgSize"
        at "client/credential_list.rs";
    list_without_a_stated_limit_is_sent_one_by_one ["trezor"]
        "do not say how long lists may be"
        => "take the limit to be one entry"
        at "client/credential_list.rs";
    large_blobs_are_cut_to_the_message_size ["yubikey-5.5"]
        "take messages of 1200 bytes"
        => "read and write large blobs in pieces of maxMsgSize less 64"
        at "client/large_blob_array.rs";
    missing_credential_management_is_explained ["yubikey-5.1"]
        "cannot list what is stored on them"
        => "say so, and how else accounts are found"
        at "client/credentials/store.rs";
    whole_token_is_used ["yubikey-5.5" "yubikey-5.7"]
        "take half a token of protocol two for the token, or do so no longer"
        => "use all 32 bytes"
        at "pin_uv/token.rs";
    listing_is_one_token_and_bare_requests ["yubikey-5.7" "nitrokey-3"]
        "end a listing at any other request, at parameters, at another token"
        => "one token; requests that go on with a listing follow at once and bear nothing"
        at "client/credentials/enumerate.rs";
    uv_option_never_goes_with_a_token ["yubikey-5.7"]
        "refuse option uv beside pinUvAuthParam"
        => "send one of them"
        at "client/verification.rs";
    reset_too_late_is_understood_in_two_ways ["yubikey-5.7"]
        "say PIN_AUTH_BLOCKED, or NOT_ALLOWED, when a reset comes too late"
        => "take both to mean that"
        at "client/reset.rs";
    reset_comes_at_once_after_the_replug ["yubikey-5.7"]
        "take a reset in the first five seconds only"
        => "read what it needs before; reset right after getInfo has shown that it is the same key"
        at "bin/fidoctl/commands/reset.rs";
    blocked_finger_falls_back_to_the_pin_aloud ["yubikey-bio"]
        "block built-in verification (UV_INVALID, UV_BLOCKED)"
        => "take the PIN instead, and say so"
        at "client/verification.rs";
    greatest_pin_length_is_the_keys_own ["yubikey-bio"]
        "take PINs of at most 8 characters"
        => "read maxPINLength"
        at "client/pin.rs";
    fingers_are_managed_by_pin_where_a_finger_will_not_do ["yubikey-bio" "thinc"]
        "refuse a token got by a finger for managing fingers (PUAT_REQUIRED, PIN_AUTH_INVALID)"
        => "take the PIN instead, and say so"
        at "client/fingerprints.rs";
    fingers_are_managed_by_the_preview_command ["feitian-biopass"]
        "have only the prototype of managing fingers"
        => "choose the command by the options listed"
        at "client/fingerprints.rs";
    only_listed_extensions_are_sent ["feitian-biopass" "feitian-epass"]
        "refuse an extension that they do not know"
        => "send those listed; refuse or leave out the others"
        at "client/register.rs";
    only_listed_algorithms_are_sent ["feitian-biopass" "feitian-epass" "token2-t2f2"]
        "refuse a list with one unknown algorithm in it"
        => "send those listed; to a key that lists none, ES256 alone where it will do"
        at "client/register.rs";
    only_listed_options_are_sent ["solo-1" "mirkey"]
        "refuse an option that they do not list"
        => "send those listed"
        at "client/register.rs";
    exclusion_leaves_nothing_and_is_no_success ["feitian-biopass" "mirkey"]
        "exclude for a credential of another relying party"
        => "report the exclusion, with this reason among the hints"
        at "bin/fidoctl/explanations/status.rs";
    finger_is_asked_for_only_where_one_is_set_up ["feitian-biopass" "trustkey-t110"]
        "refuse option uv while no finger is enrolled"
        => "send it only if getInfo says uv = true"
        at "client/verification.rs";
    pin_is_given_before_the_key_asks ["feitian-biopass" "feitian-epass"]
        "say MISSING_PARAMETER where a PIN is wanted"
        => "know from getInfo that it is, and give it"
        at "client/register.rs";
    touch_is_understood_in_several_ways ["feitian-epass" "token2-t2f2"]
        "answer the request for a touch with PIN_AUTH_INVALID"
        => "take PIN_NOT_SET, PIN_INVALID and PIN_AUTH_INVALID for a touch"
        at "client/select.rs";
    missing_parameter_at_once_is_no_touch ["google-titan-v2"]
        "refuse the request for a touch at once, untouched"
        => "never take it for a touch; without a PIN ask by a true request"
        at "client/select.rs";
    missing_parameter_after_the_wait_is_no_touch ["token2-t2f2-nfc-dual"]
        "say MISSING_PARAMETER when nobody touched them"
        => "never take it for a touch"
        at "client/select.rs";
    impatient_key_stays_in_the_race ["feitian-epass" "solo-2"]
        "wait for a touch for 10 seconds only"
        => "ask again, as long as other keys would wait"
        at "client/select.rs";
    shared_aaguid_is_no_identity ["token2-t2f2" "feitian-epass"]
        "have the AAGUID of another brand"
        => "never pick among several by it; compare all of getInfo before a reset"
        at "transport/matching.rs";
    serial_number_is_no_identity ["onlykey" "token2-pin-plus"]
        "have the same serial number, or one for each interface"
        => "never pick among several that have it; show where it comes from"
        at "transport/matching.rs";
    pin_rules_of_the_key_are_told ["token2-pin-plus"]
        "have rules of their own for PINs"
        => "show them, and where they can be read"
        at "client/pin.rs";
    key_agreement_names_its_algorithm ["excelsecu"]
        "take a key agreement key only with algorithm -25"
        => "send it always"
        at "cose/key.rs";
    key_without_silent_assertions_judges_the_list_itself ["excelsecu" "atkey-pro" "solo-1"]
        "refuse assertions without a touch"
        => "send the whole list with a touch"
        at "client/credential_list.rs";
    descriptors_hold_id_and_type_only ["hyperfido"]
        "find nothing if a descriptor holds transports"
        => "never send them"
        at "webauthn/entity.rs";
    request_for_a_pin_where_none_is_set_is_no_touch ["hyperfido"]
        "ask for a PIN when nobody touched them"
        => "say that nobody did, where there is nothing to verify anybody with"
        at "client/session.rs";
    empty_user_handle_is_read ["solo-1"]
        "return an account's user handle empty"
        => "take it as it is"
        at "client/authenticate.rs";
    answers_out_of_order_are_forgiven_aloud ["solo-1"]
        "write CBOR that is not canonical"
        => "refuse it; with --lenient-cbor forgive it, and say so"
        at "client/session.rs";
    credential_made_without_a_touch_is_not_accepted ["nitrokey-fido2-1.1" "mirkey"]
        "make credentials without a touch"
        => "refuse what says that nobody was there"
        at "client/answer.rs";
    false_options_are_never_sent ["nitrokey-fido2-1.1"]
        "refuse options that are false"
        => "leave them out; where a silent assertion is refused, go on with a touch"
        at "client/register.rs";
    totals_are_not_needed ["nitrokey-fido2-1.1" "nitrokey-fido2-2.3"]
        "leave out totals"
        => "count by going on until there is no more, and say what was missing"
        at "client/credentials/enumerate.rs";
    missing_credential_is_filled_in ["ledger"]
        "leave the credential out of an assertion where one was allowed"
        => "fill it in from the request"
        at "client/authenticate.rs";
    optional_members_stay_out ["canokey"]
        "refuse members that say nothing"
        => "leave empty lists and maps out"
        at "client/authenticate.rs";
    finger_is_asked_for_again ["atkey-card"]
        "do not see a finger that comes late"
        => "try again as often as the key prefers"
        at "client/token.rs";
    names_are_cut_between_characters ["trustkey-t110" "atkey-pro"]
        "cut names anywhere"
        => "cut them at 64 bytes here, between characters, and say so"
        at "client/names.rs";
    broken_names_are_read_all_the_same ["trustkey-t110" "atkey-pro"]
        "return names that are no text"
        => "put a mark for what is broken"
        at "cbor/lossy_text.rs";
    key_that_denies_u2f_is_never_asked_for_it ["trustkey-t110"]
        "speak no U2F"
        => "believe that much"
        at "client/protocol.rs";
    consent_to_a_reset_is_not_left_to_the_key ["keyvault"]
        "take a reset at any time"
        => "ask for consent before anything is sent"
        at "bin/fidoctl/commands/reset.rs";
    verification_is_believed_from_the_flags ["pico-fido"]
        "do not enforce alwaysUv"
        => "look at the flags of the answer, not at getInfo"
        at "client/answer.rs";
    operation_keeps_its_channel ["fido2-applet"]
        "forget tokens when the connection ends"
        => "do everything over one connection"
        at "client/session.rs";
    msg_in_answer_to_cbor_is_no_reason_for_u2f ["proxy"]
        "answer CBOR under the command of U2F"
        => "fail; never fall back to U2F for it"
        at "client/protocol.rs";
    garbled_capabilities_do_not_hide_ctap2 ["garbled-init"]
        "say capabilities that mean nothing"
        => "ask for getInfo all the same"
        at "client/protocol.rs";
}
