//! The wallet over HTTP, with a scripted bank behind it, on a clock of our own.

#[cfg(test)]
#[path = "../../../wallet/tests/it/bank.rs"]
#[expect(dead_code, reason = "shared with the tests of the use cases")]
#[cfg(test)]
mod bank;
#[cfg(test)]
mod choosing;
#[cfg(test)]
mod closing;
#[cfg(test)]
mod company;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod first_topup;
#[cfg(test)]
mod lookback;
#[cfg(test)]
mod owed;
#[cfg(test)]
mod refunds;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod scores;
#[cfg(test)]
mod story;
#[cfg(test)]
mod subject;
#[cfg(test)]
mod telling;
#[cfg(test)]
mod texts;
#[cfg(test)]
#[path = "../../../wallet/tests/it/world.rs"]
#[expect(dead_code, reason = "shared with the tests of the use cases")]
#[cfg(test)]
mod world;
