//! A registered bank is the adversary: it confirms what it never booked, answers for others, tells of
//! others' links and leads its callers astray. Its helpers have wallets, and accounts with it.

use std::rc::Rc;

use kanuki_domain::{Yen, mandate::later};
use kanuki_wire::set::{Event, LinkStatus, SecurityEvent};

use super::{
    Calendar, Crime,
    hands::stolen::{self, Victim},
    plan::{DAY, HOUR, Plan},
    thief::{Thief, got},
};
use crate::{
    browser::WebError,
    measure::Answer,
    people::{Person, RogueAt, Town},
    report::Start,
    walk::{self, bank::Consented, wallet::Moved},
    world::{RogueBank, World, sign},
};

/// Which bank it is, and where those are whom it is after.
const ROGUE: usize = 0;
const HONEST: usize = 1;
/// What was agreed that its word alone may bring within a week.
const AGREED: Yen = Yen::of(200_000);
/// The most that one top-up may be, so that it ends in a sign for the bank.
const PIECE: u64 = 49_990;
/// How often a helper asks in a day, and for how many days: fewer than a week, after which people look
/// whether the money came.
const ASKS: u32 = 12;
const DAYS: u32 = 5;
/// What a victim tops up themselves.
const OWN: Yen = Yen::of(1_000);

/// The first bank is rogue and its customers with wallets are its helpers; whoever it is after banks
/// elsewhere.
pub(super) fn prepare(town: &mut Town, _: u64) {
    town.rogue_bank = Some(RogueAt { place: ROGUE, topups_per_week: AGREED });
    let elsewhere = town.customers.iter_mut().filter(|person| person.bank == ROGUE);
    elsewhere.for_each(|person| Town::move_to(person, HONEST));
    town.bystanders.iter_mut().take(2).for_each(|person| Town::move_to(person, HONEST));
    town.accomplices.iter_mut().for_each(|person| Town::move_to(person, ROGUE));
}

/// Its helpers spend what it confirms, and two holders of another bank are led through its pages.
pub(super) fn stage(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "rogue-bank");
    plan.people = world.town.bystanders.iter().take(2).cloned().collect();
    let Some(rogue) = world.rogue_bank.clone() else { return plan.outside(calendar.start) };
    let helpers: Vec<Person> = world.town.accomplices.iter().take(2).cloned().collect();
    for (number, helper) in helpers.iter().cloned().enumerate() {
        let there = Rc::clone(world);
        let at = later(calendar.start, HOUR.saturating_mul(2));
        world.bed.spawn(at, async move {
            let browser = match stolen::join(&there, &helper).await {
                Ok(browser) => browser,
                Err(error) => {
                    let found = format!("a helper of the bank's could not join: {error}");
                    there.tally.borrow_mut().find(found);
                    return;
                }
            };
            there.bed.secs(2 * DAY).await;
            let who = format!("thief with a bank {number}");
            let mut thief = Thief::holding(&there, browser, &who);
            thief.live_on_its_word().await;
        });
    }
    for (number, person) in plan.people.iter().enumerate() {
        let joins_at = later(calendar.start, HOUR);
        let begins_at = later(joins_at, 3 * DAY);
        let victim = Victim { person: person.clone(), joins_at, stolen_at: begins_at };
        // A name that no wallet has yet.
        let name = world.town.accomplices.get(2).filter(|_| number == 0).cloned();
        let rogue = rogue.clone();
        stolen::stage(world, victim, number, move |mut owner, person| async move {
            let world = Rc::clone(&owner.world);
            owner.browser.change_hands(&person.key);
            world.knows_until(&person, later(world.now(), 2 * DAY));
            let who = format!("thief at a rogue bank {number}");
            let mut thief = Thief::new(&world, &who, person.network);
            for issuer in [ROGUE, HONEST] {
                thief.tell_of_others(&person, issuer).await;
            }
            thief.see_whether_it_stands(&mut owner).await;
            thief.answer_for_another(&mut owner, &rogue).await;
            if let Some(name) = name {
                let led = thief.lead_to_a_request(&mut owner, &name).await;
                thief.tried("lead a browser to a request of one's own at another bank", &led);
            }
        });
    }
    let helpers = helpers.len();
    plan.crime(format!("a bank whose word was agreed to be worth {AGREED}, and {helpers} helpers"))
}

/// An amount below `most` that ends in `sign`.
fn signed(most: u64, sign: u64) -> Yen {
    let tens = most.saturating_sub(most % 10).saturating_sub(10);
    Yen::new(tens.saturating_add(sign)).unwrap_or(Yen::ZERO)
}

impl Thief {
    /// Tops up what the bank confirms and never made, and spends it; and what it answers strangely.
    async fn live_on_its_word(&mut self) {
        for (digit, what) in [
            (sign::LATE_NO, "a top-up that is answered by nothing, then by no"),
            (sign::ANOTHER, "a top-up that is answered by another one's yes"),
            (sign::ELSEWHERE, "a top-up that leads the wallet's server inside"),
        ] {
            let moved = walk::wallet::top_up(&mut self.browser, signed(5_000, digit)).await;
            self.tried(what, &moved.map(|moved| got(moved == Moved::Done)));
        }
        if let Some(rogue) = &self.world.rogue_bank {
            let is_inside = rogue.reached() > 0;
            self.tried("reach a server inside of the wallet company", &Ok(got(is_inside)));
        }
        for _ in 0..DAYS {
            let mut sum = Yen::ZERO;
            for most in [PIECE, 10_000, 1_000] {
                let made = self.ask_for(signed(most, sign::BOOKED)).await;
                sum = sum.plus(made).unwrap_or(sum);
            }
            self.spend(sum).await;
            self.wait(80_000, 90_000).await;
        }
    }

    /// Tops up this much again and again, until the wallet refuses; what came of it.
    async fn ask_for(&mut self, amount: Yen) -> Yen {
        let mut sum = Yen::ZERO;
        for _ in 0..ASKS {
            let moved = walk::wallet::top_up(&mut self.browser, amount).await;
            let moved = moved.map(|moved| got(moved == Moved::Done));
            let what = "a top-up that the bank confirms and never made";
            if self.tried(what, &moved) == Answer::Refused {
                break;
            }
            sum = sum.plus(amount).unwrap_or(sum);
        }
        sum
    }

    /// The bank tells of a link of another bank's, in its own name or in the other's.
    async fn tell_of_others(&mut self, person: &Person, issuer: usize) {
        let world = Rc::clone(&self.world);
        let Ok(mandate_id) = world.mandate_of(&person.email).await else { return };
        let Ok(name) = world.bank(issuer).map(|bank| bank.issuer.clone()) else { return };
        let whose = if issuer == ROGUE { "in its own name" } else { "in the other's name" };
        for (word, status) in [
            ("was suspended", LinkStatus::Suspended),
            ("was released", LinkStatus::Released),
            ("has ended", LinkStatus::Revoked),
        ] {
            let event = SecurityEvent {
                jti: self.chance.digits(26),
                txn: None,
                subject: "somebody".to_owned(),
                issued_at: world.now(),
                event: Event::LinkStatusChanged { mandate_id, status, reason: "bank".to_owned() },
            };
            let who = self.browser.who().to_owned();
            // That it is taken means that it was read; what it did shows at the link.
            let told = world.rogue_bank_event(&who, (ROGUE, &name), &event).await;
            if let Err(error) = told {
                world.tally.borrow_mut().find(format!("an event could not be sent: {error}"));
            }
            self.tried(
                &format!("say {whose} that another bank's link {word}"),
                &Ok(Answer::Refused),
            );
        }
    }

    /// Whether what was told did anything to the link.
    async fn see_whether_it_stands(&self, owner: &mut Self) {
        let moved = walk::wallet::top_up(&mut owner.browser, OWN).await;
        let stands = matches!(moved, Ok(Moved::Done));
        self.tried("stop another bank's holder", &Ok(got(!stands)));
    }

    /// The victim sets out to the rogue bank, and comes back with an answer in another bank's name.
    async fn answer_for_another(&self, owner: &mut Self, rogue: &RogueBank) {
        let world = Rc::clone(&self.world);
        for (callback, issuer, what) in [
            (ROGUE, HONEST, "answer in another bank's name"),
            (HONEST, ROGUE, "answer at another bank's callback"),
            (HONEST, HONEST, "answer as another bank, at its callback"),
        ] {
            let linked = async {
                let out = owner.set_out(&world.bank_code(ROGUE)).await?;
                let to =
                    format!("{}/callback/{}", owner.browser.wallet(), world.bank_code(callback));
                let name = world.bank(issuer).map(|bank| bank.issuer.clone()).unwrap_or_default();
                let back = world.answer_of_another(rogue, (&to, &name)).await;
                let back = back.map_err(|_| WebError::Nowhere(out))?;
                let page = owner.browser.open(&back).await?;
                Ok(got(walk::wallet::is_linked(&page)))
            };
            let linked = linked.await;
            self.tried(what, &linked);
        }
    }

    /// Presses the button that leads to a bank, and stays.
    async fn set_out(&mut self, code: &str) -> Result<String, WebError> {
        let (page, form) = walk::wallet::prepare_link(&mut self.browser, code).await?;
        Ok(self.browser.submit_and_stay(&page, &form).await?.to_string())
    }

    /// A wallet in an accomplice's `name` asks the other bank for a link, and the rogue sends the victim to
    /// that request, who signs what comes.
    async fn lead_to_a_request(
        &mut self,
        owner: &mut Self,
        name: &Person,
    ) -> Result<Answer, WebError> {
        let world = Rc::clone(&self.world);
        let who = format!("{} elsewhere", self.browser.who());
        let mut wallet = Self::new(&world, &who, name.network);
        wallet.set_up(name).await?;
        let request = wallet.set_out(&world.bank_code(HONEST)).await?;
        let page = owner.browser.open(&request).await?;
        match walk::bank::consent(&mut owner.browser, &page).await? {
            Consented::Signed(page) => Ok(got(walk::wallet::is_linked(&page))),
            Consented::Mismatch => Ok(Answer::Refused),
        }
    }
}
