use std::path::PathBuf;

use fidoctl::transcript::{Direction, Secrets, Transcript, What};
use serde_json::{Value, json};

use super::Outcome;
use super::decode::{Decoded, Decoder, Shown};
use crate::output::{Page, Report, boxed, hex, visible};
use crate::tracing::read_transcript;

/// Show every message of a transcript in the standard's words
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl trace show run.jsonl")]
pub struct Args {
    /// The transcript
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

struct Shows(Transcript);

pub fn run(args: &Args) -> Outcome {
    Ok(boxed(Shows(read_transcript(&args.file)?)))
}

fn member_json(shown: &Shown) -> Value {
    let mut member = json!({ "depth": shown.depth, "name": shown.name });
    if let Some(members) = member.as_object_mut() {
        match (&shown.value, shown.left_out) {
            (_, true) => drop(members.insert("left_out".into(), true.into())),
            (Some(value), false) => drop(members.insert("value".into(), value.as_str().into())),
            (None, false) => {}
        }
    }
    member
}

impl Shows {
    fn decoded(&self) -> impl Iterator<Item = (usize, &fidoctl::transcript::Event, Decoded)> {
        let mut decoder = Decoder::default();
        let events = (1..).zip(&self.0.events);
        events.map(move |(number, event)| (number, event, decoder.decode(event)))
    }

    fn secrets(&self) -> &'static str {
        match self.0.header.secrets {
            Secrets::Included => "included",
            Secrets::LeftOut => "left-out",
        }
    }
}

impl Report for Shows {
    fn json(&self) -> Value {
        let messages: Vec<_> = self
            .decoded()
            .map(|(number, event, decoded)| {
                let channel = match &event.what {
                    What::Message(message) => Some(hex(&message.channel.0)),
                    What::Stray(_) => None,
                };
                json!({
                    "number": number,
                    "time": event.time.as_secs_f64(),
                    "connection": event.connection,
                    "direction": event.direction.name(),
                    "channel": channel,
                    "title": decoded.title,
                    "members": decoded.members.iter().map(member_json).collect::<Vec<_>>(),
                })
            })
            .collect();
        json!({
            "schema": "fidoctl.trace-show/1",
            "program": self.0.header.program,
            "key": self.0.header.key.as_ref().map(|key| &key.description),
            "secrets": self.secrets(),
            "messages": messages,
        })
    }

    fn human(&self, page: &mut Page) {
        let header = &self.0.header;
        let key = header.key.as_ref().map(|key| visible(&key.name));
        page.pairs([
            ("recorded by", visible(&header.program)),
            ("key", key.unwrap_or_else(|| "not told".to_owned())),
            ("secrets", self.secrets().to_owned()),
        ]);
        for (number, event, decoded) in self.decoded() {
            let arrow = match event.direction {
                Direction::ToKey => "→",
                Direction::FromKey => "←",
            };
            let channel = match &event.what {
                What::Message(message) => hex(&message.channel.0),
                What::Stray(_) => "-".repeat(8),
            };
            let time = event.time.as_secs_f64();
            let title = visible(&decoded.title);
            page.heading(&format!("{number:>4} {time:>11.6} {channel} {arrow} {title}"));
            for shown in &decoded.members {
                let indent = " ".repeat(28 + 2 * shown.depth);
                let name = visible(&shown.name);
                match (&shown.value, shown.left_out) {
                    (_, true) => page.line(&format!("{indent}{name}: left out")),
                    (Some(value), false) => {
                        page.line(&format!("{indent}{name}: {}", visible(value)))
                    }
                    (None, false) => page.line(&format!("{indent}{name}:")),
                }
            }
        }
    }
}
