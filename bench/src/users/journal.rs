//! What everybody has seen, written down together.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::load::Seen;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Spending,
    Latest,
    Categories,
    FirstPage,
    NextPage,
    FilteredPage,
    Report,
    Balances,
    Expense,
    Add,
    Edit,
    Heard,
    SignIn,
    Open,
}

impl Kind {
    /// Its name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spending => "spending, for the home page or below the list",
            Self::Latest => "the latest ten",
            Self::Categories => "categories",
            Self::FirstPage => "first page (200)",
            Self::NextPage => "next page (200)",
            Self::FilteredPage => "filtered page (200)",
            Self::Report => "year's report",
            Self::Balances => "balances",
            Self::Expense => "one expense",
            Self::Add => "add",
            Self::Edit => "edit",
            Self::Heard => "first page again, as somebody else has written",
            Self::SignIn => "sign in with a password",
            Self::Open => "stream of events",
        }
    }
}

/// Counts what is due from some moment on.
pub struct Journal {
    from: Instant,
    seen: Mutex<BTreeMap<Kind, Seen>>,
    unchanged: Mutex<u32>,
    early: Mutex<u32>,
}

impl Journal {
    /// One that counts from then on.
    pub fn new(from: Instant) -> Self {
        Self {
            from,
            seen: Mutex::default(),
            unchanged: Mutex::default(),
            early: Mutex::default(),
        }
    }

    /// Something was answered that was due then.
    pub fn answered(&self, kind: Kind, due: Instant) {
        if due >= self.from {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.entry(kind).or_default().times.record(due.elapsed());
        }
    }

    /// The answer was that nothing has changed.
    pub fn unchanged(&self, due: Instant) {
        if due >= self.from {
            *self
                .unchanged
                .lock()
                .unwrap_or_else(PoisonError::into_inner) += 1;
        }
    }

    /// Something failed that was due then: errors count from the beginning.
    pub fn failed(&self, kind: Kind, due: Instant, error: &str) {
        if due < self.from {
            *self.early.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = seen.entry(kind).or_default();
        seen.errors += 1;
        seen.error.get_or_insert_with(|| error.to_owned());
    }

    /// By kind.
    pub fn by_kind(&self) -> Vec<(Kind, Seen)> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter()
            .map(|(kind, seen)| {
                let mut all = Seen::default();
                all.add(seen);
                (*kind, all)
            })
            .collect()
    }

    /// All together.
    pub fn all(&self) -> Seen {
        let mut all = Seen::default();
        for (_, seen) in self.by_kind() {
            all.add(&seen);
        }
        all
    }

    /// How many errors there were of what was due before it was counted, while people came.
    pub fn early(&self) -> u32 {
        *self.early.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many answers were that nothing has changed.
    pub fn not_modified(&self) -> u32 {
        *self
            .unchanged
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
