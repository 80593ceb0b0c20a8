//! Every playbook that is built; nothing that is not.

use super::{
    Playbook, caps, company, docomo_2020, guess, probe, rogue_bank, shops, stolen_phone, synced,
    tired, trust, wire,
};
use crate::people::Town;

/// The town is as it is.
const fn nobody(_: &mut Town, _: u64) {}

macro_rules! scenario {
    ($id:literal) => {
        include_str!(concat!("../../../../attacks/", $id, "/scenario.toml"))
    };
}

/// In the order of the list and the report.
pub(crate) static ALL: &[Playbook] = &[
    Playbook { text: scenario!("docomo-2020"), prepare: nobody, stage: docomo_2020::stage },
    Playbook {
        text: scenario!("reverse-brute-force"),
        prepare: guess::common_pin,
        stage: guess::fast,
    },
    Playbook {
        text: scenario!("reverse-brute-force-slow"),
        prepare: guess::common_pin,
        stage: guess::slow,
    },
    Playbook { text: scenario!("relink"), prepare: caps::two_wallets, stage: caps::relink },
    Playbook { text: scenario!("month-edge"), prepare: nobody, stage: caps::month_edge },
    Playbook { text: scenario!("burst"), prepare: caps::two_wallets, stage: caps::burst },
    Playbook { text: scenario!("sleeper"), prepare: nobody, stage: caps::sleeper },
    Playbook {
        text: scenario!("overdraft-drain"),
        prepare: caps::time_deposits,
        stage: caps::overdraft,
    },
    Playbook { text: scenario!("limit-cut"), prepare: caps::two_wallets, stage: caps::limit_cut },
    Playbook {
        text: scenario!("code-guessing"),
        prepare: guess::birthday_pin,
        stage: probe::codes,
    },
    Playbook { text: scenario!("name-harvest"), prepare: nobody, stage: probe::names },
    Playbook {
        text: scenario!("contact-swap"),
        prepare: nobody,
        stage: stolen_phone::contact_swap,
    },
    Playbook { text: scenario!("aitm"), prepare: nobody, stage: trust::aitm },
    Playbook { text: scenario!("vishing-enrol"), prepare: nobody, stage: trust::vishing },
    Playbook { text: scenario!("reset-takeover"), prepare: nobody, stage: stolen_phone::reset },
    Playbook { text: scenario!("name-twin"), prepare: trust::same_name, stage: trust::name_twin },
    Playbook { text: scenario!("weaponised-safety"), prepare: nobody, stage: probe::flood },
    Playbook { text: scenario!("coached-victim"), prepare: nobody, stage: trust::coached },
    Playbook { text: scenario!("mail-redirect"), prepare: nobody, stage: trust::mail_redirect },
    Playbook { text: scenario!("sim-swap"), prepare: nobody, stage: trust::sim_swap },
    Playbook { text: scenario!("mule-fan-in"), prepare: nobody, stage: stolen_phone::mules },
    Playbook { text: scenario!("passcode-thief"), prepare: nobody, stage: stolen_phone::passcode },
    Playbook { text: scenario!("caregiver"), prepare: nobody, stage: trust::caregiver },
    Playbook { text: scenario!("legacy-link"), prepare: nobody, stage: caps::legacy },
    Playbook { text: scenario!("wire-tamper"), prepare: nobody, stage: wire::tamper },
    Playbook {
        text: scenario!("forged-id"),
        prepare: stolen_phone::forged_account,
        stage: stolen_phone::forged_id,
    },
    Playbook { text: scenario!("synced-passkey"), prepare: nobody, stage: synced::synced_passkey },
    Playbook { text: scenario!("push-fatigue"), prepare: nobody, stage: tired::push_fatigue },
    Playbook { text: scenario!("rogue-wallet"), prepare: nobody, stage: company::rogue },
    Playbook {
        text: scenario!("rogue-bank"),
        prepare: rogue_bank::prepare,
        stage: rogue_bank::stage,
    },
    Playbook { text: scenario!("insider"), prepare: nobody, stage: company::insider },
    Playbook { text: scenario!("fake-merchant"), prepare: nobody, stage: shops::fake_merchant },
    Playbook { text: scenario!("false-victim"), prepare: nobody, stage: shops::false_victim },
];
