//! Keys on the operating system's HID stack; the only file that names hidapi.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::time::Duration;

use hidapi::{BusType, DeviceInfo, HidApi, HidDevice, HidError};

use super::discovery::{Bus, KeyDescription};
use super::{PipeError, ReportPipe};
use crate::ctaphid::{REPORT_LENGTH, Report};

/// The FIDO alliance's usage page, and CTAPHID on it (CTAP 2.2 §11.2.8.1).
const FIDO_USAGE: (u16, u16) = (0xF1D0, 0x01);

/// What hidapi says of a node that hung up.
const HUNG_UP: &str = "device disconnected";

/// Reports to and from a HID device.
pub struct HidPipe {
    device: HidDevice,
    path: String,
    /// Holds the lock.
    _node: Option<File>,
}

/// Lists FIDO interfaces, opening none.
pub(super) fn list() -> Result<Vec<KeyDescription>, PipeError> {
    let api = HidApi::new().map_err(|error| from_hidapi("the HID devices", error))?;
    let fido = api.device_list().filter(|info| (info.usage_page(), info.usage()) == FIDO_USAGE);
    Ok(fido.filter_map(describe).collect())
}

fn describe(info: &DeviceInfo) -> Option<KeyDescription> {
    let text =
        |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let path = info.path().to_str().ok()?.to_owned();
    Some(KeyDescription {
        vendor_id: info.vendor_id(),
        product_id: info.product_id(),
        product: text(info.product_string()),
        manufacturer: text(info.manufacturer_string()),
        serial: text(info.serial_number()),
        release: info.release_number(),
        bus: match info.bus_type() {
            BusType::Usb => Bus::Usb,
            BusType::Bluetooth => Bus::Bluetooth,
            _ => Bus::Other,
        },
        accessible: accessible(&path),
        path,
    })
}

#[cfg(unix)]
fn accessible(path: &str) -> Option<bool> {
    use rustix::fs::{Access, access};
    use rustix::io::Errno;
    match access(path, Access::READ_OK | Access::WRITE_OK) {
        Ok(()) => Some(true),
        Err(Errno::ACCESS | Errno::PERM | Errno::ROFS) => Some(false),
        Err(_) => None,
    }
}

#[cfg(not(unix))]
fn accessible(_path: &str) -> Option<bool> {
    None
}

impl HidPipe {
    /// Opens and locks the device with this path.
    pub fn open(path: &str) -> Result<Self, PipeError> {
        let node = lock_node(path)?;
        let name = CString::new(path).map_err(|_| PipeError::NotFound { path: path.to_owned() })?;
        let api = HidApi::new().map_err(|error| from_hidapi(path, error))?;
        let device = api.open_path(&name).map_err(|error| from_hidapi(path, error))?;
        Ok(HidPipe { device, path: path.to_owned(), _node: node })
    }
}

/// Opens the node a second time: the system's own error tells more than hidapi's, and the lock
/// needs a descriptor of ours.
#[cfg(unix)]
fn lock_node(path: &str) -> Result<Option<File>, PipeError> {
    use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
    let open_flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let Ok(open_flags) = i32::try_from(open_flags.bits()) else { return Ok(None) };
    let node = File::options().read(true).write(true).custom_flags(open_flags).open(path);
    let node = match node {
        Ok(node) => node,
        // Where devices are no files, such as macOS.
        Err(_) if !path.starts_with(['/', '.']) => return Ok(None),
        Err(error) => return Err(PipeError::from_io(path, error)),
    };
    let is_device = node.metadata().is_ok_and(|metadata| metadata.file_type().is_char_device());
    if !is_device {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "not a device");
        return Err(PipeError::Io { path: path.to_owned(), source });
    }
    super::lock::lock(&node, path)?;
    Ok(Some(node))
}

#[cfg(not(unix))]
fn lock_node(_path: &str) -> Result<Option<File>, PipeError> {
    Ok(None)
}

impl ReportPipe for HidPipe {
    fn write(&mut self, report: &Report) -> Result<(), PipeError> {
        // Devices without report numbers are written to with number 0.
        let numbered: Vec<u8> = std::iter::once(0).chain(report.iter().copied()).collect();
        let written =
            self.device.write(&numbered).map_err(|error| from_hidapi(&self.path, error))?;
        if written < REPORT_LENGTH {
            let source = io::Error::new(io::ErrorKind::WriteZero, "the report went out in part");
            return Err(PipeError::Io { path: self.path.clone(), source });
        }
        Ok(())
    }

    fn read(&mut self, timeout: Duration) -> Result<Option<Report>, PipeError> {
        let mut report = [0; REPORT_LENGTH];
        let milliseconds = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX).max(1);
        match self.device.read_timeout(&mut report, milliseconds) {
            Ok(REPORT_LENGTH) => Ok(Some(report)),
            // Nothing, or a report of another length, which is not CTAPHID's.
            Ok(_) => Ok(None),
            Err(HidError::IoError { error }) if error.kind() == io::ErrorKind::Interrupted => {
                Ok(None)
            }
            Err(error) => Err(from_hidapi(&self.path, error)),
        }
    }
}

/// Turns hidapi's errors into facts; half of them are sentences.
fn from_hidapi(path: &str, error: HidError) -> PipeError {
    let message = match error {
        HidError::IoError { error } => return PipeError::from_traffic(path, error),
        HidError::HidApiError { message } => message,
        other => other.to_string(),
    };
    let kind = if message.contains(HUNG_UP) {
        return PipeError::Gone;
    } else if message.contains("Permission denied") || message.contains("Access is denied") {
        io::ErrorKind::PermissionDenied
    } else if message.contains("No such file") || message.contains("cannot find") {
        io::ErrorKind::NotFound
    } else {
        io::ErrorKind::Other
    };
    PipeError::from_io(path, io::Error::new(kind, message))
}
