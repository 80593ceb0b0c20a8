//! One secret at many accounts, and one person with many wallets.

use super::before;
use crate::{
    conformance::{
        cover,
        mask::WRONG_CODE,
        probe::{Fault, Off, Probe, Seen, seen},
        scene::Scene,
    },
    walk,
};

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: "walked-numbers",
        observe: |scene| Box::pin(walked(scene)),
        off: Off {
            about: "the bank does not see which accounts one browser asks about",
            apply: |plan| plan.tamper = before(cover::sees_one_account),
        },
    },
    Probe {
        id: "one-wallet-a-person",
        observe: |scene| Box::pin(one_wallet(scene)),
        off: Off {
            about: "a card that has proven somebody proves the customer of another wallet too",
            apply: |plan| plan.tamper = before(cover::takes_every_card),
        },
    },
];

/// Accounts that the thief walks over.
const WALKED: u32 = 6;
/// So many of them one browser may ask about in a day.
const TAKEN_MAX: u32 = 3;

/// One wrong code at one account after the other, from one browser.
async fn walked(scene: Scene) -> Seen {
    let (person, enrol) = (&scene.person, format!("{}/enrol", scene.bank()));
    let mut thief = scene.stranger("walking over numbers");
    let first: u32 = person.account.number().parse().unwrap_or(1_000_000);
    let mut taken: u32 = 0;
    for step in 0..WALKED {
        let number = format!("{:07}", first.saturating_add(step));
        let page = thief.browser.open(&enrol).await?;
        let form = page.form("/enrol")?.with("branch", person.account.branch());
        let form = form.with("number", number).with("proof", "atm");
        let page = thief.browser.submit(&page, &form).await?;
        if page.form_with("code").is_ok() {
            taken = taken.saturating_add(1);
            walk::bank::type_code(&mut thief.browser, &page, WRONG_CODE).await?;
        }
    }
    if taken == 0 {
        return Err(Fault::Lost("nobody could begin at all".to_owned()));
    }
    let mut holder = scene.stranger("the holder of the first account");
    let page = holder.browser.open(&enrol).await?;
    let page = walk::bank::start(&mut holder.browser, &page, person, "atm").await?;
    if page.form_with("code").is_err() {
        return Err(Fault::Broken(
            "the holder of an account that was tried is kept out".to_owned(),
        ));
    }
    seen(
        taken <= TAKEN_MAX,
        format!(
            "one code was tried at one account after the other: after {taken} accounts the same browser was refused \
             whatever account it named, and the holder of the first one could still begin from their own"
        ),
        &format!("one code was tried at {taken} accounts from one browser within minutes"),
    )
}

/// A second wallet, and the card that the first one was proven by.
async fn one_wallet(scene: Scene) -> Seen {
    let world = &scene.world;
    scene.join_long_ago().await?;
    let mut second = scene.stranger("the same person, a second wallet");
    let contact = ("again@example.net", "08012340001");
    let page = walk::wallet::open(&mut second.browser, "again", contact).await?;
    let card = world.operator.card(&scene.person.on_card(), scene.person.serial());
    let card = card.map_err(|_| page.missing("card"))?;
    let answer = walk::wallet::prove(&mut second.browser, &card, &scene.person.kana).await?;
    if answer.document.tones.iter().any(|tone| tone == "success") {
        return Err(Fault::Broken("one card proved the customers of two wallets".to_owned()));
    }
    let code = world.bank_code(scene.person.bank);
    let page = walk::wallet::start_link(&mut second.browser, &code).await;
    let is_at_bank = page.is_ok_and(|page| page.url.as_str().starts_with(&scene.bank()));
    seen(
        !is_at_bank,
        "somebody with a proven wallet opened a second one: their card was refused there, because it has proven a \
         wallet already, and the second one, whose customer proved nothing, was not let go to the bank",
        "a second wallet of one person could go and link",
    )
}
