//! The bank over HTTP, as bytes: from the first page to the debit, and everything that is refused.
#![cfg(test)]

#[cfg(test)]
mod access;
#[cfg(test)]
mod access_left;
#[cfg(test)]
mod api;
#[cfg(test)]
mod books;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod catalog;
#[cfg(test)]
mod channels;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod core;
#[cfg(test)]
mod delegates;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod doubt;
#[cfg(test)]
mod drift;
#[cfg(test)]
mod enrolment;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod fapi;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod incident;
#[cfg(test)]
mod items;
#[cfg(test)]
mod late_word;
#[cfg(test)]
mod leaks;
#[cfg(test)]
mod link;
mod lookback;
#[cfg(test)]
mod looking;
#[cfg(test)]
mod modules;
#[cfg(test)]
mod monthly;
#[cfg(test)]
mod mtls;
#[cfg(test)]
mod nonce;
#[cfg(test)]
mod officers;
#[cfg(test)]
mod owed;
#[cfg(test)]
mod pace;
#[cfg(test)]
mod pack;
#[cfg(test)]
mod partner_keys;
#[cfg(test)]
mod profile;
#[cfg(test)]
mod quality;
#[cfg(test)]
mod refunds;
#[cfg(test)]
mod registry;
mod registry_profile;
#[cfg(test)]
mod renewal;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod scores;
#[cfg(test)]
mod second_channel;
#[cfg(test)]
mod signals;
#[cfg(test)]
mod signing;
#[cfg(test)]
mod staff;
#[cfg(test)]
mod stepup;
#[cfg(test)]
mod stolen;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod telling;
#[cfg(test)]
mod unchanged;
#[cfg(test)]
mod uniform;
#[cfg(test)]
mod uses;
#[cfg(test)]
mod wallet;
#[cfg(test)]
mod workers;
#[cfg(test)]
mod world;
