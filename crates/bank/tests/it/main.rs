//! The bank's promises, told as stories: a holder, a wallet, a thief, a core that loses answers.

mod caps;
mod crash;
mod enrolment;
mod linking;
mod stopping;
mod world;
