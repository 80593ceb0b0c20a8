//! The engine from outside: signals in, decisions out.
#![cfg(test)]

#[cfg(test)]
mod backtests;
#[cfg(test)]
mod floods;
#[cfg(test)]
mod many;
#[cfg(test)]
mod models;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod scores;
#[cfg(test)]
mod shipped;
#[cfg(test)]
mod shipped_rows;
#[cfg(test)]
mod studies;
#[cfg(test)]
mod support;
#[cfg(test)]
mod trained;
