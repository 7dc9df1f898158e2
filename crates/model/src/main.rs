//! Explores the rules and prints what it found.
#![allow(clippy::print_stdout, reason = "this program prints a report")]

use pfapi_model::explore::explore;
use pfapi_model::report::{line, small};

fn main() {
    let which = std::env::args().nth(1);
    for mut s in small() {
        if which.as_ref().is_some_and(|w| !s.name.contains(w.as_str())) { continue; }
        if s.most_states == usize::MAX { s.most_states = 400_000; }
        let it = explore(&s, 2);
        println!("{}", line(s.name, &it));
        if let Some(v) = it.violation {
            println!("  lasting={} {:?}", v.lasting, v.trace);
        }
    }
}
