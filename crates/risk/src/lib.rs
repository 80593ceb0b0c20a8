//! Signals to features to decisions with reasons
