//! The two companies, by this crate's functions alone.

#[cfg(test)]
mod integrators;
#[cfg(test)]
mod link;
