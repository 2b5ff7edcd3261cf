//! The server against a real PostgreSQL: one binary, one file per slice, a database of its own for each test.

mod expenses;
mod expenses_bad_input;
mod expenses_batch;
mod expenses_list;
mod expenses_shares;
mod history;
mod history_properties;
mod http;
mod ledgers;
mod serve;
mod support;
mod web;
