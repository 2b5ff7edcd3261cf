//! What happens when things die: the real program, with a PostgreSQL and a Redis of its own that keep their promises,
//! killed, paused and starved while people use it. `make faults` takes its time, `make test` a short form.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod books;
mod crowd;
mod http;
mod instances;
mod load;
mod pgbouncer;
mod process;
mod replica;
mod services;
mod storm;
