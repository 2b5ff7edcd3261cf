//! The server against a real PostgreSQL: one binary, one file per slice, a database of its own for each test.
#![expect(
    clippy::unwrap_used,
    reason = "what the tests share may panic as they may"
)]

mod api_docs;
mod at_once;
mod auth;
mod authority;
mod balances;
mod cache;
mod categories;
mod categories_large;
mod categories_merge;
mod default_splits;
mod demo;
mod expenses;
mod expenses_bad_input;
mod expenses_batch;
mod expenses_list;
mod expenses_shares;
mod expenses_together;
mod history;
mod history_members;
mod history_properties;
mod http;
mod invites;
mod invites_outlived;
mod ledgers;
mod ledgers_archived;
mod ledgers_deleted;
mod live;
mod mappings;
mod meanwhile;
mod members;
mod members_owner;
mod overload;
mod pace;
mod replica;
mod reports;
mod reports_limits;
mod reports_sums;
mod round;
mod search;
mod serve;
mod statements;
mod support;
mod totals;
mod transactions;
mod untaken;
mod web;
