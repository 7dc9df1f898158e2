//! Dates as HTTP writes them.

use std::time::{Duration, UNIX_EPOCH};

/// A point of wall-clock time in whole seconds since the Unix epoch, between 1970-01-01T00:00:00Z
/// and [`HttpDate::MAX`].
///
/// HTTP has no finer unit (RFC 9110 section 5.6.7), and its years have four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpDate(u64);

impl HttpDate {
    /// 9999-12-31T23:59:59Z, the last second that can be written.
    pub const MAX: HttpDate = HttpDate(253_402_300_799);

    /// The date `seconds` after the Unix epoch; everything beyond [`HttpDate::MAX`] is `MAX`.
    pub const fn from_unix(seconds: u64) -> HttpDate {
        if seconds > HttpDate::MAX.0 {
            HttpDate::MAX
        } else {
            HttpDate(seconds)
        }
    }

    /// Whole seconds since the Unix epoch.
    pub const fn unix(self) -> u64 {
        self.0
    }

    /// This date and `seconds` more, never beyond [`HttpDate::MAX`].
    pub const fn plus(self, seconds: u64) -> HttpDate {
        HttpDate::from_unix(self.0.saturating_add(seconds))
    }

    /// The date as an IMF-fixdate, the one format a sender may use (RFC 9110 section 5.6.7):
    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    pub fn format(self) -> String {
        // Both the sum and the formatting panic beyond the year 9999, which no value reaches.
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(self.0))
    }

    /// Reads a date in any of the three formats a recipient has to accept (RFC 9110 section
    /// 5.6.7): IMF-fixdate, RFC 850, asctime. `None` for anything else, for dates that do not
    /// exist (a wrong day of the week included) and for dates before 1970.
    ///
    /// A two-digit year (RFC 850) means 1970 to 2069. The RFC's sliding window would need a clock;
    /// dates are only ever compared for equality here, and then a wrong century is just unequal.
    pub fn parse(text: &str) -> Option<HttpDate> {
        let time = httpdate::parse_http_date(text).ok()?;
        let since_epoch = time.duration_since(UNIX_EPOCH).ok()?;
        Some(HttpDate::from_unix(since_epoch.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The RFC's own example.
    const EXAMPLE: HttpDate = HttpDate(784_111_777);

    #[test]
    fn dates_are_written_as_imf_fixdate() {
        assert_eq!(EXAMPLE.format(), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(HttpDate(0).format(), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(
            HttpDate::from_unix(951_782_400).format(),
            "Tue, 29 Feb 2000 00:00:00 GMT"
        );
    }

    #[test]
    fn all_three_formats_are_read() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(HttpDate::parse(text), Some(EXAMPLE), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_date_is_not_read() {
        for text in [
            "",
            "0",
            "784111777",
            "Sun, 06 Nov 1994",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Wed, 31 Dec 1969 23:59:59 GMT",
            "Sat, 01 Jan 0000 00:00:00 GMT",
            "1994-11-06T08:49:37Z",
            "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
            "S\u{fc}n, 06 Nov 1994 08:49:37 GM",
        ] {
            assert_eq!(HttpDate::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_last_second_of_9999_is_the_end() {
        assert_eq!(HttpDate::MAX.format(), "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(
            HttpDate::parse("Fri, 31 Dec 9999 23:59:59 GMT"),
            Some(HttpDate::MAX)
        );
        assert_eq!(HttpDate::from_unix(HttpDate::MAX.unix() + 1), HttpDate::MAX);
        assert_eq!(HttpDate::from_unix(u64::MAX), HttpDate::MAX);
        assert_eq!(HttpDate::MAX.plus(1), HttpDate::MAX);
        assert_eq!(EXAMPLE.plus(u64::MAX), HttpDate::MAX);
    }
}
