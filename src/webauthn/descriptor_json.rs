//! PublicKeyCredentialDescriptorJSON (WebAuthn L3 §5.8.3).

use super::member::Member;
use super::{CredentialDescriptor, OptionsError, PUBLIC_KEY};

/// Reads the entries of a list whose type is known; the others disappear.
///
/// An ID that can be meant in two ways stands for both.
pub(super) fn descriptors(list: &Member<'_>) -> Result<Vec<CredentialDescriptor>, OptionsError> {
    let mut known = Vec::new();
    for entry in list.list()? {
        let is_known = entry.required("type")?.text()? == PUBLIC_KEY;
        let readings = entry.required("id")?.readings()?;
        if let Some(transports) = entry.optional("transports")? {
            transports.texts()?;
        }
        if is_known {
            known.extend(readings.into_iter().map(CredentialDescriptor::new));
        }
    }
    Ok(known)
}
