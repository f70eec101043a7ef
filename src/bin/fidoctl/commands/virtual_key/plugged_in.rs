//! A virtual key that is about to be served, and the person in front of it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use fidoctl::authenticator::{
    Controls, FaultScript, FaultyDevice, FingerScript, HostEnvironment, State, StateFile,
    StoreError,
};
use fidoctl::serving::{ControlSocket, ServeError};
use fidoctl::transport::selector::VirtualTouch;
use fidoctl::transport::virtual_key::Behaviour;

use super::open::{of_store_error, touch_of};
use crate::failure::{Failure, Kind};

/// What the person does, and the cable.
#[derive(clap::Args)]
pub struct BehaviourArgs {
    /// Who touches the key: auto, short (never for as long as a reset may want), never, refuse or delay=MILLISECONDS
    #[arg(long, value_name = "HOW", default_value = "auto")]
    touch: VirtualTouch,

    /// Whose finger lies on a fingerprint sensor: auto, wrong, never, or a sample's fault such as
    /// too-fast; several with commas are taken in turn, and the last one stays
    #[arg(long, value_name = "FINGERS", default_value = "auto")]
    finger: FingerScript,

    /// What goes wrong between programs and the key, and where: such as drop@from-key:3 (the third
    /// frame from the key is lost) or busy@message:2; several with commas
    #[arg(long, value_name = "FAULT@WHERE:NUMBER")]
    fault: Option<FaultScript>,

    /// Make every random value of the key reproducible, its secrets too
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

impl BehaviourArgs {
    fn behaviour(&self, controls: &Controls) -> Behaviour {
        Behaviour {
            touch: touch_of(self.touch),
            fingers: self.finger.clone(),
            faults: self.fault.clone().unwrap_or_default(),
            seed: self.seed,
            controls: controls.clone(),
        }
    }
}

/// Powers the key of a state file up; the file is made on first use.
pub fn plug_in(
    path: &Path,
    args: &BehaviourArgs,
    controls: &Controls,
) -> Result<FaultyDevice, Failure> {
    let behaviour = args.behaviour(controls);
    let (mut file, mut state) = StateFile::open_or_create(path, || {
        let mut random = behaviour.random_of_new();
        State::create(&Default::default(), random.as_mut(), HostEnvironment::system_time())
            .map_err(|error| Failure::new(Kind::INTERNAL, error))
    })?;
    state.power_cycle(HostEnvironment::system_time());
    file.save(&state).map_err(of_store_error)?;
    Ok(behaviour.device(file, state))
}

/// Does `work` while orders are taken at a control socket, if one is bound.
pub fn controlled<T>(
    socket: Option<&ControlSocket>,
    controls: &Controls,
    work: impl FnOnce() -> T,
) -> T {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        if let Some(socket) = socket {
            scope.spawn(|| socket.serve(controls, &over));
        }
        let done = work();
        over.store(true, Ordering::Relaxed);
        done
    })
}

/// Explains why a key is not, or no longer, served.
pub fn of_serve_error(error: ServeError) -> Failure {
    match &error {
        ServeError::Exists { .. } => {
            Failure::new(Kind::EXISTS, error).hint("choose another path, or remove what is there")
        }
        ServeError::InUse { .. } => {
            Failure::new(Kind::IN_USE, error).hint("choose another address, or end that program")
        }
        ServeError::NotLoopback { .. } => Failure::new(Kind::USAGE, error)
            .hint("add --allow-remote if you mean it: whoever reaches the key can use it"),
        ServeError::Device(_) => Failure::new(Kind::STATE_FILE, error)
            .hint("check the state file's permissions and the space left on the disk"),
        ServeError::Io { .. } => Failure::new(Kind::IO, error),
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        of_store_error(error)
    }
}
