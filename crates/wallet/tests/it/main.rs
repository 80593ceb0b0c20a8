//! A wallet against a scripted bank, in memory, on a clock of our own.

mod bank;
mod crash;
mod identity;
mod money;
mod recovery;
mod stop;
mod world;
