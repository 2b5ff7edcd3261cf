//! Outlay, the server: a REST API on PostgreSQL and Redis, with the web app in the binary.

pub mod answer;
pub mod api_docs;
pub mod app;
pub mod auth;
pub mod categories;
pub mod clock;
pub mod config;
pub mod csv;
pub mod db;
pub mod digest;
pub mod error;
pub mod expenses;
pub mod extract;
pub mod fields;
pub mod health;
pub mod history;
pub mod ids;
pub mod ledgers;
pub mod limits;
pub mod page;
pub mod postgres;
pub mod redis;
pub mod reports;
pub mod serve;
pub mod telemetry;
pub mod web;
