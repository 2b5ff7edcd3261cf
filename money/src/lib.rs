//! The arithmetic of shared money: no I/O, no clock, no randomness.
//!
//! Money is an `i64` of minor units (cents for EUR, yen for JPY) next to a [`currency::Currency`].
//! No float touches it, and what would not fit [`amount::MAX`], the largest integer that JavaScript
//! holds exactly, is an error and never wraps.
//!
//! | module | answers |
//! |---|---|
//! | [`currency`] | which currencies are there, and how many decimals has each? |
//! | [`amount`] | what does `12.50+3*2` come to, how is it written, what is it in another currency? |
//! | [`split`] | who owes how much of an expense, down to the last cent? |
//! | [`balance`] | who has paid too much so far, and who too little? |
//! | [`debt`] | who owes whom, expense by expense? |
//! | [`settle`] | who pays whom, so that all are even with the fewest transfers? |
//!
//! The rules that the web app follows too are pinned by `vectors/*.json`, which both test suites
//! read.

pub mod amount;
pub mod balance;
pub mod currency;
pub mod debt;
pub mod settle;
pub mod split;
