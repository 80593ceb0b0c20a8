//! The binary, run as its user would: it starts, survives a restart, stops, and refuses what is unsafe.
#![cfg(test)]

#[cfg(test)]
mod assess;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod channels;
#[cfg(test)]
mod chaos;
#[cfg(test)]
#[path = "../../../ledger/tests/tigerbeetle/server.rs"]
#[cfg(test)]
mod cluster;
#[cfg(test)]
mod config;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod evidence;
mod formats;
#[cfg(test)]
mod holder;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod load;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod recording;
#[cfg(test)]
mod risk;
#[cfg(test)]
mod running;
#[cfg(test)]
#[expect(dead_code, reason = "the ledger's own tests use more of it")]
#[path = "../../../ledger/tests/it/pg/server.rs"]
#[cfg(test)]
mod server;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod tigerbeetle;
#[cfg(test)]
mod up;
#[cfg(test)]
mod watch_page;
