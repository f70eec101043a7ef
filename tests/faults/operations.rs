//! What is done while something goes wrong, and what shows that it was done right.

use fidoctl::authenticator::{FaultScript, SeededRandom, State};
use fidoctl::cbor::LossyText;
use fidoctl::client::authenticate::{AllowedCredential, Assertion, Authentication, authenticate};
use fidoctl::client::credentials::{CredentialStore, Listing};
use fidoctl::client::register::{Registered, Registration, register};
use fidoctl::client::{Error, Requirement, Session, pin};
use fidoctl::relying_party::signature;
use fidoctl::webauthn::{CredentialDescriptor, RpEntity, UserEntity};

use crate::rig::{Run, START, run};
use crate::scripted_key::{HASH, PIN, RP_ID, ScriptedPerson, authentication, registration};

const NEW_PIN: &str = "87654321";
const WRONG_PIN: &str = "0000";

/// How good a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worth {
    /// It is what it is without a fault.
    Right,
    /// It says of itself that something is missing.
    Incomplete,
    /// It differs in what nothing vouches for: CTAPHID has no checksums.
    Altered,
    /// It is not so.
    Wrong,
}

/// What a run came to.
pub(crate) struct Ended {
    pub(crate) result: Option<Result<Worth, Error>>,
    pub(crate) run: Run<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Enroll,
    EnrollWithPin,
    Assert,
    AssertWithPin,
    SetPin,
    ChangePin,
    VerifyWrongPin,
    ChangeWrongPin,
    List,
}

impl Operation {
    pub(crate) const ALL: [Self; 9] = [
        Self::Enroll,
        Self::EnrollWithPin,
        Self::Assert,
        Self::AssertWithPin,
        Self::SetPin,
        Self::ChangePin,
        Self::VerifyWrongPin,
        Self::ChangeWrongPin,
        Self::List,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Enroll => "enroll, with a touch",
            Self::EnrollWithPin => "enroll a discoverable credential, with the PIN",
            Self::Assert => "assert, with a touch",
            Self::AssertWithPin => "assert for two accounts, with the PIN",
            Self::SetPin => "set the PIN",
            Self::ChangePin => "change the PIN",
            Self::VerifyWrongPin => "verify a wrong PIN",
            Self::ChangeWrongPin => "change the PIN, given a wrong one",
            Self::List => "list three credentials of two services",
        }
    }

    /// Tells whether the person types a wrong PIN; then nothing may succeed.
    pub(crate) fn has_wrong_pin(self) -> bool {
        matches!(self, Self::VerifyWrongPin | Self::ChangeWrongPin)
    }

    fn person(self) -> ScriptedPerson {
        match self {
            Self::SetPin => ScriptedPerson::typing(&[]).and_new_pin(PIN),
            Self::ChangePin => ScriptedPerson::typing(&[PIN]).and_new_pin(NEW_PIN),
            Self::VerifyWrongPin => ScriptedPerson::typing(&[WRONG_PIN]),
            Self::ChangeWrongPin => ScriptedPerson::typing(&[WRONG_PIN]).and_new_pin(NEW_PIN),
            _ => ScriptedPerson::typing(&[PIN]),
        }
    }
}

/// Keys in the states that the operations begin with, and what they come to without faults.
pub(crate) struct Keys {
    fresh: State,
    with_pin: State,
    full: State,
    known: Vec<AllowedCredential>,
    signed_in: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    listed: String,
}

impl Keys {
    pub(crate) fn new() -> Self {
        let random = &mut SeededRandom::new(1);
        let fresh = State::create(&Default::default(), random, START).unwrap();
        let set = clean(&fresh, ScriptedPerson::typing(&[]).and_new_pin(PIN), pin::set);
        let with_pin = set.1;
        let mut full = with_pin.clone();
        let mut known = Vec::new();
        for (rp_id, user) in [(RP_ID, "alice"), (RP_ID, "bob"), ("example.org", "carol")] {
            let mut wanted = discoverable();
            wanted.rp = RpEntity { id: rp_id.to_owned(), name: None };
            let id = user.as_bytes().to_vec().into();
            wanted.user =
                UserEntity { id, name: Some(LossyText(user.to_owned())), display_name: None };
            let (registered, state) =
                clean(&full, ScriptedPerson::typing(&[PIN]), |session| register(session, &wanted));
            known.push(allowed(&registered));
            full = state;
        }
        let mut keys =
            Keys { fresh, with_pin, full, known, signed_in: Vec::new(), listed: String::new() };
        let person = || ScriptedPerson::typing(&[PIN]);
        let all = keys.authentication(Operation::AssertWithPin);
        keys.signed_in =
            accounts(&clean(&keys.full, person(), |session| authenticate(session, &all)).0);
        keys.listed = describe(&clean(&keys.full, person(), list).0);
        assert_eq!(keys.signed_in.len(), 2);
        keys
    }

    fn state(&self, operation: Operation) -> &State {
        match operation {
            Operation::Enroll | Operation::SetPin => &self.fresh,
            Operation::EnrollWithPin
            | Operation::ChangePin
            | Operation::VerifyWrongPin
            | Operation::ChangeWrongPin => &self.with_pin,
            Operation::Assert | Operation::AssertWithPin | Operation::List => &self.full,
        }
    }

    fn authentication(&self, operation: Operation) -> Authentication {
        if operation == Operation::Assert {
            let allow = self.known.iter().take(1).cloned().collect();
            let user_verification = Requirement::Discouraged;
            Authentication { allow, user_verification, ..authentication(&[]) }
        } else {
            let user_verification = Requirement::Required;
            Authentication { user_verification, all_accounts: true, ..authentication(&[]) }
        }
    }

    /// Tries an operation with faults on the way, and looks at what it came to.
    pub(crate) fn attempt(&self, operation: Operation, faults: &FaultScript) -> Ended {
        let state = self.state(operation);
        let person = operation.person();
        match operation {
            Operation::Enroll | Operation::EnrollWithPin => {
                let with_pin = operation == Operation::EnrollWithPin;
                let wanted = if with_pin { discoverable() } else { registration() };
                let ran = run(state, faults, person, |session| register(session, &wanted));
                ended(ran, |registered, state| enrolled(registered, state, with_pin))
            }
            Operation::Assert | Operation::AssertWithPin => {
                let wanted = self.authentication(operation);
                let ran = run(state, faults, person, |session| authenticate(session, &wanted));
                ended(ran, |assertions, _| self.asserted(operation, assertions))
            }
            Operation::SetPin => {
                ended(run(state, faults, person, pin::set), |_, state| opens_with(state, PIN))
            }
            Operation::ChangePin => ended(run(state, faults, person, pin::change), |_, state| {
                opens_with(state, NEW_PIN)
            }),
            Operation::VerifyWrongPin => {
                ended(run(state, faults, person, pin::verify), |_, _| Worth::Wrong)
            }
            Operation::ChangeWrongPin => {
                // The whole answer is a status byte, and nothing vouches for that.
                ended(run(state, faults, person, pin::change), |(), _| Worth::Altered)
            }
            Operation::List => ended(run(state, faults, person, list), |listing, _| {
                if describe(listing) == self.listed {
                    Worth::Right
                } else if listing.discrepancies.is_empty() && listing.metadata.is_some() {
                    Worth::Altered
                } else {
                    Worth::Incomplete
                }
            }),
        }
    }

    fn asserted(&self, operation: Operation, assertions: &[Assertion]) -> Worth {
        if operation == Operation::Assert {
            let [assertion] = assertions else { return Worth::Wrong };
            let right = assertion.signature_verified
                && assertion.credential_id == self.known[0].descriptor.id.as_slice();
            return if right { Worth::Right } else { Worth::Wrong };
        }
        let genuine = assertions.iter().all(|assertion| self.is_genuine(assertion));
        if accounts(assertions) == self.signed_in && genuine {
            Worth::Right
        } else if assertions.len() == self.signed_in.len()
            && !assertions.iter().any(|assertion| assertion.signature_verified)
        {
            // Nobody gave the client the public keys.
            Worth::Altered
        } else {
            Worth::Wrong
        }
    }

    fn is_genuine(&self, assertion: &Assertion) -> bool {
        let known = self
            .known
            .iter()
            .find(|known| known.descriptor.id.as_slice() == assertion.credential_id);
        let key = known.and_then(|known| known.public_key.as_ref());
        let signed = [assertion.encoded_authenticator_data.as_slice(), &HASH];
        key.is_some_and(|key| {
            signature::verify(key, &signed.concat(), &assertion.signature).is_ok()
        })
    }

    /// Tells how many PIN tries the key had.
    pub(crate) fn tries_before(&self, operation: Operation) -> u8 {
        self.state(operation).summary().pin_retries
    }
}

fn discoverable() -> Registration {
    Registration {
        resident_key: Requirement::Required,
        user_verification: Requirement::Required,
        ..registration()
    }
}

fn list(session: &mut Session<'_>) -> Result<Listing, Error> {
    CredentialStore::open(session)?.list()
}

fn describe(listing: &Listing) -> String {
    format!("{listing:?}")
}

fn accounts(assertions: &[Assertion]) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let account = |assertion: &Assertion| {
        let user = assertion.user.as_ref().map(|user| Vec::from(user.id.as_slice()));
        (assertion.credential_id.clone(), user)
    };
    assertions.iter().map(account).collect()
}

fn allowed(registered: &Registered) -> AllowedCredential {
    let credential = registered.authenticator_data.attested_credential.as_ref().unwrap();
    AllowedCredential {
        descriptor: CredentialDescriptor::new(credential.credential_id.clone()),
        public_key: Some(credential.public_key.clone()),
    }
}

/// Signs in with what was enrolled, on a good cable.
fn enrolled(registered: &Registered, state: &State, with_pin: bool) -> Worth {
    let allow = vec![allowed(registered)];
    let user_verification = if with_pin { Requirement::Required } else { Requirement::Discouraged };
    let wanted = Authentication { allow, user_verification, ..authentication(&[]) };
    let person = ScriptedPerson::typing(&[PIN]);
    let signed_in =
        run(state, &FaultScript::default(), person, |session| authenticate(session, &wanted));
    let verified = matches!(
        signed_in.outcome,
        Some(Ok(assertions)) if assertions.iter().all(|assertion| assertion.signature_verified)
    );
    let as_wanted = registered.discoverable == with_pin
        && state.summary().credentials.len() == usize::from(with_pin);
    if verified && as_wanted { Worth::Right } else { Worth::Wrong }
}

fn opens_with(state: &State, pin: &'static str) -> Worth {
    let person = ScriptedPerson::typing(&[pin]);
    let verified = run(state, &FaultScript::default(), person, pin::verify);
    if matches!(verified.outcome, Some(Ok(()))) { Worth::Right } else { Worth::Wrong }
}

/// Does something on a good cable, and returns the key afterwards.
fn clean<T>(
    state: &State,
    person: ScriptedPerson,
    operation: impl FnOnce(&mut Session<'_>) -> Result<T, Error>,
) -> (T, State) {
    let ran = run(state, &FaultScript::default(), person, operation);
    (ran.outcome.unwrap().unwrap(), ran.state)
}

fn ended<T>(ran: Run<T>, worth: impl FnOnce(&T, &State) -> Worth) -> Ended {
    let Run { outcome, heard, state, traffic, in_time } = ran;
    let result = outcome.map(|outcome| outcome.map(|value| worth(&value, &state)));
    let run = Run { outcome: None, heard, state, traffic, in_time };
    Ended { result, run }
}
