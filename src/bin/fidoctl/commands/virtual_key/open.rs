//! Opening the virtual key's state.

use std::path::Path;

use fidoctl::authenticator::{StoreError, Touch};
use fidoctl::transport::ReportPipe;
use fidoctl::transport::selector::VirtualTouch;
use fidoctl::transport::virtual_key::VirtualKeyPipe;

use crate::failure::{Failure, Kind};

/// Opens the embedded virtual key, made on first use.
pub fn open_virtual(
    path: &Path,
    touch: Option<VirtualTouch>,
) -> Result<Box<dyn ReportPipe>, Failure> {
    let touch = touch.map_or(Touch::Auto, touch_of);
    Ok(Box::new(VirtualKeyPipe::open(path, touch)?))
}

/// Translates the words of `--device` and `--touch`.
pub fn touch_of(touch: VirtualTouch) -> Touch {
    match touch {
        VirtualTouch::Auto => Touch::Auto,
        VirtualTouch::Short => Touch::Short,
        VirtualTouch::Never => Touch::Never,
        VirtualTouch::Refuse => Touch::Refuse,
        VirtualTouch::Delay(delay) => Touch::After(delay),
    }
}

/// Explains why a state file cannot be used.
pub fn of_store_error(error: StoreError) -> Failure {
    match &error {
        StoreError::InUse { .. } => Failure::new(Kind::IN_USE, error)
            .hint("end the program that uses this virtual key, such as 'fidoctl virtual serve'"),
        StoreError::NotFound { .. } => Failure::new(Kind::NO_KEY, error)
            .hint("make one with 'fidoctl virtual new --state FILE'"),
        StoreError::NewerVersion { .. } => Failure::new(Kind::STATE_FILE, error)
            .hint("use the newer fidoctl that wrote it; the file was left as it is"),
        StoreError::Damaged { .. } => Failure::new(Kind::STATE_FILE, error).hint(
            "the file was left as it is: restore it, or make a new key with 'fidoctl virtual new'",
        ),
        _ => Failure::new(Kind::STATE_FILE, error)
            .hint("check the file's and the folder's permissions and the space left on the disk"),
    }
}
