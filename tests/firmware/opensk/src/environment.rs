//! What OpenSK wants from the board it runs on.

use std::rc::Rc;
use std::time::{Duration, Instant};

use opensk::api::clock::Clock;
use opensk::api::crypto::software_crypto::SoftwareCrypto;
use opensk::api::customization::{CustomizationImpl, DEFAULT_CUSTOMIZATION};
use opensk::api::key_store;
use opensk::env::Env;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::options::Touch;
use crate::sensor::Sensor;
use crate::socket::Socket;
use crate::store::Store;
use crate::touch::{Person, Wire};

pub struct Environment {
    random: StdRng,
    person: Person,
    store: Store,
    wire: Wire,
    clock: SystemClock,
    customization: CustomizationImpl,
    sensor: Sensor,
}

impl Environment {
    pub fn new(socket: Rc<Socket>, store: Store, touch: Touch) -> Self {
        Self {
            random: StdRng::from_entropy(),
            person: Person::new(socket.clone(), touch),
            store,
            wire: Wire(socket),
            clock: SystemClock,
            customization: DEFAULT_CUSTOMIZATION,
            sensor: Sensor::default(),
        }
    }
}

impl Env for Environment {
    type Rng = StdRng;
    type UserPresence = Person;
    type Persist = Store;
    type KeyStore = Self;
    type Write = String;
    type Customization = CustomizationImpl;
    type HidConnection = Wire;
    type Clock = SystemClock;
    type Crypto = SoftwareCrypto;
    type Fingerprint = Sensor;

    fn rng(&mut self) -> &mut StdRng {
        &mut self.random
    }

    fn user_presence(&mut self) -> &mut Person {
        &mut self.person
    }

    fn persist(&mut self) -> &mut Store {
        &mut self.store
    }

    fn key_store(&mut self) -> &mut Self {
        self
    }

    fn clock(&mut self) -> &mut SystemClock {
        &mut self.clock
    }

    fn fingerprint(&mut self) -> &mut Sensor {
        &mut self.sensor
    }

    fn write(&mut self) -> String {
        String::new()
    }

    fn customization(&self) -> &CustomizationImpl {
        &self.customization
    }

    fn hid_connection(&mut self) -> &mut Wire {
        &mut self.wire
    }

    fn boots_after_soft_reset(&self) -> bool {
        false
    }
}

/// Takes OpenSK's own way of wrapping credentials into their ids.
impl key_store::Helper for Environment {}

pub struct SystemClock;

impl Clock for SystemClock {
    /// `None` has always elapsed.
    type Timer = Option<Instant>;

    fn make_timer(&mut self, milliseconds: usize) -> Option<Instant> {
        Some(Instant::now() + Duration::from_millis(milliseconds as u64))
    }

    fn is_elapsed(&mut self, timer: &Option<Instant>) -> bool {
        timer.is_none_or(|end| Instant::now() >= end)
    }
}
