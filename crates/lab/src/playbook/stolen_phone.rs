//! Crimes that begin with the victim's own telephone or mailbox: contacts changed first, payouts to an
//! account in the victim's name, recovery, slow drips into few wallets.

use std::rc::Rc;

use kanuki_demo::people::BANKS;
use kanuki_domain::{Yen, bank_account::AccountNumber, mandate::later};

use super::{
    Calendar, Crime,
    hands::{
        old::DEBITS,
        stolen::{self, Victim},
    },
    plan::{DAY, HOUR, Plan},
    thief::{Thief, got},
};
use crate::{
    browser::{Browser, WebError},
    measure::Answer,
    people::{Enrolment, Person, Town},
    report::Start,
    walk::{self, bank::Consented, wallet::Moved, y2020::Known},
    world::{WALLET, World},
};

/// What goes out of one link a day, below every threshold.
const DRIP: Yen = Yen::of(3_000);

/// What somebody whose wallet is taken over had in it.
const IN_THE_WALLET: Yen = Yen::of(5_000);

/// Telephone, passcode, and with it mail and SMS: nobody else reads the notices.
pub(super) fn passcode(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "passcode-thief");
    let stolen_at = later(calendar.start, 3 * DAY);
    let crime = plan.inside(calendar, stolen_at, |mut thief, person| async move {
        let pages = thief.world.pages(person.bank);
        let raised = walk::bank::raise(&mut thief.browser, &pages, Yen::of(50_000)).await;
        let raised = raised.map(|page| got(walk::bank::is_raised(&page)));
        thief.tried("raise the caps of the link", &raised);
        thief.drain_daily(5).await;
    });
    for person in &plan.people {
        // They have no telephone to read on, and look into the passbook.
        world.knows_until(person, later(stolen_at, 5 * DAY));
    }
    crime
}

/// The contacts first, so that nobody hears of the rest; then patience, then the money.
pub(super) fn contact_swap(world: &Rc<World>, start: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "contact-swap");
    if start == Start::Outside {
        return plan.each(later(calendar.start, HOUR), |mut thief, person, _| async move {
            let pages = thief.world.pages(person.bank);
            let changed =
                walk::bank::change_mail(&mut thief.browser, &pages, "n@example.net").await;
            let changed = changed.map(|page| got(page.url.query() == Some("done=1")));
            thief.tried("change where the bank writes to", &changed);
            thief.knock(&person, 0).await;
        });
    }
    let stolen_at = later(calendar.start, 3 * DAY);
    plan.inside(calendar, stolen_at, |mut thief, person| async move {
        let pages = thief.world.pages(person.bank);
        let changed = walk::bank::change_mail(&mut thief.browser, &pages, "new@example.net").await;
        let changed = changed.map(|page| got(page.url.query() == Some("done=1")));
        thief.tried("change where the bank writes to", &changed);
        let ended = thief.unlink().await;
        thief.tried("end the old link", &ended);
        let linked = thief.link_again(&person).await;
        thief.tried("link anew while nobody hears", &linked);
        thief.drain_daily(2).await;
        thief.wait(7 * 86_400, 8 * 86_400).await;
        let linked = thief.link_again(&person).await;
        thief.tried("link anew a week later", &linked);
        thief.drain_daily(3).await;
    })
}

/// An account at another bank in the victim's name, opened with a forged document.
pub(crate) fn forged_account(town: &mut Town, _: u64) {
    let Some(victim) = town.bystanders.first().cloned() else { return };
    let bank = victim.bank.saturating_add(1).checked_rem(BANKS.len()).unwrap_or(0);
    let branch = BANKS.get(bank).and_then(|bank| bank.branches.first());
    let number = branch.and_then(|(branch, _, _)| AccountNumber::parse(branch, "9400001").ok());
    let Some(account) = number else { return };
    town.accomplices.push(Person {
        key: "t99999".to_owned(),
        bank,
        account,
        opening: Yen::ZERO,
        phone: "08099990000".to_owned(),
        email: "forged@example.net".to_owned(),
        enrolment: Enrolment::Branch,
        ..victim
    });
}

/// Connects an account that he opened in the victim's name, debits the victim's and pays out to it.
pub(super) fn forged_id(world: &Rc<World>, start: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "forged-id");
    plan.people = world.town.bystanders.first().cloned().into_iter().collect();
    let Some(forged) = world.town.accomplices.last().cloned() else {
        return plan.outside(calendar.start);
    };
    if start == Start::Outside {
        return plan.outside(calendar.start);
    }
    let stolen_at = later(calendar.start, 3 * DAY);
    let crime = plan.inside(calendar, stolen_at, move |mut thief, _| {
        let forged = forged.clone();
        async move {
            let Ok(own) = thief.first_link().await else { return };
            let linked = thief.link_forged(&forged).await;
            let answer = linked.as_ref().map(|_| Answer::Got).map_err(Clone::clone);
            thief.tried("link the account that was opened in the victim's name", &answer);
            let Ok(link) = linked else { return };
            for _ in 0..6 {
                for ask in stolen::ASKS {
                    let debited = thief.debit_by(&own, ask).await;
                    thief.tried(&format!("debit {ask}"), &debited);
                }
                for ask in stolen::ASKS {
                    let paid = walk::wallet::pay_out_to(&mut thief.browser, &link, ask).await;
                    let paid = paid.map(|moved| got(moved == Moved::Done));
                    thief.tried("pay out to that account", &paid);
                }
                thief.wait(87_000, 90_000).await;
            }
        }
    });
    for person in &plan.people {
        // Whose telephone is gone reads nothing on it: a stop on the first day would hide what the wait of
        // the new account is worth.
        world.knows_until(person, later(stolen_at, 3 * DAY));
    }
    crime
}

/// Somebody who reads the victim's mail and SMS takes the wallet over by its recovery.
pub(super) fn reset(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    let plan = Plan::of(world, "reset-takeover");
    if world.policy.is_old() {
        for person in plan.people.clone() {
            let there = Rc::clone(world);
            world.bed.spawn(later(calendar.start, HOUR), async move {
                if let Err(error) = reset_2020(&there, &person).await {
                    let found = format!("a wallet of 2020 could not be opened: {error}");
                    there.tally.borrow_mut().find(found);
                }
            });
        }
        return plan.crime("wallet users whose mail somebody reads".to_owned());
    }
    for (number, person) in plan.people.iter().enumerate() {
        let victim = Victim {
            person: person.clone(),
            joins_at: later(calendar.start, HOUR),
            stolen_at: later(calendar.start, 2 * DAY),
        };
        stolen::stage_with_accomplice(
            world,
            victim,
            number,
            move |mut owner, person, accomplice| async move {
                owner.debit(IN_THE_WALLET).await;
                let world = Rc::clone(&owner.world);
                let at_bank =
                    at_the_bank(Rc::clone(&world), number, person.clone(), accomplice.clone());
                world.bed.spawn(world.now(), at_bank);
                let mut thief =
                    Thief::new(&world, &format!("thief with mailbox {number}"), person.network);
                thief.change_skin();
                for contact in [person.email.clone(), person.phone.clone()] {
                    let taken = thief.recover(&person, &accomplice, &contact).await;
                    thief.tried("recover the victim's wallet", &taken);
                }
            },
        );
    }
    plan.crime("wallet users whose mail and SMS somebody reads".to_owned())
}

/// The same at the bank, as somebody who lost the telephone: a new passkey by a call from the number on
/// file, which the thief answers, and then whatever its holder may.
async fn at_the_bank(world: Rc<World>, number: usize, person: Person, accomplice: Person) {
    let who = format!("thief with the number {number}");
    let mut thief = Thief::new(&world, &who, person.network);
    thief.change_skin();
    thief.with_true_name(&accomplice).await;
    let by_call = Person { enrolment: Enrolment::Call, ..person };
    let enrolled = thief.enrol_as(&by_call).await;
    let what = "enrol at the bank as somebody who lost the telephone";
    if thief.tried(what, &enrolled) == Answer::Got {
        let raised = thief.raise_as(&by_call).await;
        thief.tried("raise the caps of the victim's link", &raised);
        thief.try_as_holder(&by_call).await;
    }
}

/// In 2020 the mailed code was all that a wallet asked for.
async fn reset_2020(world: &Rc<World>, person: &Person) -> Result<(), WebError> {
    let mut owner = Browser::new(world.ground(), &person.key, person.network, world.seed);
    walk::y2020::sign_in(&mut owner, &world.post, &person.email, &person.kana).await?;
    let known = Known {
        bank: world.bank_code(person.bank),
        branch: person.account.branch().to_owned(),
        number: person.account.number().to_owned(),
        pin: person.pin.clone(),
        born_on: person.born_on,
    };
    walk::y2020::link(&mut owner, &known, &world.post, Some(&person.phone)).await?;
    world.bed.secs(DAY).await;
    let mut thief = Thief::new(world, "thief with the mailbox", person.network);
    thief.change_skin();
    let in_it = walk::y2020::sign_in(&mut thief.browser, &world.post, &person.email, "").await;
    thief.tried("sign in with the mailed code", &in_it.map(|_| Answer::Got));
    thief.drain(&DEBITS, (1, 5)).await;
    thief.cash_out(&person.email, &DEBITS).await;
    Ok(())
}

/// Many links, few wallets, little each day, for weeks.
pub(super) fn mules(world: &Rc<World>, start: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "mule-fan-in");
    if start == Start::Outside {
        return plan.outside(calendar.start);
    }
    for (number, person) in plan.people.clone().into_iter().enumerate() {
        let joins_at = later(calendar.start, HOUR);
        let victim = Victim { person, joins_at, stolen_at: later(calendar.start, 2 * DAY) };
        stolen::stage_with_accomplice(
            world,
            victim,
            number,
            move |mut thief, _, accomplice| async move {
                let world = Rc::clone(&thief.world);
                let who = format!("{} with {number}", accomplice.key);
                let mut mule = Thief::new(&world, &who, accomplice.network);
                mule.with_true_name(&accomplice).await;
                for _ in 0..20 {
                    let dripped = thief.drip(&mut mule).await;
                    thief.tried("a drip below every threshold", &dripped);
                    thief.wait(80_000, 95_000).await;
                }
            },
        );
    }
    plan.crime(format!("{DRIP} a day from each of {} links into few wallets", plan.people.len()))
}

impl Thief {
    /// The name of the only link of the wallet in this browser.
    async fn first_link(&mut self) -> Result<String, WebError> {
        let page = walk::wallet::sign_in(&mut self.browser).await?;
        let link = page.link("/links/")?;
        Ok(link.rsplit('/').next().unwrap_or_default().to_owned())
    }

    /// One debit of this link.
    async fn debit_by(&mut self, link: &str, amount: Yen) -> Result<Answer, WebError> {
        let moved = walk::wallet::top_up_by(&mut self.browser, amount, link).await?;
        if moved == Moved::Done {
            let now = self.world.now();
            self.world.tally.borrow_mut().victim_debited(now);
        }
        Ok(got(moved == Moved::Done))
    }

    /// Links the forged account to the wallet in this browser; the name of the link.
    async fn link_forged(&mut self, forged: &Person) -> Result<String, WebError> {
        let world = Rc::clone(&self.world);
        walk::wallet::sign_in(&mut self.browser).await?;
        let code = world.bank_code(forged.bank);
        let page = walk::wallet::start_link(&mut self.browser, &code).await?;
        let help = walk::bank::Help { world: &world, person: forged, mistypes: false };
        let page = walk::bank::enrol(&mut self.browser, &page, help).await?;
        match walk::bank::consent(&mut self.browser, &page).await? {
            Consented::Signed(page) if walk::wallet::is_linked(&page) => {
                Ok(page.url.path().rsplit('/').next().unwrap_or_default().to_owned())
            }
            Consented::Signed(page) => Err(page.missing("link")),
            Consented::Mismatch => Err(page.missing("match")),
        }
    }

    /// Asks for recovery, waits as long as it takes, and brings a card that is not the victim's.
    async fn recover(
        &mut self,
        victim: &Person,
        accomplice: &Person,
        contact: &str,
    ) -> Result<Answer, WebError> {
        let code = walk::wallet::ask_recovery(&mut self.browser, contact).await?;
        let early = walk::wallet::recovery_identity(&mut self.browser, &code).await?;
        let is_early = early.url.path() == "/recover/identity";
        self.tried("recover at once", &Ok(got(!is_early)));
        self.wait(8 * 86_400, 9 * 86_400).await;
        let missing = |_| early.missing("card");
        let cards = [
            self.world.operator.forged(&victim.on_card()).map_err(missing)?,
            self.world
                .operator
                .card(&accomplice.on_card(), accomplice.serial())
                .map_err(missing)?,
        ];
        for card in cards {
            let app = walk::wallet::recovery_identity(&mut self.browser, &code).await?;
            let back = walk::wallet::hold_card(&mut self.browser, &app, &card).await;
            self.tried("prove who one is with another card", &back.map(|_| Answer::Refused));
            let page = self.browser.open(&format!("{WALLET}/recover/passkey")).await?;
            let page =
                self.browser.submit(&page, &page.form_with("code")?.with("code", &*code)).await?;
            if page.passkey_form().is_ok() {
                self.browser.submit_passkey(&page, &[]).await?;
                self.take(Yen::of(500_000)).await;
                // What the owner had in the wallet needs no bank.
                self.spend(IN_THE_WALLET).await;
                return Ok(Answer::Got);
            }
        }
        Ok(Answer::Refused)
    }

    async fn drip(&mut self, mule: &mut Self) -> Result<Answer, WebError> {
        if self.debit(DRIP).await == Answer::Refused {
            return Ok(Answer::Refused);
        }
        let link = walk::wallet::send_by_link(&mut self.browser, DRIP).await?;
        let Some(link) = link else { return Ok(Answer::Refused) };
        let moved = walk::wallet::claim(&mut mule.browser, &link).await?;
        Ok(got(moved == Moved::Done))
    }
}
