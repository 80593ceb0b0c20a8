//! Linking: who must be proven, by what, and what nobody gets by knowing things.

use super::{before, without};
use crate::{
    conformance::{
        mask,
        probe::{Fault, Off, Probe, Seen, seen},
        scene::{Scene, must_top_up, tops_up},
    },
    honest::letter_code,
    measure::Answer,
    people::Enrolment,
    policy::{
        Control, Policy,
        y2020::{BANK_LINK, WALLET_LINK},
    },
    walk::{self, bank::Consented},
    world::{Plan, WALLET},
};

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: "wallet-by-mail-alone",
        observe: |scene| Box::pin(mail_alone(scene)),
        off: Off { about: "wallet and banks run as in 2020", apply: as_in_2020 },
    },
    Probe {
        id: "number-and-pin",
        observe: |scene| Box::pin(number_and_pin(scene)),
        off: Off { about: "wallet and banks run as in 2020", apply: as_in_2020 },
    },
    Probe {
        id: "somebody-elses-account",
        observe: |scene| Box::pin(somebody_elses(scene)),
        off: Off {
            about: "the bank does not compare",
            apply: |plan| without(plan, &[Control::OwnName]),
        },
    },
    Probe {
        id: "unsigned-consent",
        observe: |scene| Box::pin(unsigned(scene)),
        off: Off {
            about: "the bank takes any answer for a signature",
            apply: |plan| plan.tamper = before(mask::takes_any_signature),
        },
    },
    Probe {
        id: "code-route-waits",
        observe: |scene| Box::pin(code_route(scene)),
        off: Off {
            about: "a code from the machine counts as a visit to the branch",
            apply: |plan| {
                plan.tamper = before(mask::takes_codes_for_visits);
                plan.tamper.machines_are_branches = true;
            },
        },
    },
    Probe {
        id: "contact-change-waits",
        observe: |scene| Box::pin(contact_change(scene)),
        off: Off {
            about: "a changed contact makes nothing wait",
            apply: |plan| without(plan, &[Control::ContactWaits]),
        },
    },
];

/// What the incident's parties ran.
fn as_in_2020(plan: &mut Plan) {
    plan.policy = Policy::Y2020;
}

/// An e-mail address opens a wallet, and that wallet links nothing, on no page that there is or was.
async fn mail_alone(scene: Scene) -> Seen {
    let (world, person) = (&scene.world, &scene.person);
    let code = world.bank_code(person.bank);
    let mut thief = scene.stranger("with a mail address");
    thief.open_throwaway(1).await?;
    let page = walk::wallet::start_link(&mut thief.browser, &code).await;
    let is_at_bank = page.is_ok_and(|page| page.url.path().starts_with("/authorize"));
    let mail = "throwaway@example.net";
    let mut old = scene.stranger("as in 2020");
    let opened = walk::y2020::sign_in(&mut old.browser, &world.post, mail, &person.kana).await;
    let was_at_bank = match opened {
        Ok(_) => {
            let page = old.browser.open(&format!("{WALLET}{WALLET_LINK}")).await?;
            let form = page.form(WALLET_LINK)?.with("bank", code);
            old.browser.submit(&page, &form).await?.form(BANK_LINK).is_ok()
        }
        Err(_) => false,
    };
    seen(
        !is_at_bank && !was_at_bank,
        "a wallet opened with an e-mail address alone was not let go to a bank to link an account",
        "a wallet opened with an e-mail address alone stood before a bank's page that links",
    )
}

/// Account number, name, birth date and PIN are known: the pages of 2020 and the enrolment.
async fn number_and_pin(scene: Scene) -> Seen {
    let mut thief = scene.stranger("with number and PIN");
    let linked = thief.link_by_pin(&scene.person, "throwaway@example.net").await;
    let linked = matches!(linked, Ok(Answer::Got));
    let enrolled = thief.try_machine_code(&scene.person).await;
    let enrolled = matches!(enrolled, Ok(Answer::Got));
    seen(
        !linked && !enrolled,
        "with account number, kana name, birth date and PIN neither a link nor a passkey was had",
        "account number, birth date and PIN were enough",
    )
}

/// A proven wallet of one person, and the bank sign-in of another.
async fn somebody_elses(scene: Scene) -> Seen {
    let (world, person) = (&scene.world, &scene.person);
    let accomplice = world.town.accomplices.first().cloned();
    let accomplice = accomplice.ok_or_else(|| Fault::Lost("nobody to be".to_owned()))?;
    let mut thief = scene.stranger("somebody else");
    thief.set_up(&accomplice).await?;
    thief.enrol_as(person).await?;
    walk::wallet::sign_in(&mut thief.browser).await?;
    let code = world.bank_code(person.bank);
    let page = walk::wallet::start_link(&mut thief.browser, &code).await?;
    let consented = walk::bank::consent(&mut thief.browser, &page).await?;
    seen(
        matches!(consented, Consented::Mismatch),
        "a wallet proven by JPKI as one person could not link another person's account: the bank \
         compared name, birth date and address and said no",
        "the account of one person was linked to the wallet of another",
    )
}

/// The page to consent, answered without the holder's passkey.
async fn unsigned(scene: Scene) -> Seen {
    let (mut browser, page) = scene.consent_page(Enrolment::Branch).await?;
    let form = page.passkey_form()?;
    let answer = browser.submit(&page, &form.with("credential", "{}")).await?;
    let says_done = answer.document.tones.iter().any(|tone| tone == "success");
    let is_taken = walk::wallet::is_linked(&answer) || says_done;
    seen(
        !is_taken,
        "the bank's consent asks for a passkey; an answer without its signature linked nothing",
        "the bank took an answer without a signature for consent",
    )
}

/// A passkey that rests on a code from the machine: the link moves nothing until a second channel
/// confirmed it.
async fn code_route(scene: Scene) -> Seen {
    let (mut browser, page) = scene.consent_page(Enrolment::Atm).await?;
    browser.submit_passkey(&page, &[]).await?;
    let at_once = tops_up(&mut browser, 3_000).await;
    if at_once {
        let said = "a link that rests on a code moved money before anybody confirmed it";
        return Err(Fault::Broken(said.to_owned()));
    }
    scene.hours(4 * 24).await;
    let unconfirmed = tops_up(&mut browser, 3_000).await;
    let letters = scene.letters();
    let code = letters.iter().rev().find_map(|received| letter_code(&received.letter.body));
    let code = code.ok_or_else(|| Fault::Lost("no letter with a code came".to_owned()))?;
    walk::bank::confirm_letter(&mut browser, &scene.bank(), &code).await?;
    scene.settle().await;
    must_top_up(&mut browser, 3_000).await?;
    seen(
        !unconfirmed,
        "a link whose passkey came by the machine's code moved ¥0 for four days, until the letter to \
         the address on file was answered; then ¥3,000 moved",
        "a link that rests on a code moved money before the letter was answered",
    )
}

/// The mail address is changed, then an account is to be linked.
async fn contact_change(scene: Scene) -> Seen {
    let mut browser = scene.join_long_ago().await?;
    let mut thief = crate::playbook::thief::Thief::holding(&scene.world, browser, "same hands");
    thief.unlink().await?;
    browser = thief.browser;
    let before = scene.told_by_bank("メールアドレスの変更");
    let page =
        walk::bank::change_mail(&mut browser, &scene.bank(), "new-address@example.net").await?;
    if !page.status.is_success() {
        return Err(page.missing("change of the address").into());
    }
    scene.settle().await;
    let told = scene.told_by_bank("メールアドレスの変更");
    let is_told = told.iter().zip(before).all(|(now, before)| *now > before);
    let linked = scene.link_again(&mut browser).await?;
    if !is_told {
        return Err(Fault::Broken("the contacts on file before were not told".to_owned()));
    }
    seen(
        !linked,
        "after a change of the mail address, signed with the passkey and told to the old address and \
         the telephone, no account could be linked",
        "an account was linked right after the contact was changed",
    )
}
