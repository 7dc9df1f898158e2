//! Dates on the wire, and the dates of a key's bodies under a clock that does what it likes.

use proptest::prelude::*;

use crate::http::{Conditions, ETag, HttpDate, Verdict, evaluate, first_seen, shown};

/// A body out of a few, and the wall clock when it was produced. Clocks often repeat a second.
fn fills() -> impl Strategy<Value = Vec<(u8, HttpDate)>> {
    let clock = prop_oneof![0..5u64, 0..HttpDate::MAX.unix() - 1_000];
    prop::collection::vec((0..3u8, clock.prop_map(HttpDate::from_unix)), 1..40)
}

fn tag(body: u8) -> ETag {
    ETag::of("text/plain", &[body])
}

proptest! {
    #[test]
    fn no_text_makes_the_date_parser_panic(text: String, bytes: Vec<u8>) {
        for text in [text.as_str(), &String::from_utf8_lossy(&bytes)] {
            let _ = HttpDate::parse(text);
        }
    }

    #[test]
    fn a_damaged_date_does_not_panic_and_what_is_read_can_be_written(
        seconds in 0..=HttpDate::MAX.unix(),
        at: prop::sample::Index,
        put: char,
    ) {
        let date = HttpDate::from_unix(seconds);
        for text in [date.format(), rfc850(date), asctime(date)] {
            let mut damaged: Vec<char> = text.chars().collect();
            let at = at.index(damaged.len());
            damaged[at] = put;
            let damaged: String = damaged.into_iter().collect();
            if let Some(read) = HttpDate::parse(&damaged) {
                prop_assert_eq!(HttpDate::parse(&read.format()), Some(read));
            }
        }
    }

    #[test]
    fn any_number_of_seconds_can_be_written_and_read_back(seconds: u64) {
        let date = HttpDate::from_unix(seconds);
        prop_assert_eq!(HttpDate::parse(&date.format()), Some(date));
    }

    #[test]
    fn dates_round_trip_in_every_format(seconds in 0..=HttpDate::MAX.unix()) {
        let date = HttpDate::from_unix(seconds);
        prop_assert_eq!(date.unix(), seconds);
        prop_assert_eq!(HttpDate::parse(&date.format()), Some(date));
        prop_assert_eq!(HttpDate::parse(&asctime(date)), Some(date));
    }

    #[test]
    fn two_digit_years_round_trip_until_2069(seconds in 0..3_155_760_000u64) {
        let date = HttpDate::from_unix(seconds);
        prop_assert_eq!(HttpDate::parse(&rfc850(date)), Some(date));
    }

    #[test]
    fn the_date_rises_with_every_new_body_and_stays_with_the_same_one(fills in fills()) {
        let mut held: Option<(ETag, HttpDate)> = None;
        for (body, now) in fills {
            let etag = tag(body);
            let date = first_seen(held.as_ref().map(|(etag, date)| (etag, *date)), &etag, now);
            match &held {
                Some((previous, before)) if *previous == etag => prop_assert_eq!(date, *before),
                Some((_, before)) => prop_assert!(date > *before && date >= now),
                None => prop_assert_eq!(date, now),
            }
            held = Some((etag, date));
        }
    }

    #[test]
    fn a_date_once_shown_never_stands_for_another_body(fills in fills()) {
        let mut held: Option<(ETag, HttpDate)> = None;
        let mut clients: Vec<(ETag, HttpDate)> = Vec::new();
        for (body, now) in fills {
            let etag = tag(body);
            let date = first_seen(held.as_ref().map(|(etag, date)| (etag, *date)), &etag, now);
            let shown_now = [shown(date, now), shown(date, date.plus(1))];
            for shown in shown_now {
                for (client, client_date) in &clients {
                    let text = client_date.format();
                    let ask = Conditions { if_none_match: None, if_modified_since: Some(&text) };
                    if evaluate(&ask, &etag, shown) == Verdict::NotModified {
                        prop_assert_eq!(client, &etag);
                    }
                }
            }
            clients.extend(shown_now.into_iter().flatten().map(|date| (etag.clone(), date)));
            held = Some((etag, date));
        }
    }

    #[test]
    fn a_shown_date_is_always_in_the_past(last_modified: u64, now: u64) {
        let (last_modified, now) = (HttpDate::from_unix(last_modified), HttpDate::from_unix(now));
        match shown(last_modified, now) {
            Some(date) => prop_assert!(date == last_modified && date < now),
            None => prop_assert!(last_modified >= now),
        }
    }

    #[test]
    fn only_the_shown_date_itself_answers_if_modified_since(
        shown in 0..1_000u64,
        asked in 0..1_000u64,
    ) {
        let text = HttpDate::from_unix(asked).format();
        let ask = Conditions { if_none_match: None, if_modified_since: Some(&text) };
        let verdict = evaluate(&ask, &tag(0), Some(HttpDate::from_unix(shown)));
        prop_assert_eq!(verdict == Verdict::NotModified, asked == shown);
        prop_assert_eq!(evaluate(&ask, &tag(0), None), Verdict::Full);
    }
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`.
fn rfc850(date: HttpDate) -> String {
    let imf = date.format();
    let weekday = match &imf[..3] {
        "Tue" => "Tuesday",
        "Wed" => "Wednesday",
        "Thu" => "Thursday",
        "Sat" => "Saturday",
        "Mon" => "Monday",
        "Fri" => "Friday",
        _ => "Sunday",
    };
    format!(
        "{weekday}, {}-{}-{} {} GMT",
        &imf[5..7],
        &imf[8..11],
        &imf[14..16],
        &imf[17..25]
    )
}

/// `Sun Nov  6 08:49:37 1994`.
fn asctime(date: HttpDate) -> String {
    let imf = date.format();
    let day = imf[5..7].trim_start_matches('0');
    format!(
        "{} {} {day:>2} {} {}",
        &imf[..3],
        &imf[8..11],
        &imf[17..25],
        &imf[12..16]
    )
}
