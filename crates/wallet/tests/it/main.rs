//! A wallet against a scripted bank, in memory, on a clock of our own.

#[cfg(test)]
mod bank;
#[cfg(test)]
mod bank_keys;
#[cfg(test)]
mod banks;
#[cfg(test)]
mod challenged;
#[cfg(test)]
mod claim_packs;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod closed;
#[cfg(test)]
mod closing;
#[cfg(test)]
mod connectors;
#[cfg(test)]
mod contended;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod crash_payouts;
#[cfg(test)]
mod crowd;
#[cfg(test)]
mod decoupled;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod endings;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod frozen_by_rule;
#[cfg(test)]
mod halting;
#[cfg(test)]
mod held;
#[cfg(test)]
mod held_desk;
#[cfg(test)]
mod held_thief;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod lanes;
#[cfg(test)]
mod late_word;
#[cfg(test)]
mod leaks;
#[cfg(test)]
mod leavers;
#[cfg(test)]
mod lookback;
mod loosening;
#[cfg(test)]
mod money;
#[cfg(test)]
mod push;
#[cfg(test)]
mod reads;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod recoup;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod refunds;
#[cfg(test)]
mod renew;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod screening;
#[cfg(test)]
mod stepup;
#[cfg(test)]
mod stepup_stopped;
#[cfg(test)]
mod stop;
#[cfg(test)]
mod stop_reported;
#[cfg(test)]
mod suspicion;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod told;
#[cfg(test)]
mod told_care;
#[cfg(test)]
mod told_crash;
#[cfg(test)]
mod told_out;
#[cfg(test)]
mod waiting;
#[cfg(test)]
mod word;
#[cfg(test)]
mod world;
