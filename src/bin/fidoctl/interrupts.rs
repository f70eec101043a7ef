//! Ctrl-C and SIGTERM: a flag that ends exchanges with the key, and a terminal left as it was.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::exit::Exit;

/// What to undo when the process is told to end while it asks a question.
type Restore = Box<dyn Fn() + Send>;

/// Set up once per process.
#[derive(Clone)]
pub struct Interrupts {
    cancel: Arc<AtomicBool>,
    asking: Arc<Mutex<Option<Restore>>>,
}

impl Interrupts {
    /// Installs the signal handler.
    pub fn install() -> Result<Self, ctrlc::Error> {
        let interrupts =
            Interrupts { cancel: Arc::new(AtomicBool::new(false)), asking: Arc::default() };
        let in_handler = interrupts.clone();
        ctrlc::set_handler(move || in_handler.signalled())?;
        Ok(interrupts)
    }

    /// Returns the flag that is set on the first signal.
    pub fn cancel(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancel)
    }

    /// Runs `ask`, a blocking question; a signal meanwhile calls `restore` and ends the process,
    /// as no request to a key is in flight then.
    pub fn while_asking<T>(
        &self,
        restore: impl Fn() + Send + 'static,
        ask: impl FnOnce() -> T,
    ) -> T {
        self.set_asking(Some(Box::new(restore)));
        let answer = ask();
        self.set_asking(None);
        answer
    }

    fn set_asking(&self, restore: Option<Restore>) {
        *self.asking.lock().unwrap_or_else(PoisonError::into_inner) = restore;
    }

    fn signalled(&self) {
        let again = self.cancel.swap(true, Ordering::SeqCst);
        let asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(restore) = asking.as_ref() {
            restore();
        }
        // The second signal means it: no more waiting for the key.
        if asking.is_some() || again {
            std::process::exit(i32::from(Exit::Interrupted.number()));
        }
    }
}
