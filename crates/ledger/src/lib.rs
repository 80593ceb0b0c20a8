//! Double entry with pend, post and void
