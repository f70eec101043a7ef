//! How the person is verified for an operation, and whether at all.

use std::sync::Arc;

use super::interaction::Notice;
use super::key_agreement::Agreement;
use super::{Error, Protocol, Requirement, Session, Unsupported, Verification, token};
use crate::cbor::ByteVec;
use crate::ctap2::{GetInfoResponse, Permissions, Status};
use crate::pin_uv::PinUvAuthToken;

/// What an operation needs.
pub(super) struct Need<'a> {
    /// What the caller wishes.
    pub(super) requirement: Requirement,
    /// True if the key refuses the operation without verification, whatever the caller wishes.
    pub(super) demanded: bool,
    /// The least that a token must permit.
    pub(super) permissions: Permissions,
    /// The relying party that a token is bound to, if one is concerned.
    pub(super) rp_id: Option<&'a str>,
    /// True if the operation takes a touch.
    pub(super) user_presence: bool,
}

impl Need<'_> {
    /// What concerns no relying party and always wants verification.
    fn without_rp(permissions: Permissions) -> Self {
        Need {
            requirement: Requirement::Required,
            demanded: true,
            permissions,
            rp_id: None,
            user_presence: false,
        }
    }
}

/// What authorises an operation.
pub(super) struct Authorization {
    token: Option<PinUvAuthToken>,
    /// The secret shared on the way, if there was any.
    pub(super) agreement: Option<Arc<Agreement>>,
    /// How the person was or will be verified.
    pub(super) verification: Verification,
}

impl Authorization {
    pub(super) fn without_token(verification: Verification) -> Self {
        Authorization { token: None, agreement: None, verification }
    }

    pub(super) fn with_token(
        (token, agreement): (PinUvAuthToken, Arc<Agreement>),
        verification: Verification,
    ) -> Self {
        Authorization { token: Some(token), agreement: Some(agreement), verification }
    }

    /// Returns the token, where there is one.
    pub(super) fn token(&self) -> Option<&PinUvAuthToken> {
        self.token.as_ref()
    }

    /// Takes the token out.
    pub(super) fn into_token(self) -> Result<PinUvAuthToken, Error> {
        // Verification within the operation, the only way without a token, is for credentials only.
        self.token.ok_or(Error::VerificationNotSetUp)
    }

    /// Returns pinUvAuthParam over `message`, where there is a token.
    pub(super) fn pin_uv_auth_param(&self, message: &[u8]) -> Option<ByteVec> {
        self.token.as_ref().map(|token| token.authenticate(message).into())
    }

    /// Returns pinUvAuthProtocol, where there is a token.
    pub(super) fn pin_uv_auth_protocol(&self) -> Option<u64> {
        self.token.as_ref().map(|token| token.protocol().id())
    }

    /// Returns option `uv`: true where the key verifies within the operation, else absent. Never
    /// together with a token, which some keys refuse.
    pub(super) fn uv_option(&self) -> Option<bool> {
        self.verifies_within().then_some(true)
    }

    fn verifies_within(&self) -> bool {
        self.token.is_none() && self.verification == Verification::BuiltIn
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    /// A token by built-in verification.
    BuiltInToken,
    /// Option `uv`, for keys older than tokens with permissions.
    BuiltInOption,
    /// A token with the PIN.
    Pin,
}

/// Returns what is set up on the key, best first.
fn methods(info: &GetInfoResponse, permissions: Permissions) -> Vec<Method> {
    let credentials = Permissions::MAKE_CREDENTIAL | Permissions::GET_ASSERTION;
    let mut methods = Vec::new();
    if info.option_is_true("uv") {
        if info.option_is_true("pinUvAuthToken") && built_in_gives(info, permissions) {
            methods.push(Method::BuiltInToken);
        } else if credentials.contains(permissions) {
            methods.push(Method::BuiltInOption);
        } else if token::is_legacy(info) {
            methods.push(Method::BuiltInToken);
        }
    }
    let withheld = info.option_is_true("noMcGaPermissionsWithClientPin")
        && permissions.intersects(credentials);
    if info.pin_is_set() && !withheld {
        methods.push(Method::Pin);
    }
    methods
}

/// Tells whether built-in verification gives these permissions (CTAP 2.2 §6.5.5.7.3).
fn built_in_gives(info: &GetInfoResponse, permissions: Permissions) -> bool {
    [
        (Permissions::BIO_ENROLLMENT, "uvBioEnroll"),
        (Permissions::AUTHENTICATOR_CONFIGURATION, "uvAcfg"),
    ]
    .iter()
    .all(|(permission, option)| !permissions.intersects(*permission) || info.option_is_true(option))
}

/// Says why there is no method.
fn nothing_set_up(info: &GetInfoResponse) -> Error {
    if info.pin_is_set() {
        Error::Unsupported(Unsupported::PinForCredentials)
    } else if info.option("clientPin").is_some() || info.option("uv").is_some() {
        Error::VerificationNotSetUp
    } else {
        Error::Unsupported(Unsupported::ClientPin)
    }
}

/// Runs an operation with the verification that is needed.
///
/// It runs a second time if the key asks for verification only then, if verification within
/// the operation fails and the PIN can take its place, or if the key no longer takes the token
/// that the PIN gave.
pub(super) fn perform<T>(
    session: &mut Session<'_>,
    need: &Need<'_>,
    operation: &mut dyn FnMut(&mut Session<'_>, &Authorization) -> Result<T, Error>,
) -> Result<T, Error> {
    let outcome = verify_and_run(session, need, operation);
    if let Err(Error::Refused { status: Status::PIN_AUTH_INVALID, .. }) = outcome {
        // The key may have renewed its half of the secret.
        session.forget_agreement();
    }
    outcome
}

fn verify_and_run<T>(
    session: &mut Session<'_>,
    need: &Need<'_>,
    operation: &mut dyn FnMut(&mut Session<'_>, &Authorization) -> Result<T, Error>,
) -> Result<T, Error> {
    let methods = methods(session.info(), need.permissions);
    let demanded = need.demanded || need.requirement == Requirement::Required;
    let preferred = need.requirement == Requirement::Preferred;
    let wanted = demanded || (preferred && !methods.is_empty());
    if !wanted {
        if preferred {
            session.interaction().notice(&Notice::WithoutUserVerification);
        }
        let none = Authorization::without_token(Verification::None);
        match operation(session, &none) {
            Err(Error::Refused { status: Status::PUAT_REQUIRED, .. }) => {}
            outcome => return outcome,
        }
    }
    if let Some(authorization) = session.take_authorization(need) {
        match operation(session, &authorization) {
            // Its time is over, or another program has got itself a token.
            Err(Error::Refused {
                status: Status::PIN_AUTH_INVALID | Status::PIN_TOKEN_EXPIRED | Status::PUAT_REQUIRED,
                ..
            }) => {}
            outcome => {
                session.keep_authorization(authorization, need);
                return outcome;
            }
        }
    }
    let authorization = authorize(session, &methods, need)?;
    let outcome = operation(session, &authorization);
    let pin_can_help = authorization.verifies_within() && methods.contains(&Method::Pin);
    match outcome {
        // The token may have grown too old; a request that was refused for that made nothing.
        Err(Error::Refused { status: Status::PIN_AUTH_INVALID, .. })
            if authorization.verification == Verification::Pin =>
        {
            session.forget_agreement();
            match token::using_proven_pin(session, need.permissions, need.rp_id)? {
                Some(token) => {
                    operation(session, &Authorization::with_token(token, Verification::Pin))
                }
                None => outcome,
            }
        }
        Err(
            error @ (Error::UvInvalid { .. }
            | Error::UvBlocked
            // What keys say when no tries of built-in verification are left.
            | Error::PinBlocked
            | Error::Refused { status: Status::PUAT_REQUIRED, .. }),
        ) if pin_can_help => {
            let authorization = fall_back_to_pin(session, need, &error)?;
            operation(session, &authorization)
        }
        outcome => {
            session.keep_authorization(authorization, need);
            outcome
        }
    }
}

/// Gets a token that is bound to no relying party, for managing the key itself.
pub(super) fn token_without_rp(
    session: &mut Session<'_>,
    permissions: Permissions,
) -> Result<PinUvAuthToken, Error> {
    authorize_without_rp(session, permissions)?.into_token()
}

/// The same with the PIN, where the key did not take a token got by built-in verification.
pub(super) fn token_by_pin_after_all(
    session: &mut Session<'_>,
    permissions: Permissions,
    why: &Error,
) -> Result<PinUvAuthToken, Error> {
    let need = Need::without_rp(permissions);
    fall_back_to_pin(session, &need, why)?.into_token()
}

/// Authorises what concerns no relying party and always wants a token, such as a setting.
pub(super) fn authorize_without_rp(
    session: &mut Session<'_>,
    permissions: Permissions,
) -> Result<Authorization, Error> {
    let need = Need::without_rp(permissions);
    let methods = methods(session.info(), permissions);
    authorize(session, &methods, &need)
}

fn authorize(
    session: &mut Session<'_>,
    methods: &[Method],
    need: &Need<'_>,
) -> Result<Authorization, Error> {
    match methods.first() {
        None if session.protocol() == Protocol::U2f => {
            Err(Error::Unsupported(Unsupported::OverU2f("user verification")))
        }
        None => Err(nothing_set_up(session.info())),
        Some(Method::BuiltInOption) => Ok(Authorization::without_token(Verification::BuiltIn)),
        Some(Method::Pin) => using_pin(session, need),
        Some(Method::BuiltInToken) => {
            match token::using_built_in(session, need.permissions, need.rp_id) {
                Ok(token) => Ok(Authorization::with_token(token, Verification::BuiltIn)),
                Err(
                    error @ (Error::UvInvalid { .. }
                    | Error::UvBlocked
                    | Error::Refused { status: Status::UNAUTHORIZED_PERMISSION, .. }),
                ) if methods.contains(&Method::Pin) => fall_back_to_pin(session, need, &error),
                Err(error) => Err(error),
            }
        }
    }
}

fn fall_back_to_pin(
    session: &mut Session<'_>,
    need: &Need<'_>,
    why: &Error,
) -> Result<Authorization, Error> {
    let blocked = matches!(why, Error::UvBlocked | Error::PinBlocked);
    session.interaction().notice(&Notice::FallingBackToPin { blocked });
    using_pin(session, need)
}

fn using_pin(session: &mut Session<'_>, need: &Need<'_>) -> Result<Authorization, Error> {
    let token = token::using_pin(session, need.permissions, need.rp_id, need.rp_id)?;
    Ok(Authorization::with_token(token, Verification::Pin))
}
