//! The attack lab: crimes replayed on a simulated clock
