//! The arithmetic of shared money: no I/O, no clock, no randomness.
