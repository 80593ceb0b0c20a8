//! What is looked at. Each file is one concern of the requirements; each probe says, beside what it
//! observes, which control must be missing for it to fail.

mod cases;
mod change;
mod desk;
mod doors;
mod known;
mod link;
mod many;
mod money;
mod owed;
mod public;
mod stop;
mod told;

use super::probe::{Off, Probe};
use crate::{
    policy::{self, Control},
    world::{Plan, Tamper},
};

/// Every probe.
pub(crate) fn all() -> Vec<Probe> {
    let groups: [&[Probe]; 12] = [
        link::PROBES,
        doors::PROBES,
        money::PROBES,
        told::PROBES,
        stop::PROBES,
        public::PROBES,
        desk::PROBES,
        change::PROBES,
        known::PROBES,
        owed::PROBES,
        cases::PROBES,
        many::PROBES,
    ];
    groups.concat()
}

/// Both companies as they ship, without these controls.
fn without(plan: &mut Plan, controls: &[Control]) {
    plan.changes = policy::Changes::without(controls.iter().copied());
}

/// Neither bank nor wallet has caps.
const NO_CAPS: Off = Off {
    about: "neither bank nor wallet has caps",
    apply: |plan| {
        let all =
            [Control::AccountCaps, Control::MandateCaps, Control::Cooling, Control::NewWallet];
        without(plan, &all);
    },
};

/// The bank tells its holders nothing.
const NOT_TOLD: Off = Off {
    about: "the bank tells its holders nothing",
    apply: |plan| without(plan, &[Control::BankNotices]),
};

/// Pressing a stop does nothing.
const NO_STOP: Off = Off {
    about: "a stop is acknowledged and does nothing",
    apply: |plan| plan.tamper = before(super::mask::stops_nothing),
};

/// Something stands before every server.
pub(super) const fn before(servers: fn(axum::Router) -> axum::Router) -> Tamper {
    Tamper {
        servers: Some(servers),
        letters: None,
        machines_are_branches: false,
        wakes_everybody: false,
    }
}
