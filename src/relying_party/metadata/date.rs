//! Days, as metadata name them.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, de};
use x509_cert::der::DateTime;

/// A day (ISO 8601 `YYYY-MM-DD`), in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Reads `YYYY-MM-DD`; `None` for anything else, and for days that never were.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let shaped = parts.next().is_none() && [year, month, day].into_iter().all(digits);
        if !shaped || (year.len(), month.len(), day.len()) != (4, 2, 2) {
            return None;
        }
        let date =
            Date { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
        DateTime::new(date.year, date.month, date.day, 0, 0, 0).ok().map(|_| date)
    }

    /// Returns the day of a moment; `None` before 1970 and after 9999.
    pub fn of(moment: SystemTime) -> Option<Self> {
        let since = moment.duration_since(UNIX_EPOCH).ok()?;
        let moment = DateTime::from_unix_duration(since).ok()?;
        Some(Date { year: moment.year(), month: moment.month(), day: moment.day() })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Date::parse(&text).ok_or_else(|| de::Error::custom("a date is wanted, such as 2026-11-01"))
    }
}
