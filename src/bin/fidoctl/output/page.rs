//! Text for people: aligned, coloured where the stream is a terminal.

use anstyle::{AnsiColor, Style};

const HEADING: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// Lines of text; `anstream` takes the colours out where they are not wanted.
#[derive(Default)]
pub struct Page {
    text: String,
}

impl Page {
    /// Returns what was written.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Writes a line; untrusted text in it must have gone through [`super::visible`].
    pub fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Writes a heading.
    pub fn heading(&mut self, heading: &str) {
        self.line(&format!("{HEADING}{heading}{HEADING:#}"));
    }

    /// Writes names and values in two columns.
    pub fn pairs<'a>(&mut self, pairs: impl IntoIterator<Item = (&'a str, String)>) {
        let pairs: Vec<_> = pairs.into_iter().collect();
        let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in pairs {
            let indented = value.replace('\n', &format!("\n{:width$}  ", ""));
            self.line(&format!("{FAINT}{name:width$}{FAINT:#}  {indented}"));
        }
    }

    /// Writes a table with a heading row.
    pub fn table(&mut self, headings: &[&str], rows: &[Vec<String>]) {
        let widths: Vec<usize> = headings
            .iter()
            .enumerate()
            .map(|(column, heading)| {
                let cells = rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(heading.len())
            })
            .collect();
        let row_text = |cells: &mut dyn Iterator<Item = &str>| {
            let padded: Vec<String> =
                cells.zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            padded.join("  ").trim_end().to_owned()
        };
        let heading = row_text(&mut headings.iter().copied());
        self.heading(&heading);
        for row in rows {
            let line = row_text(&mut row.iter().map(String::as_str));
            self.line(&line);
        }
    }

    /// Writes a line about something that is as it should be.
    pub fn good(&mut self, line: &str) {
        self.line(&format!("{GOOD}✓{GOOD:#} {line}"));
    }

    /// Writes a line about something that is not as it should be.
    pub fn bad(&mut self, line: &str) {
        self.line(&format!("{BAD}✗{BAD:#} {line}"));
    }

    /// Writes a line about something that was left out.
    pub fn open(&mut self, line: &str) {
        self.line(&format!("{FAINT}-{FAINT:#} {line}"));
    }

    /// Writes what went wrong.
    pub fn error(&mut self, message: &str) {
        self.line(&format!("{BAD}error:{BAD:#} {message}"));
    }

    /// Writes what to do next.
    pub fn hint(&mut self, hint: &str) {
        self.line(&format!("{HEADING}hint:{HEADING:#} {hint}"));
    }
}
