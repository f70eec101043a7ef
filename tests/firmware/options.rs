//! The command line every firmware shares:
//! `--unix PATH [--touch auto|never|refuse|delay=MS] [--store FILE]`

use std::path::PathBuf;
use std::time::Duration;

pub struct Options {
    pub unix: PathBuf,
    pub touch: Touch,
    /// Without it the key forgets everything when the process ends.
    pub store: Option<PathBuf>,
}

/// What the person at the key does when asked for a touch.
#[derive(Clone, Copy)]
pub enum Touch {
    After(Duration),
    Never,
    Refuse,
}

impl Touch {
    /// How long still to wait for the touch; none comes on its own after `None`.
    pub fn remaining(self, waited: Duration) -> Option<Duration> {
        match self {
            Touch::After(delay) => Some(delay.saturating_sub(waited)),
            Touch::Never | Touch::Refuse => None,
        }
    }

    pub fn given(self, waited: Duration) -> bool {
        self.remaining(waited) == Some(Duration::ZERO)
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Touch::After(Duration::ZERO)),
            "never" => Some(Touch::Never),
            "refuse" => Some(Touch::Refuse),
            _ => {
                let delay = text.strip_prefix("delay=")?.parse().ok()?;
                Some(Touch::After(Duration::from_millis(delay)))
            }
        }
    }
}

impl Options {
    /// Ends the process on a command line it does not understand.
    pub fn from_command_line() -> Self {
        Self::parse(std::env::args().skip(1)).unwrap_or_else(|| {
            eprintln!("usage: --unix PATH [--touch auto|never|refuse|delay=MS] [--store FILE]");
            std::process::exit(2)
        })
    }

    fn parse(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let (mut unix, mut touch, mut store) = (None, Touch::After(Duration::ZERO), None);
        while let Some(name) = args.next() {
            let value = args.next()?;
            match name.as_str() {
                "--unix" => unix = Some(value.into()),
                "--touch" => touch = Touch::parse(&value)?,
                "--store" => store = Some(value.into()),
                _ => return None,
            }
        }
        Some(Self { unix: unix?, touch, store })
    }
}
