//! The N-API addon of `strapi-plugin-pfapi`: what JavaScript can ask of the engine.
//!
//! Conversions only; every decision is `pfapi-core`'s. Options come in as JSON, because they are read once; what is
//! asked per request comes in as plain arguments. Every sync export carries `catch_unwind`: a panic must reach
//! JavaScript as an error, never end the host's process.

mod audience;
mod boundary;
mod cache;
mod convert;
mod outbox;
mod reply;
mod source;
