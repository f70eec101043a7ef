//! Blobs at authentication: credBlob is read, a large blob is read, written or deleted
//! (CTAP 2.2 §12.2, §12.3, §6.10, CTAP 2.3 §12.4).

use super::authenticate::{Assertion, Authentication};
use super::large_blob_array::{self, update};
use super::register_blobs::{LargeBlobWay, large_blob_key, large_blob_output, wrong};
use super::verification::{Authorization, Need, perform};
use super::{Error, Requirement, Session, Unsupported};
use crate::ctap2::extensions::{
    CRED_BLOB, GetAssertionExtensions, LARGE_BLOB, LargeBlobAccess, LargeBlobOutput,
};
use crate::ctap2::{GetAssertionResponse, GetInfoResponse, Permissions, Status};
use crate::large_blob::{BlobError, Entry, LargeBlobArray, LargeBlobKey, deflate, inflate};
use crate::pin_uv::random_bytes;
use crate::webauthn::AuthenticatorData;

/// What is wanted of blobs.
#[derive(Clone, Debug, Default)]
pub struct AuthenticationBlobs {
    /// Return credBlob.
    pub cred_blob: bool,
    /// What to do with the large blob.
    pub large_blob: Option<LargeBlobAction>,
}

/// What to do with a credential's large blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LargeBlobAction {
    /// Return it.
    Read,
    /// Store one.
    Write {
        /// What to store.
        blob: Vec<u8>,
        /// Whether to put it in the place of one that is there; else that one stays.
        replace: bool,
    },
    /// Take it away.
    Delete,
}

/// What came of the wishes.
#[derive(Clone, Debug, Default)]
pub struct AssertionBlobs {
    /// credBlob; empty if none is stored, `None` if it was not asked for or not answered.
    pub cred_blob: Option<Vec<u8>>,
    /// What became of the large blob; `None` if nothing was asked.
    pub large_blob: Option<LargeBlobOutcome>,
    key: Option<LargeBlobKey>,
    unsigned: Option<LargeBlobOutput>,
}

/// What became of a large blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LargeBlobOutcome {
    /// The credential was made without room for a large blob.
    NoRoom,
    /// There is none.
    Absent,
    /// It was read.
    Blob(Vec<u8>),
    /// It is there, but damaged.
    Damaged,
    /// It was written.
    Written,
    /// It was not written, as there is one already.
    Exists,
    /// The key did not store it, and does not say why.
    NotWritten,
    /// It was deleted.
    Deleted,
}

impl AssertionBlobs {
    /// Tells whether an entry of the large-blob array is this credential's.
    pub fn owns(&self, entry: &Entry) -> bool {
        self.key.as_ref().is_some_and(|key| entry.is_sealed_with(key))
    }
}

impl AuthenticationBlobs {
    /// Finds out how to do it before anything is sent; `listed` is how many credentials may be
    /// used, 0 for any discoverable one.
    pub(super) fn plan(
        &self,
        info: &GetInfoResponse,
        listed: usize,
        all_accounts: bool,
    ) -> Result<Option<LargeBlobWay>, Error> {
        if self.cred_blob && !info.has_extension(CRED_BLOB) {
            return Err(Error::Unsupported(Unsupported::Extension(CRED_BLOB)));
        }
        let Some(action) = &self.large_blob else {
            return Ok(None);
        };
        let way = LargeBlobWay::demand(info)?;
        let one_will_be_chosen = listed == 0 && !all_accounts && way == LargeBlobWay::Array;
        if *action != LargeBlobAction::Read && listed != 1 && !one_will_be_chosen {
            return Err(Error::LargeBlobWantsOneCredential);
        }
        match (way, action) {
            (LargeBlobWay::Credential, LargeBlobAction::Delete) => {
                Err(Error::Unsupported(Unsupported::LargeBlobDeletion))
            }
            (LargeBlobWay::Credential, LargeBlobAction::Write { replace: false, .. }) => {
                Err(Error::Unsupported(Unsupported::LargeBlobKeeping))
            }
            _ => Ok(Some(way)),
        }
    }

    fn writes(&self) -> bool {
        self.large_blob.as_ref().is_some_and(|action| *action != LargeBlobAction::Read)
    }

    /// Returns what a token must permit beside the assertion.
    pub(super) fn permissions(&self, way: Option<LargeBlobWay>) -> Permissions {
        match way {
            Some(LargeBlobWay::Array) if self.writes() => Permissions::LARGE_BLOB_WRITE,
            _ => Permissions::empty(),
        }
    }

    /// Tells whether the key wants the person verified for it.
    pub(super) fn demands_verification(
        &self,
        info: &GetInfoResponse,
        way: Option<LargeBlobWay>,
    ) -> bool {
        let guarded = info.is_protected() || info.option_is_true("alwaysUv");
        self.writes() && (guarded || way == Some(LargeBlobWay::Credential))
    }

    /// Adds the extension inputs.
    pub(super) fn add_inputs(
        &self,
        way: Option<LargeBlobWay>,
        inputs: &mut GetAssertionExtensions,
    ) -> Result<(), Error> {
        inputs.cred_blob = self.cred_blob.then_some(true);
        match (way, &self.large_blob) {
            (Some(LargeBlobWay::Array), _) => inputs.large_blob_key = Some(true),
            (Some(LargeBlobWay::Credential), Some(LargeBlobAction::Write { blob, .. })) => {
                let length =
                    u64::try_from(blob.len()).map_err(|_| BlobError::TooLong(blob.len()))?;
                inputs.large_blob = Some(LargeBlobAccess {
                    read: None,
                    write: Some(deflate(blob).into()),
                    original_size: Some(length),
                });
            }
            (Some(LargeBlobWay::Credential), _) => {
                inputs.large_blob =
                    Some(LargeBlobAccess { read: Some(true), ..Default::default() });
            }
            (None, _) => {}
        }
        Ok(())
    }

    /// Reads the outputs of one answer.
    pub(super) fn outputs(
        &self,
        way: Option<LargeBlobWay>,
        data: &AuthenticatorData,
        answer: &GetAssertionResponse,
    ) -> Result<AssertionBlobs, Error> {
        let mut blobs = AssertionBlobs::default();
        if let Some(output) = data.extension(CRED_BLOB).filter(|_| self.cred_blob) {
            let blob = output.as_bytes().ok_or_else(|| wrong(CRED_BLOB))?;
            blobs.cred_blob = Some(blob.to_vec());
        }
        match way {
            Some(LargeBlobWay::Array) => {
                blobs.key = large_blob_key(answer.large_blob_key.as_deref())?;
            }
            Some(LargeBlobWay::Credential) => {
                blobs.unsigned = large_blob_output(answer.unsigned_extension_outputs.as_ref())?;
            }
            None => {}
        }
        Ok(blobs)
    }

    /// Does with the large blobs of the credentials that answered what is wanted.
    pub(super) fn finish(
        &self,
        session: &mut Session<'_>,
        authorization: &Authorization,
        wanted: &Authentication,
        way: Option<LargeBlobWay>,
        assertions: &mut [Assertion],
    ) -> Result<(), Error> {
        let (Some(way), Some(action)) = (way, &self.large_blob) else {
            return Ok(());
        };
        let mut array = None;
        for assertion in assertions {
            let blobs = &mut assertion.blobs;
            let outcome = match (way, action, &blobs.key) {
                (LargeBlobWay::Credential, action, _) => of_output(blobs.unsigned.take(), action)?,
                (LargeBlobWay::Array, _, None) => LargeBlobOutcome::NoRoom,
                (LargeBlobWay::Array, LargeBlobAction::Read, Some(key)) => {
                    let read = match &array {
                        Some(read) => read,
                        None => array.insert(large_blob_array::read(session)?.array),
                    };
                    of_entry(read, key)
                }
                (LargeBlobWay::Array, LargeBlobAction::Write { blob, replace }, Some(key)) => {
                    let nonce =
                        random_bytes(session.random()).map_err(crate::pin_uv::Error::from)?;
                    let mut put = |array: &mut LargeBlobArray| {
                        let stays = !replace && array.blob(key).is_some();
                        if !stays {
                            array.put(key, nonce, blob)?;
                        }
                        Ok(!stays)
                    };
                    match change(session, authorization, &wanted.rp_id, &mut put) {
                        Ok(true) => LargeBlobOutcome::Written,
                        Ok(false) => LargeBlobOutcome::Exists,
                        Err(full @ Error::LargeBlobStorageFull { .. }) => {
                            wanted.shortfall.or(LargeBlobOutcome::NotWritten, full)?
                        }
                        Err(error) => return Err(error),
                    }
                }
                (LargeBlobWay::Array, LargeBlobAction::Delete, Some(key)) => {
                    let mut remove = |array: &mut LargeBlobArray| Ok(array.remove(key) > 0);
                    match change(session, authorization, &wanted.rp_id, &mut remove)? {
                        true => LargeBlobOutcome::Deleted,
                        false => LargeBlobOutcome::Absent,
                    }
                }
            };
            blobs.large_blob = Some(outcome);
        }
        Ok(())
    }
}

/// Changes the array with the token of the assertion; with another one if the key no longer takes
/// that.
fn change(
    session: &mut Session<'_>,
    authorization: &Authorization,
    rp_id: &str,
    change: &mut dyn FnMut(&mut LargeBlobArray) -> Result<bool, Error>,
) -> Result<bool, Error> {
    match update(session, authorization.token(), change) {
        Err(Error::Refused { status: Status::PIN_AUTH_INVALID, .. }) => {
            let need = Need {
                requirement: Requirement::Required,
                demanded: true,
                permissions: Permissions::LARGE_BLOB_WRITE,
                rp_id: Some(rp_id),
                user_presence: false,
            };
            perform(session, &need, &mut |session, authorization| {
                update(session, authorization.token(), change)
            })
        }
        outcome => outcome,
    }
}

fn of_entry(array: &LargeBlobArray, key: &LargeBlobKey) -> LargeBlobOutcome {
    match array.blob(key) {
        None => LargeBlobOutcome::Absent,
        Some(Ok(blob)) => LargeBlobOutcome::Blob(blob),
        Some(Err(_)) => LargeBlobOutcome::Damaged,
    }
}

fn of_output(
    output: Option<LargeBlobOutput>,
    action: &LargeBlobAction,
) -> Result<LargeBlobOutcome, Error> {
    let output = output.unwrap_or_default();
    if *action != LargeBlobAction::Read {
        return Ok(match output.written {
            Some(true) => LargeBlobOutcome::Written,
            _ => LargeBlobOutcome::NotWritten,
        });
    }
    match (output.blob, output.original_size) {
        (None, _) => Ok(LargeBlobOutcome::Absent),
        (Some(_), None) => Err(wrong(LARGE_BLOB).into()),
        (Some(compressed), Some(original_size)) => {
            let blob = inflate(&compressed, original_size);
            Ok(blob.map_or(LargeBlobOutcome::Damaged, LargeBlobOutcome::Blob))
        }
    }
}
