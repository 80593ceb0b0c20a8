//! The ledger from outside: promises on every engine, random programs, crashes, races.
#![cfg(test)]

#[cfg(test)]
mod backup;
#[cfg(all(test, feature = "tigerbeetle", target_os = "linux", target_env = "gnu"))]
mod bytes;
#[cfg(test)]
mod cap;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod engines;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod old;
#[cfg(test)]
mod pg;
#[cfg(test)]
mod program;
#[cfg(test)]
mod race;
#[cfg(test)]
mod support;
#[cfg(test)]
mod transcript;
#[cfg(test)]
mod written;
