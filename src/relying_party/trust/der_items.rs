//! DER taken apart item by item.

use x509_cert::der::asn1::AnyRef;
use x509_cert::der::{self, Decode, Reader, SliceReader, Tag, TagNumber, Tagged};

/// Returns the one item that `der` is.
pub(in crate::relying_party) fn only_item(der: &[u8]) -> der::Result<AnyRef<'_>> {
    AnyRef::from_der(der)
}

/// Returns the content of the one OCTET STRING that `der` is.
pub(in crate::relying_party) fn octets(der: &[u8]) -> der::Result<&[u8]> {
    let item = only_item(der)?;
    item.tag().assert_eq(Tag::OctetString)?;
    Ok(item.value())
}

/// Returns the items that stand one behind the other.
pub(in crate::relying_party) fn items(content: &[u8]) -> der::Result<Vec<AnyRef<'_>>> {
    let mut reader = SliceReader::new(content)?;
    let mut items = Vec::new();
    while !reader.is_finished() {
        items.push(AnyRef::decode(&mut reader)?);
    }
    Ok(items)
}

/// Returns the members of a SEQUENCE.
pub(in crate::relying_party) fn members(sequence: AnyRef<'_>) -> der::Result<Vec<AnyRef<'_>>> {
    sequence.tag().assert_eq(Tag::Sequence)?;
    items(sequence.value())
}

/// Returns a reader of the content of an item of this tag.
pub(super) fn content_reader(item: AnyRef<'_>, tag: Tag) -> der::Result<SliceReader<'_>> {
    item.tag().assert_eq(tag)?;
    SliceReader::new(item.value())
}

/// Returns the tag `[number]`, constructed.
pub(in crate::relying_party) fn context_specific(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: TagNumber(number) }
}
