//! Money: how much, how soon, to whom, and that what was shown is what is taken.

use jiff::ToSpan as _;
use kanuki_domain::Yen;

use super::{NO_CAPS, before, without};
use crate::{
    browser::Browser,
    conformance::{
        mask,
        probe::{Fault, Off, Probe, Seen, seen},
        scene::{Scene, must_top_up, tops_up},
    },
    playbook::thief::Thief,
    policy::Control,
    sim::clock::{instant, japan},
    walk,
};

pub(super) const PROBES: &[Probe] = &[
    Probe { id: "first-day", observe: |scene| Box::pin(first_day(scene)), off: NO_CAPS },
    Probe { id: "rolling-caps", observe: |scene| Box::pin(rolling(scene)), off: NO_CAPS },
    Probe { id: "relinked", observe: |scene| Box::pin(relinked(scene)), off: NO_CAPS },
    Probe { id: "closed-and-back", observe: |scene| Box::pin(closed(scene)), off: NO_CAPS },
    Probe {
        id: "own-cap",
        observe: |scene| Box::pin(own_cap(scene)),
        off: Off {
            about: "a cap that its holder lowers stays as it was",
            apply: |plan| plan.tamper = before(mask::lowers_nothing),
        },
    },
    Probe {
        id: "drain-is-held",
        observe: |scene| Box::pin(drain(scene)),
        off: Off {
            about: "nothing that empties a wallet is held",
            apply: |plan| without(plan, &[Control::DrainHold]),
        },
    },
    Probe {
        id: "new-payout-waits",
        observe: |scene| Box::pin(new_payout(scene)),
        off: Off {
            about: "a new account is paid out to at once",
            apply: |plan| without(plan, &[Control::PayoutWaits]),
        },
    },
    Probe {
        id: "shown-is-taken",
        observe: |scene| Box::pin(shown_is_taken(scene)),
        off: Off {
            about: "the wallet shows one amount and takes another",
            apply: |plan| plan.tamper = before(mask::takes_more),
        },
    },
    Probe {
        id: "confirmed-first",
        observe: |scene| Box::pin(confirmed_first(scene)),
        off: Off {
            about: "the page to confirm does not say how much",
            apply: |plan| plan.tamper = before(mask::hides_amounts),
        },
    },
];

/// A link that was just made.
async fn first_day(scene: Scene) -> Seen {
    let mut browser = scene.join().await?;
    let mut over = tops_up(&mut browser, 10_001).await;
    let mut sum = 0_u64;
    // The four of 1 September 2020 (INC-06), as far as they go.
    for amount in [100_000, 90_000, 90_000, 20_000, 10_000, 1_000] {
        if tops_up(&mut browser, amount).await {
            sum = sum.saturating_add(amount);
        }
    }
    over |= sum > 10_000;
    if over {
        let said = format!("¥{sum} left the account in the minutes after it was linked");
        return Err(Fault::Broken(said));
    }
    scene.hours(23).await;
    let late = tops_up(&mut browser, 1_000).await;
    scene.hours(2).await;
    must_top_up(&mut browser, 20_000).await?;
    seen(
        sum == 10_000 && !late,
        "in the first 24 hours of a link ¥10,000 moved in all, whatever was tried; after them ¥20,000",
        "the first day of a link was not limited to ¥10,000",
    )
}

/// Takes ¥50,000 in one piece.
async fn days_worth(browser: &mut Browser) -> Result<(), Fault> {
    must_top_up(browser, 50_000).await
}

/// On both sides of midnight and of the month's edge.
async fn rolling(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    // The last evening of a month, half an hour before midnight in Japan.
    let next = japan(scene.world.now()).date().last_of_month();
    let evening = instant(next.at(23, 30, 0, 0));
    scene.world.bed.until(evening).await;
    days_worth(&mut browser).await?;
    scene.hours(1).await;
    let over_midnight = tops_up(&mut browser, 1_000).await;
    if over_midnight {
        let said = "a day's worth was taken on both sides of midnight and of the month's end";
        return Err(Fault::Broken(said.to_owned()));
    }
    let mut taken = 1_u32;
    while taken < 6 {
        scene.hours(25).await;
        days_worth(&mut browser).await?;
        taken = taken.saturating_add(1);
    }
    scene.hours(25).await;
    let over_month = tops_up(&mut browser, 1_000).await;
    let day = japan(evening).date().checked_add(7.days());
    let day = day.map_or_else(|_| String::new(), |day| day.to_string());
    seen(
        !over_month,
        format!(
            "after ¥50,000 at 23:30 on {} nothing moved at 00:30; after six such days ¥1,000 more within 30 \
             days was refused on {day}, in another calendar month",
            japan(evening).date()
        ),
        "more than ¥300,000 left one account within 30 days",
    )
}

/// A drained account, unlinked and linked anew.
async fn relinked(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    days_worth(&mut browser).await?;
    let mut thief = Thief::holding(&scene.world, browser, "same hands");
    thief.unlink().await?;
    browser = thief.browser;
    scene.settle().await;
    if !scene.link_again(&mut browser).await? {
        return Err(Fault::Lost("the account could not be linked again".to_owned()));
    }
    let more = tops_up(&mut browser, 1_000).await;
    seen(
        !more,
        "an account that gave its day's ¥50,000, was unlinked and linked anew, gave nothing more that day",
        "unlinking and linking anew emptied the counters",
    )
}

/// A drained account whose wallet is closed, and the same person's next wallet.
async fn closed(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    for _ in 0..6 {
        days_worth(&mut browser).await?;
        scene.hours(25).await;
    }
    // It is held for a day, and the wallet is not closed with money in it.
    walk::wallet::pay_out(&mut browser, Yen::of(300_000)).await?;
    let asked = walk::wallet::close(&mut browser).await?;
    asked.link("/close/keep")?;
    scene.hours(10 * 24).await;
    scene.settle().await;
    let out = walk::wallet::sign_in(&mut browser).await?;
    if !out.url.path().starts_with("/sign-in") {
        return Err(Fault::Broken("a closed wallet could be signed in to".to_owned()));
    }
    if !scene.link_to_another(&mut browser).await? {
        return Err(Fault::Lost("the next wallet could not be linked".to_owned()));
    }
    scene.hours(25).await;
    let more = tops_up(&mut browser, 1_000).await;
    scene.hours(20 * 24).await;
    must_top_up(&mut browser, 1_000).await?;
    seen(
        !more,
        "¥300,000 left an account in six days, its wallet was closed and opened to nobody, and the same \
         person's next wallet got nothing from it before 30 days were over",
        "closing a wallet and opening another emptied the counters",
    )
}

/// The holder lowers their own cap at the bank.
async fn own_cap(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    walk::bank::lower(&mut browser, &scene.bank(), Yen::of(5_000)).await?;
    scene.settle().await;
    let above = tops_up(&mut browser, 6_000).await;
    let within = tops_up(&mut browser, 5_000).await;
    if !within && !above {
        return Err(Fault::Lost("nothing moved within the lowered cap either".to_owned()));
    }
    seen(
        !above,
        "after the holder lowered the day's cap to ¥5,000 at the bank, ¥6,000 was refused and ¥5,000 moved",
        "a cap that its holder lowered was not kept",
    )
}

/// Most of a full wallet is to be paid out.
async fn drain(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    for _ in 0..3 {
        days_worth(&mut browser).await?;
        scene.hours(25).await;
    }
    let before = scene.balance().await?;
    walk::wallet::pay_out(&mut browser, Yen::of(90_000)).await?;
    scene.hours(12).await;
    let held = scene.balance().await? == before;
    scene.hours(24).await;
    let arrived = scene.balance().await? > before;
    if held && !arrived {
        return Err(Fault::Lost("the payout did not arrive after the hold either".to_owned()));
    }
    seen(
        held,
        "a payout of ¥90,000 of ¥150,000 was held for more than 12 hours, and arrived after 24",
        "more than half of a wallet left at once",
    )
}

/// A payout to an account that was just linked.
async fn new_payout(scene: Scene) -> Seen {
    let mut browser = scene.join().await?;
    must_top_up(&mut browser, 9_000).await?;
    let before = scene.balance().await?;
    // What it says in the first day, a refusal or a wait, is its own affair; nothing may arrive.
    let asked = walk::wallet::pay_out(&mut browser, Yen::of(4_000)).await;
    scene.hours(12).await;
    let waited = scene.balance().await? == before;
    scene.hours(24).await;
    if asked.is_err() {
        walk::wallet::pay_out(&mut browser, Yen::of(4_000)).await?;
        scene.hours(12).await;
    }
    if waited && scene.balance().await? == before {
        return Err(Fault::Lost("the payout did not arrive after a day either".to_owned()));
    }
    seen(
        waited,
        "nothing was paid out to an account in the first hours of its link; after its first day it was",
        "a new account was paid out to at once",
    )
}

/// One payment, whose form is changed on its way.
async fn shown_is_taken(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    must_top_up(&mut browser, 40_000).await?;
    let code = scene.world.wallet.shop_codes.first().cloned().unwrap_or_default();
    let query = serde_urlencoded::to_string([("code", code)]).unwrap_or_default();
    let page = walk::wallet::visit(&mut browser, &format!("/pay?{query}")).await?;
    let form = page.form("/pay/confirm")?.with("amount", "10500");
    let confirm = browser.submit(&page, &form).await?;
    if !confirm.document.text.contains("10,500") {
        return Err(Fault::Broken("the amount is not on the page that is signed".to_owned()));
    }
    browser.submit_passkey(&confirm, &[("amount", "19500")]).await?;
    let statement = walk::wallet::visit(&mut browser, "/statement").await?;
    let text = &statement.document.text;
    seen(
        text.contains("10,500") && !text.contains("19,500"),
        "a payment was signed for ¥10,500; the form was changed to ¥19,500 after that, and ¥10,500 was \
         paid",
        "another amount was taken than the one that was shown and signed",
    )
}

/// A top-up up to the page before the last button.
async fn confirmed_first(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    let before = scene.balance().await?;
    let (page, _) = walk::wallet::prepare_top_up(&mut browser, Yen::of(3_210)).await?;
    scene.settle().await;
    let text = &page.document.text;
    let is_shown = text.contains("3,210") && text.contains(scene.bank_name());
    seen(
        is_shown && scene.balance().await? == before,
        "before money moves, a page shows the amount and the bank and asks; whoever leaves it moves nothing",
        "the page before the movement does not show amount and bank",
    )
}
