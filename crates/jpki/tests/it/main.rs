//! Cards of a demo authority against the verifier: one way to be believed, many to be refused.

#[cfg(test)]
mod authentication;
#[cfg(test)]
mod proofs;
