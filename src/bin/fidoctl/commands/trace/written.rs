//! What is told of a file that was written.

use std::path::{Path, PathBuf};

use fidoctl::transcript::{Secrets, Transcript};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::{Page, Report};
use crate::whole_file::WholeFile;

pub(super) struct Written {
    path: PathBuf,
    form: &'static str,
    messages: usize,
    secrets: Secrets,
}

/// Where a file goes.
#[derive(clap::Args)]
pub(super) struct OutArgs {
    /// Replace the file that is there
    #[arg(long)]
    force: bool,
}

impl OutArgs {
    /// Writes a file that was made of a transcript.
    pub(super) fn write(
        &self,
        path: &Path,
        form: &'static str,
        transcript: &Transcript,
        content: &[u8],
    ) -> Result<Written, Failure> {
        WholeFile::reserve(path, self.force)?.commit(content)?;
        let (messages, secrets) = (transcript.events.len(), transcript.header.secrets);
        Ok(Written { path: path.to_owned(), form, messages, secrets })
    }
}

impl Report for Written {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.trace-written/1",
            "file": self.path,
            "form": self.form,
            "messages": self.messages,
            "secrets": self.secrets == Secrets::Included,
        })
    }

    fn human(&self, page: &mut Page) {
        let secrets = match self.secrets {
            Secrets::Included => "SECRETS INCLUDED",
            Secrets::LeftOut => "secrets left out",
        };
        let (path, messages) = (self.path.display(), self.messages);
        page.good(&format!("wrote {messages} messages to {path} ({secrets})"));
    }
}
