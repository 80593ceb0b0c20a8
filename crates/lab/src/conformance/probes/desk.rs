//! What staff see and must not be able to do alone.

use super::before;
use crate::conformance::{
    mask,
    probe::{Fault, Off, Probe, Seen, seen},
    scene::Scene,
};

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: "partner-file",
        observe: |scene| Box::pin(partner_file(scene)),
        off: Off {
            about: "the desk keeps partners without what was agreed with them",
            apply: |plan| plan.tamper = before(mask::keeps_no_agreement),
        },
    },
    Probe {
        id: "weak-bank-refused",
        observe: |scene| Box::pin(weak_bank(scene)),
        off: Off {
            about: "the wallet calls every connector good enough",
            apply: |plan| plan.tamper = before(mask::takes_every_bank),
        },
    },
];

/// The bank's file about the wallet: the version that is live and what it says.
async fn partner_file(scene: Scene) -> Seen {
    let (mut staff, host) = scene.staff(true).await?;
    let list = staff.open(&format!("{host}/desk/partners")).await?;
    let link = list.link("/desk/partners/")?;
    let page = staff.follow(&list, &link).await?;
    if page.document.text.contains("いま満たしていない項目") {
        return Err(Fault::Broken(
            "the live version does not meet rows of the guidelines".to_owned(),
        ));
    }
    let Some(version) = page.document.links.iter().find(|link| link.ends_with("/1")).cloned()
    else {
        return Err(Fault::Broken("the desk shows no version of what was agreed".to_owned()));
    };
    let version = staff.follow(&page, &version).await?;
    let text = &version.document.text;
    for part in ["リスク評価", "見直し", "役割分担", "契約", "補償"] {
        if !text.contains(part) {
            return Err(Fault::Broken(format!("the partner's file says nothing of {part}")));
        }
    }
    Ok("the bank's desk has the live version of what was agreed with the wallet, with joint assessment, \
        review date, split of tasks, contract and compensation; no row that it must meet is open"
        .to_owned())
}

/// A bank that proves its customer by what can be known, as staff of the wallet may propose it.
async fn weak_bank(scene: Scene) -> Seen {
    let (mut staff, host) = scene.staff(false).await?;
    let asked = "proof=pin_and_facts&matches=yes&tells=yes&revocable=yes&reports=yes&bearer=no";
    let page = staff.open(&format!("{host}/desk/banks?{asked}")).await?;
    if page.url.path() != "/desk/banks" {
        return Err(page.missing("connectors").into());
    }
    seen(
        page.document.tones.iter().any(|tone| tone == "error"),
        "a connector that declares account number, PIN and birth date as its proof is refused by the \
         table that every link is checked against, naming FT-10, BK-01 and INC-02",
        "a bank that proves its customer by knowledge alone would be taken",
    )
}
