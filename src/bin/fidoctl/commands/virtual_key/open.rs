//! Opening the virtual key's state.

use std::error::Error;
use std::path::Path;
use std::str::FromStr;

use fidoctl::authenticator::{StoreError, Touch};
use fidoctl::transport::ReportPipe;
use fidoctl::transport::selector::VirtualTouch;
use fidoctl::transport::virtual_key::{Behaviour, VirtualKeyPipe};

use crate::failure::{Failure, Kind};

/// Opens the embedded virtual key, made on first use.
pub fn open_virtual(path: &Path, behaviour: &Behaviour) -> Result<Box<dyn ReportPipe>, Failure> {
    Ok(Box::new(VirtualKeyPipe::open_with(path, behaviour)?))
}

/// Reads what `--device virtual:FILE?…` says of the key's behaviour.
pub fn virtual_behaviour(
    touch: Option<VirtualTouch>,
    fingers: Option<&str>,
    faults: Option<&str>,
    seed: Option<u64>,
) -> Result<Behaviour, Failure> {
    Ok(Behaviour {
        touch: touch.map(touch_of).unwrap_or_default(),
        fingers: parse(fingers)?,
        faults: parse(faults)?,
        seed,
        ..Behaviour::default()
    })
}

fn parse<T>(text: Option<&str>) -> Result<T, Failure>
where
    T: FromStr + Default,
    T::Err: Error + Send + Sync + 'static,
{
    match text {
        None => Ok(T::default()),
        Some(text) => text.parse().map_err(|error| Failure::new(Kind::USAGE, error)),
    }
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
