//! Crimes of those who are inside a company: its keys were stolen, or one of its staff is the thief.

use std::rc::Rc;

use kanuki_domain::{
    Yen,
    id::{DebitId, MandateId},
    mandate::{Interaction, later},
};
use kanuki_wire::{
    debit::DebitRequest,
    set::{Event, LinkStatus, SecurityEvent},
};

use super::{
    Calendar, Crime,
    hands::stolen::{self, ASKS, Victim},
    plan::{DAY, HOUR, Plan},
    thief::{Thief, got},
};
use crate::{
    browser::Browser,
    measure::Answer,
    people::{Person, network},
    policy::Control,
    report::Start,
    walk,
    world::{Desk, Heard, World},
};

/// What a friend agrees to at a desk, at the most.
const FRIENDLY_MAX: u32 = 4;

/// On how many days the thief with the wallet's keys comes back.
const DAYS: u32 = 6;

/// The wallet company's keys are in a thief's hands; its customers go on as before.
pub(super) fn rogue(world: &Rc<World>, start: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "rogue-wallet");
    if start == Start::Outside {
        return plan.outside(calendar.start);
    }
    world.net.tap();
    for (number, person) in plan.people.iter().enumerate() {
        let joins_at = later(calendar.start, HOUR);
        // Until the keys are stolen everything is the customer's own doing.
        let victim =
            Victim { person: person.clone(), joins_at, stolen_at: later(joins_at, 2 * DAY) };
        stolen::stage(world, victim, number, move |mut owner, person| async move {
            let world = Rc::clone(&owner.world);
            owner.browser.change_hands(&person.key);
            let who = format!("thief with the wallet's keys {number}");
            let mut thief = Thief::new(&world, &who, person.network);
            for _ in 0..DAYS {
                // The customer's own top-up, as on any day: its token is fresh now.
                let own = walk::wallet::top_up(&mut owner.browser, Yen::of(1_000)).await;
                let Ok(walk::wallet::Moved::Done) = own else { break };
                let Some(heard) = world.heard_debits().pop() else { break };
                thief.use_keys(&heard).await;
                thief.wait(87_000, 90_000).await;
            }
            thief.forge_events(&person).await;
        });
    }
    plan.crime(format!("the wallet's keys, and {} customers who top up", plan.people.len()))
}

impl Thief {
    /// One debit in the wallet's name.
    async fn rogue_debit(
        &self,
        what: &str,
        (place, keys_of): (usize, usize),
        (token, request): (&str, &DebitRequest),
    ) -> Answer {
        let who = self.browser.who();
        let booked = self.world.rogue_debit(who, (place, keys_of), (token, request)).await;
        let booked = booked.unwrap_or(false);
        if booked {
            self.world.took_outside_the_books(place, request.amount);
        }
        self.tried(what, &Ok(got(booked)))
    }

    fn new_debit(&mut self, heard: &Heard, amount: Yen) -> DebitRequest {
        let debit_id = DebitId::derive(&["rogue", &self.chance.digits(20)]);
        DebitRequest { debit_id, amount, ..heard.request.clone() }
    }

    /// What a token that was just heard is good for: above the mandate, from another device, without
    /// the customer, with other keys, at another bank, a used id anew; then what the mandate gives.
    async fn use_keys(&mut self, heard: &Heard) {
        let (here, token) = ((heard.place, heard.place), heard.token.as_str());
        let elsewhere = usize::from(heard.place == 0);
        let above = self.new_debit(heard, Yen::of(200_000));
        self.rogue_debit("debit above the mandate", here, (token, &above)).await;
        let nobody = DebitRequest { authn_evidence: None, ..self.new_debit(heard, Yen::of(9_000)) };
        self.rogue_debit("debit from no device", here, (token, &nobody)).await;
        let mut strange = self.new_debit(heard, Yen::of(9_000));
        if let Some(evidence) = &mut strange.authn_evidence {
            evidence.device = evidence.device.chars().rev().collect();
        }
        self.rogue_debit("debit from another device", here, (token, &strange)).await;
        let away = Interaction::OffSession;
        let away = DebitRequest { interaction: away, ..self.new_debit(heard, Yen::of(9_000)) };
        self.rogue_debit("debit while the customer is away", here, (token, &away)).await;
        let again = DebitRequest { amount: Yen::of(9_000), ..heard.request.clone() };
        self.rogue_debit("a used id with another amount", here, (token, &again)).await;
        let other = self.new_debit(heard, Yen::of(1_000));
        let keys = (heard.place, elsewhere);
        self.rogue_debit("a token with the keys for another bank", keys, (token, &other)).await;
        let at_other = (elsewhere, elsewhere);
        self.rogue_debit("a token at another bank", at_other, (token, &other)).await;
        for ask in ASKS {
            for _ in 0..4 {
                let request = self.new_debit(heard, ask);
                let asked =
                    self.rogue_debit(&format!("debit {ask}"), here, (token, &request)).await;
                if asked == Answer::Refused {
                    break;
                }
            }
        }
    }

    /// The holder stops; a forged release must not loosen, and another company's key says nothing.
    async fn forge_events(&mut self, person: &Person) {
        let world = Rc::clone(&self.world);
        let Ok(mandate_id) = world.mandate_of(&person.email).await else { return };
        let made_up = MandateId::derive(&["made up", &person.key]);
        for (what, mandate_id, status, is_own_key) in [
            ("suspend a link in the wallet's name", mandate_id, LinkStatus::Suspended, true),
            ("release it again", mandate_id, LinkStatus::Released, true),
            ("an event signed by another company", mandate_id, LinkStatus::Revoked, false),
            ("suspend a link that is not there", made_up, LinkStatus::Suspended, true),
        ] {
            let event = SecurityEvent {
                jti: self.chance.digits(26),
                txn: None,
                subject: "somebody".to_owned(),
                issued_at: world.now(),
                event: Event::LinkStatusChanged { mandate_id, status, reason: "wallet".to_owned() },
            };
            let who = self.browser.who().to_owned();
            let told = world.rogue_event(&who, person.bank, (&event, is_own_key)).await;
            self.tried(what, &Ok(got(told.unwrap_or(false))));
        }
        let Some(heard) = world.heard_debits().into_iter().rev().find(|h| h.place == person.bank)
        else {
            return;
        };
        let request = self.new_debit(&heard, Yen::of(1_000));
        let here = (heard.place, heard.place);
        self.rogue_debit("debit after a forged release", here, (&heard.token, &request)).await;
    }
}

/// One member of staff at each desk, and the telephone of a victim who stopped their wallet.
pub(super) fn insider(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "insider");
    // One victim, so one thief at each desk: two of them are the two people whom a desk asks for.
    plan.people.truncate(1);
    let stolen_at = later(calendar.start, 3 * DAY);
    plan.inside(calendar, stolen_at, |mut phone, person| async move {
        let world = Rc::clone(&phone.world);
        let who = format!("{} (at home)", person.key);
        let mut home = Browser::new(world.ground(), &who, person.network, world.seed);
        home.keys = phone.browser.keys.clone();
        if let Err(error) = walk::wallet::freeze(&mut home).await {
            world.tally.borrow_mut().find(format!("a wallet could not be stopped: {error}"));
        }
        let debit = phone.debit(Yen::of(10_000)).await;
        phone.tried("debit a wallet that is stopped", &Ok(debit));
        let asked = walk::wallet::ask_unfreeze(&mut phone.browser).await;
        phone
            .tried("ask for the end of the stop", &asked.map(|page| got(page.status.is_success())));
        for desk in [Desk::Wallet, Desk::Bank(person.bank)] {
            let who = format!("thief at the desk {} {desk:?}", person.key).replace(['(', ')'], "");
            let mut staff = Thief::new(&world, &who, person.network);
            staff.work_alone(desk, &mut phone, &person).await;
        }
        phone.take(Yen::of(100_000)).await;
    });
    plan.crime("one member of staff at each desk, and a friend with the telephone".to_owned())
}

impl Thief {
    /// All that one person at a desk might hope to do alone.
    async fn work_alone(&mut self, desk: Desk, phone: &mut Self, person: &Person) {
        let world = Rc::clone(&self.world);
        let pages = world.desk_pages(desk);
        let who = self.browser.who().to_owned();
        let Ok(code) = world.invite_staff(desk, &who).await else { return };
        let active = walk::desk::activate(&mut self.browser, &pages, &code).await;
        if !active.is_ok_and(|page| page.status.is_success()) {
            world.tally.borrow_mut().find("a member of staff could not begin to work");
            return;
        }
        let read = self.read_at_will(&pages).await;
        self.tried("read a customer without a case", &read);
        let erased = self.erase_the_trail(&pages).await;
        self.tried("erase the trail", &erased);
        let raised = self.raise_a_partner(&pages).await;
        self.tried("raise a partner's caps and sign it alone", &raised);
        let stopped = match desk {
            Desk::Wallet => self.unfreeze_alone(&pages).await,
            Desk::Bank(place) => self.open_a_gate_alone(&pages, phone, place).await,
        };
        self.tried("release what is stopped and agree alone", &stopped);
        let debit = phone.debit(Yen::of(10_000)).await;
        phone.tried("debit after it", &Ok(debit));
        // Two people may act on a later day; one may not.
        self.wait(90_000, 100_000).await;
        let agreed = self.agree_with_oneself(&pages).await;
        self.tried("agree with one's own request a day later", &agreed);
        if world.changes.lacks(Control::TwoPeople) {
            self.have_a_friend_agree(desk, &pages).await;
        }
        let debit = phone.debit(Yen::of(10_000)).await;
        phone.tried("debit a day later", &Ok(debit));
        world.trace.write(world.now(), &person.key, "the thief at the desk goes home");
    }

    /// Where the second person is none in truth: a friend's seat, or the first one's own.
    async fn have_a_friend_agree(&self, desk: Desk, pages: &str) {
        let who = format!("{}, the friend", self.browser.who());
        let mut friend = Self::new(&self.world, &who, network(&mut self.chance.clone()));
        let Ok(code) = self.world.invite_staff(desk, &who).await else { return };
        if walk::desk::activate(&mut friend.browser, pages, &code).await.is_err() {
            return;
        }
        // Everything that waits, one after the other.
        for _ in 0..FRIENDLY_MAX {
            let agreed = friend.agree_with_oneself(pages).await;
            if self.tried("have a friend agree", &agreed) == Answer::Refused {
                return;
            }
        }
    }
}
