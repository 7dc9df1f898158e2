//! Properties of the HTTP rules, over arbitrary input.

mod dates;
mod heads;
mod validators;
