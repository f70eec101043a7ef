//! Moments, as people and scripts write them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Parses a moment: RFC 3339 in UTC, a day (its beginning, in UTC), or seconds since 1970.
pub fn moment(text: &str) -> Result<SystemTime, String> {
    let wrong =
        || "a time is wanted: 2026-11-01, 2026-11-01T12:00:00Z or seconds since 1970".to_owned();
    if text.bytes().all(|b| b.is_ascii_digit()) {
        let seconds = text.parse().map_err(|_| wrong())?;
        // No later than RFC 3339 can write.
        let latest = Duration::from_secs(253_402_300_799);
        let since = Some(Duration::from_secs(seconds)).filter(|since| *since <= latest);
        return since.and_then(|since| UNIX_EPOCH.checked_add(since)).ok_or_else(wrong);
    }
    let day_only = text.len() == "2026-11-01".len();
    let whole = if day_only { format!("{text}T00:00:00Z") } else { text.to_owned() };
    humantime::parse_rfc3339(&whole).map_err(|_| wrong())
}

/// Writes a moment, in UTC.
pub fn rfc3339(moment: SystemTime) -> String {
    humantime::format_rfc3339_seconds(moment).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ways_to_write_a_moment() {
        let wanted = UNIX_EPOCH + Duration::from_secs(1_646_006_400);
        for text in ["1646006400", "2022-02-28", "2022-02-28T00:00:00Z"] {
            assert_eq!(moment(text), Ok(wanted), "{text}");
        }
        assert_eq!(rfc3339(wanted), "2022-02-28T00:00:00Z");
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in
            ["", "-1", "now", "2022-02-30", "2022-2-1", "99999999999999999999", "253402300800"]
        {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
