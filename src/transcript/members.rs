//! What members CTAP2 messages have, and which of them are secrets: one table.
//!
//! A member that is not listed counts as a secret: nobody here knows what a later version or a
//! vendor puts there.

use crate::ctap2::{Command, Status};

/// A member of a map.
#[derive(Debug)]
pub struct Member {
    /// Its key.
    pub key: Key,
    /// The standard's name.
    pub name: &'static str,
    /// What it holds.
    pub content: Content,
}

/// The key of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// In messages.
    Number(u64),
    /// In extensions and entities.
    Text(&'static str),
}

/// What a member holds.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// Nothing that anybody has to hide.
    Open,
    /// A secret, or what proves that one is known, or what is new in every run.
    Secret,
    /// A map of further members; of anything else its strings are secrets.
    Members(&'static [Member]),
    /// Authenticator data, whose extension outputs are these.
    AuthenticatorData(&'static [Member]),
}

use Content::{AuthenticatorData, Members, Open, Secret};

const fn member(key: u64, name: &'static str, content: Content) -> Member {
    Member { key: Key::Number(key), name, content }
}

const fn named(name: &'static str, content: Content) -> Member {
    Member { key: Key::Text(name), name, content }
}

/// The encrypted salts open nothing without the key agreement, and are left out with it.
const HMAC_SECRET: &[Member] = &[
    member(1, "keyAgreement", Secret),
    member(2, "saltEnc", Secret),
    member(3, "saltAuth", Secret),
    member(4, "pinUvAuthProtocol", Open),
];

const LARGE_BLOB: &[Member] = &[
    named("support", Open),
    named("read", Open),
    named("write", Secret),
    named("blob", Secret),
    named("written", Open),
    named("supported", Open),
    named("originalSize", Open),
];

const UNSIGNED_OUTPUTS: &[Member] = &[named("largeBlob", Members(LARGE_BLOB))];

const EXTENSION_INPUTS: &[Member] = &[
    named("credBlob", Secret),
    named("largeBlob", Members(LARGE_BLOB)),
    named("credProtect", Open),
    named("hmac-secret", Members(HMAC_SECRET)),
    named("largeBlobKey", Open),
    named("minPinLength", Open),
    named("hmac-secret-mc", Members(HMAC_SECRET)),
    named("thirdPartyPayment", Open),
    named("pinComplexityPolicy", Open),
];

const EXTENSION_OUTPUTS: &[Member] = &[
    named("credBlob", Secret),
    named("credProtect", Open),
    named("hmac-secret", Secret),
    named("minPinLength", Open),
    named("hmac-secret-mc", Secret),
    named("thirdPartyPayment", Open),
    named("pinComplexityPolicy", Open),
    named("uvm", Open),
];

const MAKE_CREDENTIAL: &[Member] = &[
    member(0x01, "clientDataHash", Open),
    member(0x02, "rp", Open),
    member(0x03, "user", Open),
    member(0x04, "pubKeyCredParams", Open),
    member(0x05, "excludeList", Open),
    member(0x06, "extensions", Members(EXTENSION_INPUTS)),
    member(0x07, "options", Open),
    member(0x08, "pinUvAuthParam", Secret),
    member(0x09, "pinUvAuthProtocol", Open),
    member(0x0A, "enterpriseAttestation", Open),
    member(0x0B, "attestationFormatsPreference", Open),
];

const CREDENTIAL_MADE: &[Member] = &[
    member(0x01, "fmt", Open),
    member(0x02, "authData", AuthenticatorData(EXTENSION_OUTPUTS)),
    member(0x03, "attStmt", Open),
    member(0x04, "epAtt", Open),
    member(0x05, "largeBlobKey", Secret),
    member(0x06, "unsignedExtensionOutputs", Members(UNSIGNED_OUTPUTS)),
];

const GET_ASSERTION: &[Member] = &[
    member(0x01, "rpId", Open),
    member(0x02, "clientDataHash", Open),
    member(0x03, "allowList", Open),
    member(0x04, "extensions", Members(EXTENSION_INPUTS)),
    member(0x05, "options", Open),
    member(0x06, "pinUvAuthParam", Secret),
    member(0x07, "pinUvAuthProtocol", Open),
];

const ASSERTION: &[Member] = &[
    member(0x01, "credential", Open),
    member(0x02, "authData", AuthenticatorData(EXTENSION_OUTPUTS)),
    member(0x03, "signature", Open),
    member(0x04, "user", Open),
    member(0x05, "numberOfCredentials", Open),
    member(0x06, "userSelected", Open),
    member(0x07, "largeBlobKey", Secret),
    member(0x08, "unsignedExtensionOutputs", Members(UNSIGNED_OUTPUTS)),
];

const INFO: &[Member] = &[
    member(0x01, "versions", Open),
    member(0x02, "extensions", Open),
    member(0x03, "aaguid", Open),
    member(0x04, "options", Open),
    member(0x05, "maxMsgSize", Open),
    member(0x06, "pinUvAuthProtocols", Open),
    member(0x07, "maxCredentialCountInList", Open),
    member(0x08, "maxCredentialIdLength", Open),
    member(0x09, "transports", Open),
    member(0x0A, "algorithms", Open),
    member(0x0B, "maxSerializedLargeBlobArray", Open),
    member(0x0C, "forcePINChange", Open),
    member(0x0D, "minPINLength", Open),
    member(0x0E, "firmwareVersion", Open),
    member(0x0F, "maxCredBlobLength", Open),
    member(0x10, "maxRPIDsForSetMinPINLength", Open),
    member(0x11, "preferredPlatformUvAttempts", Open),
    member(0x12, "uvModality", Open),
    member(0x13, "certifications", Open),
    member(0x14, "remainingDiscoverableCredentials", Open),
    member(0x15, "vendorPrototypeConfigCommands", Open),
    member(0x16, "attestationFormats", Open),
    member(0x17, "uvCountSinceLastPinEntry", Open),
    member(0x18, "longTouchForReset", Open),
    member(0x19, "encIdentifier", Open),
    member(0x1A, "transportsForReset", Open),
    member(0x1B, "pinComplexityPolicy", Open),
    member(0x1C, "pinComplexityPolicyURL", Open),
    member(0x1D, "maxPINLength", Open),
    member(0x1E, "encCredStoreState", Open),
    member(0x1F, "authenticatorConfigCommands", Open),
];

/// The platform's key is new in every run, the key's own is what it answers.
const CLIENT_PIN: &[Member] = &[
    member(0x01, "pinUvAuthProtocol", Open),
    member(0x02, "subCommand", Open),
    member(0x03, "keyAgreement", Secret),
    member(0x04, "pinUvAuthParam", Secret),
    member(0x05, "newPinEnc", Secret),
    member(0x06, "pinHashEnc", Secret),
    member(0x09, "permissions", Open),
    member(0x0A, "rpId", Open),
];

const CLIENT_PIN_ANSWER: &[Member] = &[
    member(0x01, "keyAgreement", Open),
    member(0x02, "pinUvAuthToken", Secret),
    member(0x03, "pinRetries", Open),
    member(0x04, "powerCycleState", Open),
    member(0x05, "uvRetries", Open),
];

const BIO_PARAMS: &[Member] = &[
    member(0x01, "templateId", Open),
    member(0x02, "templateFriendlyName", Open),
    member(0x03, "timeoutMilliseconds", Open),
];

const BIO_ENROLLMENT: &[Member] = &[
    member(0x01, "modality", Open),
    member(0x02, "subCommand", Open),
    member(0x03, "subCommandParams", Members(BIO_PARAMS)),
    member(0x04, "pinUvAuthProtocol", Open),
    member(0x05, "pinUvAuthParam", Secret),
    member(0x06, "getModality", Open),
];

const BIO_ANSWER: &[Member] = &[
    member(0x01, "modality", Open),
    member(0x02, "fingerprintKind", Open),
    member(0x03, "maxCaptureSamplesRequiredForEnroll", Open),
    member(0x04, "templateId", Open),
    member(0x05, "lastEnrollSampleStatus", Open),
    member(0x06, "remainingSamples", Open),
    member(0x07, "templateInfos", Open),
    member(0x08, "maxTemplateFriendlyName", Open),
];

const CREDENTIAL_PARAMS: &[Member] = &[
    member(0x01, "rpIDHash", Open),
    member(0x02, "credentialID", Open),
    member(0x03, "user", Open),
];

const CREDENTIAL_MANAGEMENT: &[Member] = &[
    member(0x01, "subCommand", Open),
    member(0x02, "subCommandParams", Members(CREDENTIAL_PARAMS)),
    member(0x03, "pinUvAuthProtocol", Open),
    member(0x04, "pinUvAuthParam", Secret),
];

const CREDENTIAL_ANSWER: &[Member] = &[
    member(0x01, "existingResidentCredentialsCount", Open),
    member(0x02, "maxPossibleRemainingResidentCredentialsCount", Open),
    member(0x03, "rp", Open),
    member(0x04, "rpIDHash", Open),
    member(0x05, "totalRPs", Open),
    member(0x06, "user", Open),
    member(0x07, "credentialID", Open),
    member(0x08, "publicKey", Open),
    member(0x09, "totalCredentials", Open),
    member(0x0A, "credProtect", Open),
    member(0x0B, "largeBlobKey", Secret),
    member(0x0C, "thirdPartyPayment", Open),
];

const LARGE_BLOBS: &[Member] = &[
    member(0x01, "get", Open),
    member(0x02, "set", Secret),
    member(0x03, "offset", Open),
    member(0x04, "length", Open),
    member(0x05, "pinUvAuthParam", Secret),
    member(0x06, "pinUvAuthProtocol", Open),
];

const LARGE_BLOBS_ANSWER: &[Member] = &[member(0x01, "config", Secret)];

/// A vendor's own parameters stand beside its command's number, and are not listed. The list of
/// RP IDs is none that a vendor could mean: it is an array.
const CONFIG_PARAMS: &[Member] = &[
    member(0x01, "newMinPINLength", Open),
    member(0x02, "minPinLengthRPIDs", Secret),
    member(0x03, "forceChangePin", Open),
    member(0x04, "pinComplexityPolicy", Open),
];

const CONFIG: &[Member] = &[
    member(0x01, "subCommand", Open),
    member(0x02, "subCommandParams", Members(CONFIG_PARAMS)),
    member(0x03, "pinUvAuthProtocol", Open),
    member(0x04, "pinUvAuthParam", Secret),
];

/// Returns the members of a command's parameters; none for commands not known here.
pub fn of_request(command: Command) -> &'static [Member] {
    match command {
        Command::MAKE_CREDENTIAL => MAKE_CREDENTIAL,
        Command::GET_ASSERTION => GET_ASSERTION,
        Command::CLIENT_PIN => CLIENT_PIN,
        Command::BIO_ENROLLMENT | Command::BIO_ENROLLMENT_PREVIEW => BIO_ENROLLMENT,
        Command::CREDENTIAL_MANAGEMENT | Command::CREDENTIAL_MANAGEMENT_PREVIEW => {
            CREDENTIAL_MANAGEMENT
        }
        Command::LARGE_BLOBS => LARGE_BLOBS,
        Command::CONFIG => CONFIG,
        _ => &[],
    }
}

/// Returns the members of the results of a command.
pub fn of_answer(command: Command, status: Status) -> &'static [Member] {
    match command {
        _ if status != Status::SUCCESS => &[],
        Command::MAKE_CREDENTIAL => CREDENTIAL_MADE,
        Command::GET_ASSERTION | Command::GET_NEXT_ASSERTION => ASSERTION,
        Command::GET_INFO => INFO,
        Command::CLIENT_PIN => CLIENT_PIN_ANSWER,
        Command::BIO_ENROLLMENT | Command::BIO_ENROLLMENT_PREVIEW => BIO_ANSWER,
        Command::CREDENTIAL_MANAGEMENT | Command::CREDENTIAL_MANAGEMENT_PREVIEW => {
            CREDENTIAL_ANSWER
        }
        Command::LARGE_BLOBS => LARGE_BLOBS_ANSWER,
        _ => &[],
    }
}
