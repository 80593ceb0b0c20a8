//! Stopping: by the holder, the customer, and staff of either company.

use kanuki_domain::Yen;

use super::{NO_STOP, before};
use crate::{
    browser::{Browser, Page},
    conformance::{
        mask,
        probe::{Fault, Off, Probe, Seen, seen},
        scene::{Scene, must_top_up, tops_up},
    },
    honest::stop_code,
    walk::{self, wallet::Moved},
    world::Desk,
};

pub(super) const PROBES: &[Probe] = &[
    Probe { id: "stop-code", observe: |scene| Box::pin(by_code(scene)), off: NO_STOP },
    Probe {
        id: "stop-crosses",
        observe: |scene| Box::pin(crosses(scene)),
        off: Off {
            about: "the wallet throws away what the bank reports",
            apply: |plan| plan.tamper = before(mask::hears_nothing),
        },
    },
    Probe {
        id: "halt-told",
        observe: |scene| Box::pin(halt_told(scene)),
        off: Off {
            about: "each company throws away what the other reports",
            apply: |plan| plan.tamper = before(mask::hears_nothing),
        },
    },
    Probe { id: "own-freeze", observe: |scene| Box::pin(freeze(scene)), off: NO_STOP },
    Probe { id: "bank-halts-partner", observe: |scene| Box::pin(bank_halts(scene)), off: NO_STOP },
    Probe { id: "wallet-halts", observe: |scene| Box::pin(wallet_halts(scene)), off: NO_STOP },
];

/// Joined and used, then the code from the bank's message typed by somebody at another device.
pub(super) async fn joined_and_stopped(scene: &Scene) -> Result<(Browser, Page), Fault> {
    let mut browser = scene.join_long_ago().await?;
    must_top_up(&mut browser, 12_000).await?;
    scene.settle().await;
    let stopped = by_newest_code(scene).await?;
    Ok((browser, stopped))
}

/// The code from the bank's newest message, typed by somebody at another device: the page that answers.
pub(super) async fn by_newest_code(scene: &Scene) -> Result<Page, Fault> {
    let letters = scene.world.post.read(&scene.person.phone);
    let code = letters.iter().rev().find_map(|received| {
        let is_from_bank = scene.is_from_bank(&received.letter.subject);
        stop_code(&received.letter.body).filter(|_| is_from_bank)
    });
    let code = code.ok_or_else(|| Fault::Lost("no message with a stop code came".to_owned()))?;
    let mut other = scene.stranger("the holder without a sign-in");
    let page = walk::bank::stop(&mut other.browser, &scene.bank(), &code).await?;
    if !page.status.is_success() {
        return Err(page.missing("case number").into());
    }
    Ok(page)
}

/// The stop holds at the bank.
async fn by_code(scene: Scene) -> Seen {
    let (mut browser, _) = joined_and_stopped(&scene).await?;
    let moved = tops_up(&mut browser, 1_000).await;
    seen(
        !moved,
        "the code from the bank's message, typed without a sign-in, stopped the link at once; nothing \
         moved after it",
        "money moved after the stop code was typed",
    )
}

/// The other company knows within a minute.
async fn crosses(scene: Scene) -> Seen {
    let (mut browser, _) = joined_and_stopped(&scene).await?;
    scene.settle().await;
    let page = walk::wallet::visit(&mut browser, "/topup").await?;
    let offers = page.form("/topup/confirm").is_ok();
    seen(
        !offers,
        "within 60 s of a stop at the bank the wallet no longer offered the link: the signed event was \
         delivered and obeyed",
        "the wallet still offered a link that was stopped at the bank a minute ago",
    )
}

/// The customer's own button.
async fn freeze(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    must_top_up(&mut browser, 20_000).await?;
    let page = walk::wallet::visit(&mut browser, "/freeze").await?;
    let form = page.form("/freeze")?;
    browser.submit(&page, &form).await?;
    let code = scene.world.wallet.shop_codes.first().cloned().unwrap_or_default();
    let paid = walk::wallet::pay(&mut browser, &code, Yen::of(1_000)).await;
    let paid = matches!(paid, Ok((Moved::Done, _)));
    let topped_up = tops_up(&mut browser, 1_000).await;
    let sent = walk::wallet::send_by_link(&mut browser, Yen::of(1_000)).await;
    let sent = matches!(sent, Ok(Some(_)));
    let before = scene.balance().await?;
    let asked = walk::wallet::pay_out(&mut browser, Yen::of(1_000)).await;
    scene.hours(30).await;
    let paid_out = scene.balance().await? != before;
    drop(asked);
    seen(
        !paid && !topped_up && !sent && !paid_out,
        "after the customer's own stop nothing could be topped up, paid, sent or paid out",
        "money moved after the customer stopped the wallet",
    )
}

/// Staff of the bank stop one partner.
async fn bank_halts(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    must_top_up(&mut browser, 2_000).await?;
    bank_presses(&scene).await?;
    halted(&scene, &mut browser, "one partner at the bank").await
}

/// The switch of the wallet, at the bank.
async fn bank_presses(scene: &Scene) -> Result<(), Fault> {
    let (mut staff, host) = scene.staff(true).await?;
    let page = staff.open(&format!("{host}/desk/gates")).await?;
    let closes = |form: &&crate::browser::Form| {
        form.action == "/desk/gates/close"
            && form.value("scope").is_some_and(|scope| scope.starts_with("partner|"))
    };
    let form = page.document.forms.iter().find(closes).cloned();
    let form = form.ok_or_else(|| page.missing("switch for the partner"))?;
    staff.submit(&page, &form.with("reason", "検査")).await?;
    Ok(())
}

/// Staff of the wallet stop everything.
async fn wallet_halts(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    must_top_up(&mut browser, 2_000).await?;
    wallet_presses(&scene).await?;
    halted(&scene, &mut browser, "everything at the wallet").await
}

/// The switch of everything, at the wallet.
async fn wallet_presses(scene: &Scene) -> Result<(), Fault> {
    let (mut staff, host) = scene.staff(false).await?;
    let page = staff.open(&format!("{host}/desk/switches")).await?;
    let stops = |form: &&crate::browser::Form| {
        form.action == "/desk/switches/stop" && form.value("kind") == Some("everything")
    };
    let form = page.document.forms.iter().find(stops).cloned();
    let form = form.ok_or_else(|| page.missing("switch for everything"))?;
    staff.submit(&page, &form.with("reason", "検査")).await?;
    Ok(())
}

/// What one company stops as a whole, the other one knows within a minute, and everybody can read it there.
async fn halt_told(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    bank_presses(&scene).await?;
    wallet_presses(&scene).await?;
    scene.settle().await;
    let topup = walk::wallet::visit(&mut browser, "/topup").await?;
    let mut unsaid = Vec::new();
    if !topup.document.text.contains("チャージを止めています") {
        unsaid.push("the wallet's page of top-ups".to_owned());
    }
    for host in [scene.world.desk_pages(Desk::Wallet), scene.bank()] {
        let page = browser.open(&format!("{host}/incident")).await?;
        if !page.document.text.contains("自ら止めているもの") {
            unsaid.push(format!("{host}/incident"));
        }
    }
    seen(
        unsaid.is_empty(),
        "a minute after staff of the bank had stopped this wallet and staff of the wallet everything, each company's          public page said what the other had stopped and since when, and the wallet said so before a top-up was asked",
        &format!(
            "one company stopped all it does with the other, and nothing of it stands on {}",
            unsaid.join(", ")
        ),
    )
}

/// Neither an old link nor a new one.
async fn halted(scene: &Scene, browser: &mut Browser, what: &str) -> Seen {
    let debited = tops_up(browser, 1_000).await;
    let mut others = scene.world.town.at_bank(scene.person.bank);
    let neighbor = others.find(|person| person.key != scene.person.key).cloned();
    let neighbor = neighbor.ok_or_else(|| Fault::Lost("nobody else has an account".to_owned()))?;
    let other = Scene { person: neighbor, ..scene.clone() };
    let linked = other.join().await.is_ok();
    seen(
        !debited && !linked,
        format!(
            "staff stopped {what}: the next debit of a link made before it was refused, and so was a \
                 new link"
        ),
        &format!(
            "staff stopped {what}, and {} went on",
            if debited { "old links" } else { "new links" }
        ),
    )
}
