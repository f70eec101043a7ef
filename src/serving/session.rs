//! From plugging a key in to unplugging it, again and again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::device::Device;
use super::error::ServeError;

/// How often an unplugged key is looked at.
const PAUSE: Duration = Duration::from_millis(10);

/// Runs `serve`, which offers the key while it is plugged in, until `stop` is set; while the key is
/// unplugged there is nothing that a program could open.
pub(super) fn while_plugged_in(
    device: &mut dyn Device,
    stop: &AtomicBool,
    serve: &mut dyn FnMut(&mut dyn Device) -> Result<(), ServeError>,
) -> Result<(), ServeError> {
    while !stop.load(Ordering::Relaxed) {
        if device.is_plugged_in() {
            serve(device)?;
        } else {
            device.poll();
            thread::sleep(PAUSE);
        }
    }
    Ok(())
}
