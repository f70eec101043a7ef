//! What [`Habits`](super::Habits) bring about: requests refused before they are looked at, and
//! answers bent after they are made. The code in between knows nothing of it.

use std::time::Duration;

use super::limits::USER_PRESENCE_TIMEOUT;
use super::{Authenticator, Refusal};
use crate::cbor::{self, Value};
use crate::cose::Algorithm;
use crate::ctap2::{Command, Status};
use crate::u2f::{Instruction, StatusWord};

/// Where a request keeps what habits look at.
struct Members {
    list: i64,
    extensions: i64,
    options: i64,
    param: i64,
}

const MAKE_CREDENTIAL: Members =
    Members { list: 0x05, extensions: 0x06, options: 0x07, param: 0x08 };
const GET_ASSERTION: Members = Members { list: 0x03, extensions: 0x04, options: 0x05, param: 0x06 };

/// Member of makeCredential: pubKeyCredParams.
const ALGORITHMS: i64 = 0x04;

/// Members of clientPIN, credentialManagement and bioEnrollment, of getAssertion's answer.
const KEY_AGREEMENT: i64 = 0x03;
const SUB_COMMAND: i64 = 0x01;
const USER: i64 = 0x04;
const TOTALS: [i64; 2] = [0x05, 0x09];

/// The subcommands that go on with a listing.
const GO_ON: [i64; 2] = [0x03, 0x05];

impl Authenticator {
    /// Refuses what this key refuses although it should not.
    pub(super) fn refuse_by_habit(
        &mut self,
        command: Command,
        parameters: &[u8],
    ) -> Result<(), Status> {
        let habits = &self.state.habits;
        if habits.refuses.is_empty() && habits.silent_assertion.is_none() {
            return Ok(());
        }
        let Ok(request) = cbor::from_slice::<Value>(parameters) else { return Ok(()) };
        let refusals = habits.refuses.clone();
        for refusal in refusals {
            if let Some(status) = self.refusal(refusal, command, &request) {
                return Err(status);
            }
        }
        let silent = option(&request, &GET_ASSERTION, "up") == Some(false);
        match self.state.habits.silent_assertion {
            Some(status) if command == Command::GET_ASSERTION && silent => Err(status.0),
            _ => Ok(()),
        }
    }

    fn refusal(&mut self, refusal: Refusal, command: Command, request: &Value) -> Option<Status> {
        let members = match command {
            Command::MAKE_CREDENTIAL => Some(&MAKE_CREDENTIAL),
            Command::GET_ASSERTION => Some(&GET_ASSERTION),
            _ => None,
        };
        let (met, status) = match refusal {
            Refusal::UnlistedExtensions => {
                let info = self.get_info();
                let sent = names(member(request, members?.extensions)?);
                let unlisted = sent.iter().any(|name| !info.has_extension(name));
                (unlisted, Status::UNSUPPORTED_OPTION)
            }
            Refusal::UnlistedOptions => {
                let info = self.get_info();
                let sent = names(member(request, members?.options)?);
                let unlisted = sent.iter().any(|name| info.option(name).is_none());
                (unlisted, Status::UNSUPPORTED_OPTION)
            }
            Refusal::UnlistedAlgorithms => {
                let sent =
                    member(request, ALGORITHMS).filter(|_| command == Command::MAKE_CREDENTIAL);
                let algorithm = |one: &Value| one.get("alg").and_then(Value::as_i64).map(Algorithm);
                let unknown = |algorithm| self.state.model.key_type(algorithm).is_none();
                let mut sent = sent?.as_array()?.iter().filter_map(algorithm);
                (sent.any(unknown), Status::UNSUPPORTED_ALGORITHM)
            }
            Refusal::FalseOptions => {
                let Value::Map(options) = member(request, members?.options)? else { return None };
                let off = options.iter().any(|(_, value)| *value == Value::Bool(false));
                (off, Status::UNSUPPORTED_OPTION)
            }
            Refusal::SpareMembers => {
                let Value::Map(all) = request else { return None };
                members?;
                let empty = |value: &Value| {
                    *value == Value::Map(Vec::new()) || *value == Value::Array(Vec::new())
                };
                (all.iter().any(|(_, value)| empty(value)), Status::MISSING_PARAMETER)
            }
            Refusal::UvBesideParam => {
                let both = option(request, members?, "uv") == Some(true)
                    && member(request, members?.param).is_some();
                (both, Status::INVALID_OPTION)
            }
            Refusal::DescriptorMembers => {
                let list = member(request, members?.list)?.as_array()?;
                let more = list.iter().any(|one| matches!(one, Value::Map(all) if all.len() > 2));
                (more, Status::NO_CREDENTIALS)
            }
            Refusal::OtherRpsCredentials => {
                let list = member(request, MAKE_CREDENTIAL.list)?.as_array()?;
                let here = |id: &[u8]| self.state.credentials.iter().any(|one| one.id.0 == id);
                let known = |one: &Value| one.get("id").and_then(Value::as_bytes).is_some_and(here);
                let excluded = command == Command::MAKE_CREDENTIAL && list.iter().any(known);
                (excluded, Status::CREDENTIAL_EXCLUDED)
            }
            Refusal::OtherKeyAgreement => {
                let key = member(request, KEY_AGREEMENT)?;
                let other = member(key, 3)?.as_i64() != Some(Algorithm::ECDH_ES_HKDF_256.0);
                (other && command == Command::CLIENT_PIN, Status::UNSUPPORTED_ALGORITHM)
            }
            Refusal::NextWithParameters => {
                let Value::Map(all) = request else { return None };
                let goes_on = GO_ON.contains(&member(request, SUB_COMMAND)?.as_i64()?);
                let more = manages_credentials(command) && goes_on && all.len() > 1;
                (more, Status::INVALID_PARAMETER)
            }
            Refusal::TouchProbes => {
                let empty = member(request, members?.param)?.as_bytes()?.is_empty();
                (empty, Status::MISSING_PARAMETER)
            }
            Refusal::FingersWithoutPin => {
                let by_finger =
                    self.token.as_ref().is_some_and(|token| token.user_is_present(self.now()));
                let manages =
                    matches!(command, Command::BIO_ENROLLMENT | Command::BIO_ENROLLMENT_PREVIEW);
                (by_finger && manages, Status::PUAT_REQUIRED)
            }
        };
        met.then_some(status)
    }

    /// Bends a whole answer, status byte and results, as this key does.
    pub(super) fn reply_by_habit(&self, mut reply: Vec<u8>) -> Vec<u8> {
        let habits = &self.state.habits;
        if let Some(status) = reply.first_mut() {
            let other = habits
                .says_instead
                .iter()
                .find(|other| other.to.0 == self.answering && other.instead_of.0.0 == *status);
            *status = other.map_or(*status, |other| other.says.0.0);
        }
        if !habits.bend_answers() {
            return reply;
        }
        let Some((status, results)) = reply.split_first() else { return reply };
        let Ok(Value::Map(mut members)) = cbor::from_slice(results) else { return reply };
        if habits.omits_totals && manages_credentials(self.answering) {
            members.retain(|(key, _)| key.as_i64().is_none_or(|key| !TOTALS.contains(&key)));
        }
        let asserts =
            matches!(self.answering, Command::GET_ASSERTION | Command::GET_NEXT_ASSERTION);
        if habits.empties_user_ids && asserts {
            let user = members.iter_mut().find(|(key, _)| key.as_i64() == Some(USER));
            if let Some((_, user)) = user {
                *user = Value::text_map([("id", Vec::new().into())]);
            }
        }
        if habits.answers_out_of_order {
            members.reverse();
        }
        let results = Value::Map(members);
        let mut encoded = cbor::to_vec(&results);
        if let Some(length) = habits.cuts_names_at {
            cut_names(&results, length, &mut encoded);
        }
        [&[*status], encoded.as_slice()].concat()
    }

    /// Refuses U2F for want of a PIN of the vendor's own.
    pub(super) fn u2f_pin_by_habit(&self, instruction: Instruction) -> Result<(), StatusWord> {
        let wanted = matches!(instruction, Instruction::REGISTER | Instruction::AUTHENTICATE);
        match self.state.habits.u2f_pin_tries_left {
            Some(left) if wanted => Err(StatusWord(0x63C0 | u16::from(left & 0x0F))),
            _ => Ok(()),
        }
    }

    pub(super) fn makes_credentials_untouched(&self) -> bool {
        self.state.habits.makes_credentials_untouched.is_some()
    }

    /// Forgets what a card forgets that loses power between two connections.
    pub(super) fn lose_channel_by_habit(&mut self) {
        if self.state.habits.forgets_tokens_with_the_channel {
            self.forget_tokens();
        }
    }

    /// Returns how long a touch is waited for.
    pub(super) fn touch_patience(&self) -> Duration {
        let seconds = self.state.habits.touch_seconds.map(u64::from);
        seconds.map_or(USER_PRESENCE_TIMEOUT, Duration::from_secs)
    }
}

fn manages_credentials(command: Command) -> bool {
    matches!(command, Command::CREDENTIAL_MANAGEMENT | Command::CREDENTIAL_MANAGEMENT_PREVIEW)
}

fn member(map: &Value, wanted: i64) -> Option<&Value> {
    let Value::Map(members) = map else { return None };
    members.iter().find_map(|(key, value)| (key.as_i64() == Some(wanted)).then_some(value))
}

fn option(request: &Value, members: &Members, name: &str) -> Option<bool> {
    member(request, members.options)?.get(name)?.as_bool()
}

fn names(map: &Value) -> Vec<&str> {
    let Value::Map(members) = map else { return Vec::new() };
    members.iter().filter_map(|(key, _)| key.as_text()).collect()
}

/// Cuts `name` and `displayName` in an encoded answer after so many bytes, through a character if
/// need be: no text of ours could hold that.
fn cut_names(answer: &Value, length: u8, encoded: &mut Vec<u8>) {
    let Value::Map(members) = answer else { return };
    for (key, value) in members {
        let is_name = matches!(key.as_text(), Some("name" | "displayName"));
        match value.as_text() {
            Some(text) if is_name => cut_text(text, length, encoded),
            _ => cut_names(value, length, encoded),
        }
    }
}

fn cut_text(text: &str, length: u8, encoded: &mut Vec<u8>) {
    let Some(kept) = text.as_bytes().get(..usize::from(length)) else { return };
    if kept.len() == text.len() {
        return;
    }
    // The head of a byte string of the same length differs in the major type only.
    let mut cut = cbor::to_vec(&Value::Bytes(kept.to_vec()));
    if let Some(head) = cut.first_mut() {
        *head = *head & 0x1F | 3 << 5;
    }
    let whole = cbor::to_vec(&Value::from(text));
    let place = encoded.windows(whole.len()).position(|window| window == whole);
    if let Some(start) = place {
        encoded.splice(start..start + whole.len(), cut);
    }
}
