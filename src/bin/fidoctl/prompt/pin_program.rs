//! PINs from another program: pinentry's Assuan protocol, or an askpass program's first line.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use zeroize::Zeroizing;

use crate::failure::{Failure, Kind};

/// Asks with `program`; anything named like pinentry is spoken to as pinentry.
pub fn ask(program: &str, question: &str) -> Result<Zeroizing<String>, Failure> {
    let name = std::path::Path::new(program).file_name().unwrap_or_default().to_string_lossy();
    if name.starts_with("pinentry") {
        pinentry(program, question)
    } else {
        askpass(program, question)
    }
}

fn askpass(program: &str, question: &str) -> Result<Zeroizing<String>, Failure> {
    let mut child = start(Command::new(program).arg(format!("{question}: ")), program)?;
    let mut answer = Zeroizing::new(String::with_capacity(4096));
    if let Some(output) = child.stdout.take() {
        let _judged_by_status = output.take(4096).read_to_string(&mut answer);
    }
    finish(child, program)?;
    Ok(answer)
}

fn pinentry(program: &str, question: &str) -> Result<Zeroizing<String>, Failure> {
    let mut child = start(&mut Command::new(program), program)?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(failed(program, "it has no standard input or output"));
    };
    let mut output = BufReader::new(output);
    reply(&mut output, program)?;
    let description = question.replace('%', "%25").replace('\n', "%0A");
    for command in [format!("SETDESC {description}"), "SETPROMPT PIN:".to_owned()] {
        send(&mut input, &command, program)?;
        reply(&mut output, program)?;
    }
    send(&mut input, "GETPIN", program)?;
    let pin = reply(&mut output, program)?;
    send(&mut input, "BYE", program)?;
    drop(input);
    finish(child, program)?;
    pin.ok_or_else(|| failed(program, "it gave no PIN"))
}

fn start(command: &mut Command, program: &str) -> Result<Child, Failure> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(|error| {
        Failure::new(
            Kind::USAGE,
            anyhow::Error::new(error).context(format!("cannot start the PIN program {program}")),
        )
    })
}

fn send(input: &mut impl Write, command: &str, program: &str) -> Result<(), Failure> {
    writeln!(input, "{command}").map_err(|_| failed(program, "it ended too early"))
}

/// Reads up to `OK`, and returns the `D` line's content if one came.
fn reply(
    output: &mut BufReader<ChildStdout>,
    program: &str,
) -> Result<Option<Zeroizing<String>>, Failure> {
    let mut data = None;
    // Pinentry answers a command with a few lines; one that babbles is stopped.
    for _ in 0..100 {
        let mut line = Zeroizing::new(String::with_capacity(1024));
        let read = output.by_ref().take(1024).read_line(&mut line);
        if !matches!(read, Ok(length) if length > 0) {
            return Err(failed(program, "it ended too early"));
        }
        let line = line.trim_end_matches(['\r', '\n']);
        if line == "OK" || line.starts_with("OK ") {
            return Ok(data);
        }
        if let Some(content) = line.strip_prefix("D ") {
            data = Some(Zeroizing::new(
                content.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%"),
            ));
        }
        if line.starts_with("ERR ") {
            return Err(Failure::message(Kind::INTERRUPTED, "the PIN program was cancelled"));
        }
    }
    Err(failed(program, "it does not speak pinentry's protocol"))
}

fn finish(mut child: Child, program: &str) -> Result<(), Failure> {
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(failed(program, "it ended with an error")),
    }
}

fn failed(program: &str, why: &str) -> Failure {
    Failure::message(Kind::PIN_NEEDED, format!("no PIN from the program {program}: {why}"))
}
