//! The board under the firmware: storage, randomness, and the service that keeps the keys.

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use littlefs2_core::{DynFilesystem, Path, path};
use rand::rngs::OsRng;
use trussed::backend::BackendId;
use trussed::pipe::{ServiceEndpoint, TrussedChannel};
use trussed::service::Service;
use trussed::types::CoreContext;
use trussed::virt::{StorageConfig, Store, StoreConfig};
use trussed::{ClientImplementation, platform};
use trussed_core::InterruptFlag;
use trussed_staging::virt::{BackendIds, Dispatcher};

use crate::application::{self, Request, Response};
use crate::options::Touch;
use crate::person::Person;

/// Ends the wait for a touch.
pub static CANCEL: InterruptFlag = InterruptFlag::new();

pub type Client<'a> = ClientImplementation<'a, Syscall, Dispatcher>;

pub struct Syscall(Sender<()>);

impl platform::Syscall for Syscall {
    fn syscall(&mut self) {
        self.0.send(()).expect("the service is gone");
    }
}

struct Board<'a> {
    random: OsRng,
    store: Store<'a>,
    person: Person,
}

impl<'a> platform::Platform for Board<'a> {
    type R = OsRng;
    type S = Store<'a>;
    type UI = Person;

    fn rng(&mut self) -> &mut OsRng {
        &mut self.random
    }

    fn store(&self) -> Store<'a> {
        self.store
    }

    fn user_interface(&mut self) -> &mut Person {
        &mut self.person
    }
}

/// `up` hears once the storage is there: before, a power cycle would leave it half made.
pub fn run(
    file: Option<PathBuf>,
    touch: Touch,
    up: Sender<()>,
    requests: Receiver<Request>,
    responses: Sender<Response>,
) {
    storage(file).with_store(|store| {
        write_attestation(store.internal);
        up.send(()).expect("nobody waits");
        let board = Board { random: OsRng, store, person: Person::new(touch) };
        let mut service = Service::with_dispatch(board, Dispatcher::default());

        let channel = TrussedChannel::new();
        let (requester, responder) = channel.split().expect("fresh channel");
        let (bell, calls) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                let context = CoreContext::with_interrupt(path!("fido").into(), Some(&CANCEL));
                let backends = &[BackendId::Custom(BackendIds::StagingBackend), BackendId::Core];
                let mut endpoints = [ServiceEndpoint::new(responder, context, backends)];
                for () in calls {
                    service.process(&mut endpoints);
                }
            });
            let client = Client::new(requester, Syscall(bell), Some(&CANCEL));
            application::run(client, touch, requests, responses);
        });
    })
}

fn storage(file: Option<PathBuf>) -> StoreConfig<'static> {
    let mut storage = StoreConfig::ram();
    if let Some(internal) = file {
        let mut external = internal.clone().into_os_string();
        external.push(".external");
        storage.internal = StorageConfig::filesystem(internal);
        storage.external = StorageConfig::filesystem(external.into());
    }
    storage
}

/// What the factory leaves on a key, so that registrations carry a certificate.
fn write_attestation(internal: &dyn DynFilesystem) {
    // The firmware's own key format: no flags but "sensitive", kind P-256, then the secret.
    let key = [&[0, 2, 0, 5], include_bytes!("../attestation.key").as_slice()].concat();
    let write = |directory: &Path, file: &Path, content: &[u8]| {
        internal
            .create_dir_all(directory)
            .and_then(|()| internal.write(file, content))
            .expect("attestation");
    };
    write(path!("fido/sec"), path!("fido/sec/00"), &key);
    write(path!("fido/x5c"), path!("fido/x5c/00"), include_bytes!("../attestation.der"));
}
