use std::time::{Duration, Instant};

use fidoctl::ctaphid::MAX_MESSAGE_LENGTH;
use serde_json::{Value, json};

use super::Outcome;
use crate::context::{Context, QuietWatch};
use crate::device::Target;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report};

/// Send bytes to a key and see that they come back
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl --device virtual ping --size 7609 --count 10")]
pub struct Args {
    /// Bytes in each message, at most 7609
    #[arg(long, value_name = "BYTES", default_value_t = 64, value_parser = size)]
    size: usize,

    /// Messages to send
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    count: u32,
}

fn size(text: &str) -> Result<usize, String> {
    let in_range = text.parse().ok().filter(|size| *size <= MAX_MESSAGE_LENGTH);
    in_range.ok_or_else(|| format!("a number from 0 to {MAX_MESSAGE_LENGTH} is wanted"))
}

struct Pinged {
    target: Target,
    size: usize,
    times: Vec<Duration>,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let (target, mut transport) = context.open()?;
    let mut watch = QuietWatch(context.limits(false));
    let data: Vec<u8> = (0..=u8::MAX).cycle().take(args.size).collect();
    let mut times = Vec::new();
    for _ in 0..args.count {
        let begun = Instant::now();
        let echo = transport.ping(&data, &mut watch)?;
        times.push(begun.elapsed());
        if echo != data {
            return Err(Failure::message(
                Kind::MALFORMED_ANSWER,
                format!(
                    "the key echoed {} bytes, and not the {} it was sent",
                    echo.len(),
                    data.len()
                ),
            )
            .hint("check the cable, the port and the hub"));
        }
    }
    Ok(Box::new(Pinged { target, size: args.size, times }))
}

impl Report for Pinged {
    fn json(&self) -> Value {
        let seconds: Vec<_> = self.times.iter().map(Duration::as_secs_f64).collect();
        json!({
            "schema": "fidoctl.ping/1",
            "key": self.target.json(),
            "size": self.size,
            "seconds": seconds,
        })
    }

    fn human(&self, page: &mut Page) {
        for time in &self.times {
            page.line(&format!("{} bytes back in {:.2} ms", self.size, time.as_secs_f64() * 1e3));
        }
        page.pairs(self.target.pairs());
    }
}
