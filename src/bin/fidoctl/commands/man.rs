use std::fmt::Write;

use clap::{Command, CommandFactory};

use super::Outcome;
use super::completions::Printed;
use crate::arguments::Cli;
use crate::failure::{Failure, Kind};

/// Print a manual page, or the whole reference
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl man pin set | man -l -")]
pub struct Args {
    /// The command to print the page of; fidoctl's own if left out
    command: Vec<String>,

    /// Print the reference of all commands as Markdown
    #[arg(long, conflicts_with = "command")]
    markdown: bool,
}

pub fn run(args: &Args) -> Outcome {
    let mut root = Cli::command();
    root.build();
    if args.markdown {
        let mut text =
            String::from("# Command reference\n\nPrinted by `fidoctl man --markdown`.\n");
        markdown(&mut root, "fidoctl", &mut text);
        return Ok(Box::new(Printed(text)));
    }
    let mut command = &root;
    for name in &args.command {
        command = command.find_subcommand(name).ok_or_else(|| {
            Failure::message(Kind::USAGE, format!("there is no command {name:?}"))
                .hint("see 'fidoctl --help'")
        })?;
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .map_err(|error| Failure::new(Kind::INTERNAL, error))?;
    Ok(Box::new(Printed(String::from_utf8_lossy(&page).into_owned())))
}

fn markdown(command: &mut Command, path: &str, text: &mut String) {
    // Global options are told once, at the top.
    let is_root = path == "fidoctl";
    let mut shown = command.clone();
    if !is_root {
        let globals: Vec<_> = shown
            .get_arguments()
            .filter(|a| a.is_global_set())
            .map(|a| a.get_id().clone())
            .collect();
        for id in globals {
            shown = shown.mut_arg(id, |argument| argument.hide(true));
        }
    }
    let help = shown.term_width(90).render_long_help();
    let _writing_to_a_string =
        write!(text, "\n## {path}\n\n```text\n{}\n```\n", help.to_string().trim_end());
    let names: Vec<_> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for name in names.iter().filter(|name| *name != "help") {
        if let Some(subcommand) = command.find_subcommand_mut(name) {
            markdown(subcommand, &format!("{path} {name}"), text);
        }
    }
}
