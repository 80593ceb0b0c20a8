//! The bank's promises, told as stories: a holder, a wallet, a thief, a core that loses answers.
#![cfg(test)]

#[cfg(test)]
mod alerts;
#[cfg(test)]
mod app_signing;
#[cfg(test)]
mod busy;
#[cfg(test)]
mod caps;
#[cfg(test)]
mod caps_changes;
#[cfg(test)]
mod card_signing;
#[cfg(test)]
mod cards;
#[cfg(test)]
mod channels;
#[cfg(test)]
mod claim_packs;
mod claims;
#[cfg(test)]
mod claims_thief;
#[cfg(test)]
mod contacts;
#[cfg(test)]
mod contract_letters;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod core_system;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod credits;
#[cfg(test)]
mod decoupled;
#[cfg(test)]
mod delegates;
#[cfg(test)]
mod delegates_year;
#[cfg(test)]
mod descriptor;
#[cfg(test)]
mod enrolment;
#[cfg(test)]
mod evidence;
mod evidence_agreed;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod frozen_by_rule;
#[cfg(test)]
mod guessing;
#[cfg(test)]
mod halting;
#[cfg(test)]
mod held_contracts;
#[cfg(test)]
mod late_word;
#[cfg(test)]
mod leaks;
#[cfg(test)]
mod leavers;
#[cfg(test)]
mod linking;
#[cfg(test)]
mod lock;
#[cfg(test)]
mod lookback;
#[cfg(test)]
mod looking;
#[cfg(test)]
mod matching;
#[cfg(test)]
mod monthly;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod open_items;
#[cfg(test)]
mod ordinary;
#[cfg(test)]
mod pings;
#[cfg(test)]
mod raced;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod refunds;
#[cfg(test)]
mod registry;
#[cfg(test)]
mod registry_thief;
#[cfg(test)]
mod renewal;
#[cfg(test)]
mod reopening;
#[cfg(test)]
mod replays;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod screening;
mod second_look;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod signals;
#[cfg(test)]
mod stepup;
#[cfg(test)]
mod stepup_caps;
#[cfg(test)]
mod stepup_waits;
#[cfg(test)]
mod stop_orders;
#[cfg(test)]
mod stop_reported;
#[cfg(test)]
mod stopped_raises;
#[cfg(test)]
mod stopped_waiting;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod sweeping;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod terms;
#[cfg(test)]
mod thief;
#[cfg(test)]
mod told;
#[cfg(test)]
mod told_care;
#[cfg(test)]
mod told_crash;
#[cfg(test)]
mod told_out;
#[cfg(test)]
mod uniform;
#[cfg(test)]
mod waits;
#[cfg(test)]
mod world;
