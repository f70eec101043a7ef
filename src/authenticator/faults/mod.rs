//! A bad cable: faults between a host and the virtual key, at a frame or a message that was chosen.

mod faulty_device;
mod injector;
mod line;
mod script;

pub use faulty_device::FaultyDevice;
pub use script::{FaultScript, FaultScriptError};
