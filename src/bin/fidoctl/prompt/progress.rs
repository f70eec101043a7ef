//! What is going on, on stderr: lines for people, or JSON lines for programs.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::output::write_err;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
    /// Not at all.
    None,
}

/// Shows what is going on.
pub struct Progress {
    form: Form,
    spinner: Option<ProgressBar>,
}

impl Progress {
    /// Shows progress in this form.
    pub fn new(form: Form) -> Self {
        Progress { form, spinner: None }
    }

    /// Says what happened: `text` to people, the event to programs.
    pub fn event(&mut self, name: &str, members: Value, text: &str) {
        match self.form {
            Form::Text => self.say(text),
            Form::Json => {
                let mut event = json!({ "event": name });
                if let (Some(event), Some(members)) = (event.as_object_mut(), members.as_object()) {
                    event.extend(members.clone());
                }
                write_err(&format!("{event}\n"));
            }
            Form::None => {}
        }
    }

    /// Says that something goes on until [`Self::end_wait`]: a spinner on a terminal.
    pub fn begin_wait(&mut self, name: &str, members: Value, text: &str) {
        if self.form != Form::Text || !std::io::stderr().is_terminal() {
            return self.event(name, members, text);
        }
        self.end_wait();
        let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            spinner.set_style(style);
        }
        spinner.set_message(text.to_owned());
        spinner.enable_steady_tick(Duration::from_millis(120));
        self.spinner = Some(spinner);
    }

    /// Ends what [`Self::begin_wait`] began.
    pub fn end_wait(&mut self) {
        if let Some(spinner) = self.spinner.take() {
            spinner.finish_and_clear();
        }
    }

    fn say(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        match &self.spinner {
            Some(spinner) => spinner.suspend(|| write_err(&format!("{text}\n"))),
            None => write_err(&format!("{text}\n")),
        }
    }
}
