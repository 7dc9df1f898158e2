//! The rules hold in every small scenario, and each broken variant is caught.
#![allow(
    clippy::print_stdout,
    reason = "the numbers of states are for whoever reads the test's output"
)]

use pfapi_model::explore::explore;
use pfapi_model::report::line;
use pfapi_model::variant::Variant;
use pfapi_model::worlds::{hunting_ground, small};

const THREADS: usize = 2;

#[test]
fn the_rules_hold() {
    for scenario in small() {
        let it = explore(&scenario, THREADS);
        println!("{}", line(scenario.name, &it));
        if let Some(violation) = it.violation {
            panic!("{}: {violation:#?}", scenario.name);
        }
    }
}

#[test]
fn each_broken_variant_is_caught() {
    for variant in Variant::BROKEN {
        let ground = hunting_ground(variant);
        let it = explore(&ground, THREADS);
        println!("{}", line(&format!("{variant:?}"), &it));
        assert_eq!(
            it.violation.is_none(),
            variant.harmless().is_some(),
            "{variant:?} in {}: {:#?}",
            ground.name,
            it.violation
        );
    }
}
