//! Outlay, the server.
