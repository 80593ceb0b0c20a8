//! Signing in and guessing: passkeys first, and wrong answers run out.

use super::{before, without};
use crate::{
    browser::Page,
    conformance::{
        mask::{self, WRONG_CODE},
        probe::{Fault, Off, Probe, Seen, seen},
        scene::{Scene, must_top_up},
    },
    measure::Answer,
    policy::Control,
    walk,
    world::WALLET,
};

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: "sign-in-by-passkey",
        observe: |scene| Box::pin(sign_in(scene)),
        off: Off {
            about: "sign-in pages ask for a password in place of a passkey",
            apply: |plan| plan.tamper = before(mask::signs_in_by_password),
        },
    },
    Probe {
        id: "payout-by-passkey",
        observe: |scene| Box::pin(payout(scene)),
        off: Off {
            about: "a payout is made with a click",
            apply: |plan| plan.tamper = before(mask::pays_out_by_click),
        },
    },
    Probe {
        id: "payment-by-passkey",
        observe: |scene| Box::pin(payment(scene)),
        off: Off {
            about: "payments need no proof",
            apply: |plan| without(plan, &[Control::PaymentProof]),
        },
    },
    Probe {
        id: "guesses-run-out",
        observe: |scene| Box::pin(guesses(scene)),
        off: Off {
            about: "wrong codes are not counted",
            apply: |plan| plan.tamper = before(mask::counts_no_guesses),
        },
    },
    Probe {
        id: "who-exists-at-the-bank",
        observe: |scene| Box::pin(accounts(scene)),
        off: Off {
            about: "the bank says which accounts it does not know",
            apply: |plan| plan.tamper = before(mask::says_who_exists),
        },
    },
];

/// The sign-in pages of wallet, bank and both desks, and what lies behind each.
async fn sign_in(scene: Scene) -> Seen {
    let mut stranger = scene.stranger("at the door");
    let bank = scene.bank();
    let mut count = 0_u32;
    for (host, door, behind) in [
        (WALLET, "/sign-in", "/topup"),
        (WALLET, "/desk/sign-in", "/desk/cases"),
        (bank.as_str(), "/holder/sign-in", "/holder"),
        (bank.as_str(), "/desk/sign-in", "/desk/cases"),
    ] {
        let shown = stranger.browser.open(&format!("{host}{door}")).await?;
        let Ok(form) = shown.passkey_form() else {
            return Err(Fault::Broken(format!("{} asks for no passkey", shown.url.path())));
        };
        if ["password", "pin", "code"].iter().any(|field| form.asks(field)) {
            let path = shown.url.path();
            return Err(Fault::Broken(format!("{path} asks for something that can be told")));
        }
        let form = form.with("credential", "{}").with("password", "1234");
        let answer = stranger.browser.submit(&shown, &form).await?;
        let inside = stranger.browser.open(&format!("{host}{behind}")).await?;
        if is_inside(&answer) || is_inside(&inside) {
            return Err(Fault::Broken(format!("{} let a stranger in", shown.url.path())));
        }
        count = count.saturating_add(1);
    }
    Ok(format!(
        "{count} sign-in pages ask for a passkey and refuse what carries no signature of one; what lies \
         behind them stays closed"
    ))
}

fn is_inside(page: &Page) -> bool {
    page.status.is_success() && !page.url.path().contains("sign-in")
}

/// A payout to the account that is linked.
async fn payout(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    must_top_up(&mut browser, 20_000).await?;
    let page = walk::wallet::visit(&mut browser, "/payout").await?;
    let form = page.form("/payout/confirm")?.with("amount", "3210");
    let confirm = browser.submit(&page, &form).await?;
    let Ok(form) = confirm.passkey_form() else {
        return Err(Fault::Broken("a payout asks for no passkey".to_owned()));
    };
    let before = scene.balance().await?;
    browser.submit(&confirm, &form.with("credential", "{}")).await?;
    scene.hours(30).await;
    let after = scene.balance().await?;
    seen(
        before == after,
        "a payout asks for the passkey; without its signature nothing was paid out in 30 hours",
        "a payout was made without a signature",
    )
}

/// Payments above and below the amount from which each needs a passkey.
async fn payment(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    must_top_up(&mut browser, 30_000).await?;
    let code = scene.world.wallet.shop_codes.first().cloned().unwrap_or_default();
    let (_, was_asked) =
        walk::wallet::pay(&mut browser, &code, kanuki_domain::Yen::of(10_500)).await?;
    seen(
        was_asked,
        "a payment of ¥10,500 asked for the passkey",
        "a payment of ¥10,500 went through without a passkey",
    )
}

/// Wrong codes, then the right one.
async fn guesses(scene: Scene) -> Seen {
    let (world, person) = (&scene.world, &scene.person);
    let mut thief = scene.stranger("guessing");
    let page = thief.browser.open(&format!("{}/enrol", scene.bank())).await?;
    let mut page = walk::bank::start(&mut thief.browser, &page, person, "atm").await?;
    let first = page.clone();
    let reference = walk::bank::reference(&page)?;
    let slip = world.teller_machine(person.bank, &person.account, &person.pin, &reference).await;
    let slip = slip.ok_or_else(|| page.missing("slip from the machine"))?;
    for _ in 0..5 {
        if page.form_with("code").is_ok() {
            page = walk::bank::type_code(&mut thief.browser, &page, WRONG_CODE).await?;
        }
    }
    let shown = if page.form_with("code").is_ok() { page } else { first };
    let last = walk::bank::type_code(&mut thief.browser, &shown, &slip).await?;
    seen(
        last.passkey_form().is_err(),
        "after five wrong codes the right one was worth nothing",
        "after five wrong codes the right one still opened the door",
    )
}

/// An account that exists and one that does not.
async fn accounts(scene: Scene) -> Seen {
    let mut thief = scene.stranger("asking");
    for route in ["/enrol", "/holder/look"] {
        if thief.compare_accounts(&scene.person, route).await? == Answer::Got {
            return Err(Fault::Broken(format!("{route} tells accounts that exist from others")));
        }
    }
    Ok("an account that exists and one that does not got the same words and status, without a name"
        .to_owned())
}
