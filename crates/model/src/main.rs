//! Explores the rules and prints what it found. `--small`: as the tests do; `--large`: for minutes. `--walks`: random walks
//! only. Ends with 1 when the rules do not hold, or a variant goes uncaught.
#![allow(clippy::print_stdout, reason = "this program prints a report")]

use std::process::ExitCode;

use pfapi_model::explore::explore;
use pfapi_model::report::line;
use pfapi_model::variant::Variant;
use pfapi_model::walk::walk;
use pfapi_model::worlds::{COARSE, EVERYTHING, WITHOUT, hunting_ground, large, small};

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let is = |option: &str| given.iter().any(|it| it == option);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let scenarios = match () {
        () if is("--large") => large(),
        () => small(),
    };
    let mut failed = false;
    println!(
        "{:<52} {:>9} {:>3} {:>8}",
        "scenario", "states", "deep", "time"
    );
    for scenario in scenarios.into_iter().filter(|_| !is("--walks")) {
        let it = explore(&scenario, threads);
        println!("{}", line(scenario.name, &it));
        if let Some(violation) = it.violation {
            failed = true;
            println!("    lasting: {}; {:?}", violation.lasting, violation.trace);
        }
    }
    let walks = if is("--large") { 60_000 } else { 2_000 };
    for scenario in [EVERYTHING, COARSE, WITHOUT] {
        let it = walk(&scenario, 1, walks, 80);
        println!("{}", line(scenario.name, &it));
        if let Some(violation) = it.violation {
            failed = true;
            println!("    lasting: {}; {:?}", violation.lasting, violation.trace);
        }
    }
    println!();
    for variant in Variant::BROKEN.into_iter().filter(|_| !is("--walks")) {
        let ground = hunting_ground(variant);
        let it = explore(&ground, threads);
        let name = format!("{variant:?} [{}]", ground.name);
        println!("{}", line(&name, &it));
        match (&it.violation, variant.harmless()) {
            (Some(violation), _) => println!("    {:?}", violation.trace),
            (None, Some(why)) => println!("    not caught: {why}"),
            (None, None) => {
                failed = true;
                println!("    NOT CAUGHT");
            }
        }
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
