//! Questions and answers: the terminal, or sources given beforehand.

mod interaction;
mod pin_program;
mod pin_source;
mod progress;
mod sample;
mod terminal;

pub use interaction::Prompter;
pub use pin_source::PinSources;
pub use progress::{Form as ProgressForm, Progress};
pub use terminal::Terminal;
