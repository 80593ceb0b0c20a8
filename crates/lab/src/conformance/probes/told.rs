//! Who is told what, where, and without what a thief could use.

use kanuki_domain::Yen;

use super::{NOT_TOLD, without};
use crate::{
    conformance::{
        mask,
        probe::{Fault, Off, Probe, Seen, seen},
        scene::{Scene, must_top_up},
    },
    honest::stop_code,
    policy::Control,
    walk,
    world::Tamper,
};

pub(super) const PROBES: &[Probe] = &[
    Probe { id: "link-is-told", observe: |scene| Box::pin(link(scene)), off: NOT_TOLD },
    Probe { id: "debit-is-told", observe: |scene| Box::pin(debit(scene)), off: NOT_TOLD },
    Probe {
        id: "wallet-tells",
        observe: |scene| Box::pin(wallet_tells(scene)),
        off: Off {
            about: "the wallet tells its customers nothing",
            apply: |plan| without(plan, &[Control::WalletNotices]),
        },
    },
    Probe {
        id: "no-links-in-messages",
        observe: |scene| Box::pin(no_links(scene)),
        off: Off {
            about: "messages carry a link to the sign-in",
            apply: |plan| {
                plan.tamper = Tamper { letters: Some(mask::with_link), ..Tamper::default() }
            },
        },
    },
];

/// A link is told at every contact that the bank had before.
async fn link(scene: Scene) -> Seen {
    scene.join().await?;
    scene.settle().await;
    let [mail, phone] = scene.told_by_bank("Kanuki");
    let has_code =
        scene.letters().iter().any(|received| stop_code(&received.letter.body).is_some());
    seen(
        mail > 0 && phone > 0 && has_code,
        "within a minute of a link its holder was told by mail and by telephone number, both as the bank \
         had them before, with the wallet's name and a code that stops it",
        "a link was made and its holder was not told at the contacts that the bank has on file",
    )
}

/// A debit is told at every contact that the bank had before.
async fn debit(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    must_top_up(&mut browser, 12_340).await?;
    scene.settle().await;
    let [mail, phone] = scene.told_by_bank("12,340");
    seen(
        mail > 0 && phone > 0,
        "a debit of ¥12,340 was told by the bank by mail and to the telephone number on file, with its amount",
        "a debit was made and its holder was not told by the bank",
    )
}

/// Link, top-up, payment and payout.
async fn wallet_tells(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    must_top_up(&mut browser, 23_450).await?;
    let code = scene.world.wallet.shop_codes.first().cloned().unwrap_or_default();
    walk::wallet::pay(&mut browser, &code, Yen::of(1_230)).await?;
    walk::wallet::pay_out(&mut browser, Yen::of(4_560)).await?;
    scene.hours(30).await;
    for (what, words) in [
        ("a top-up", "23,450"),
        ("a payment", "1,230"),
        ("a payout", "4,560"),
        ("a new link", "つなぎました"),
    ] {
        if scene.told_by_wallet(words) == 0 {
            return Err(Fault::Broken(format!("{what} was not told to the customer")));
        }
    }
    Ok("a link, a top-up, a payment and a payout were told to the customer".to_owned())
}

/// Every message of an eventful fortnight.
async fn no_links(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    must_top_up(&mut browser, 20_000).await?;
    walk::wallet::pay_out(&mut browser, Yen::of(2_000)).await?;
    walk::bank::lower(&mut browser, &scene.bank(), Yen::of(9_000)).await?;
    let mut stranger = scene.stranger("asking for recovery");
    walk::wallet::ask_recovery_page(&mut stranger.browser, &scene.person.email).await?;
    scene.hours(30).await;
    let letters = scene.letters();
    let bad =
        |text: &str| text.contains("://") || text.contains("sign-in") || text.contains("www.");
    let with_link =
        letters.iter().any(|received| bad(&received.letter.subject) || bad(&received.letter.body));
    if letters.len() < 6 {
        return Err(Fault::Lost("too few messages came to say anything".to_owned()));
    }
    seen(
        !with_link,
        format!("{} messages of wallet and bank were read; none carries a link", letters.len()),
        "a message carries a link",
    )
}
