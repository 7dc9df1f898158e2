//! The rules of the shared log, explored exhaustively.
//!
//! [`state`] holds everything that several servers, one database and one Redis are at one moment. Each [`action`] is one
//! atomic thing that one of them can do; [`explore`] takes every order of them that a [`scenario`] allows, breadth first,
//! so that a violation comes with a shortest trace. Whatever `pfapi-core` decides is decided here by the same functions:
//! only the surroundings are modelled, and the order in which the running engine calls those functions.
//!
//! - [`database`]: committed values, the outbox, the one-row table.
//! - [`redis`]: the log, its epoch, heartbeats, values, and the ways in which they are lost.
//! - [`server`]: one process: what it calls, in the steps in which it can be interrupted.
//! - [`invariants`]: what must be true wherever a read answers; [`heal`]: that nothing lasts for ever.
//! - [`variant`]: the rules with one of them broken, each of which must be caught; [`worlds`]: where.
//!
//! A server that is paused, or a message that is slow, is one that takes no step: every step is optional at every
//! moment. A cut connection that nobody has noticed is the same.

pub mod action;
pub mod database;
pub mod explore;
pub mod heal;
pub mod invariants;
pub mod redis;
pub mod report;
pub mod scenario;
pub mod server;
pub mod state;
mod step;
pub mod variant;
pub mod walk;
pub mod worlds;
