//! Whether it is measured in earnest, or only seen that measuring works.

use std::sync::atomic::{AtomicBool, Ordering};

static IS_TRIAL: AtomicBool = AtomicBool::new(false);

/// From now on only a small part of everything is done: the figures mean nothing.
pub fn only_try() {
    IS_TRIAL.store(true, Ordering::Relaxed);
}

/// How often something is measured.
pub fn rounds(rounds: u32) -> u32 {
    if IS_TRIAL.load(Ordering::Relaxed) {
        1
    } else {
        rounds
    }
}

/// How many people or expenses there are.
pub fn amount(amount: u32) -> u32 {
    if IS_TRIAL.load(Ordering::Relaxed) {
        amount.div_ceil(10)
    } else {
        amount
    }
}
