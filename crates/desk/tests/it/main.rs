//! What both companies stand on, from outside.
#![cfg(test)]

#[cfg(test)]
mod claim_raced;
#[cfg(test)]
mod counts;
#[cfg(test)]
mod drift;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod related;
