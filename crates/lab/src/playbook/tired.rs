//! Push fatigue: approvals are asked for again and again, until a tired holder says yes.

use std::rc::Rc;

use kanuki_domain::{Yen, mandate::later};

use super::{
    Calendar, Crime,
    hands::stolen::{self, Victim},
    plan::{DAY, HOUR, Plan},
    thief::{Thief, got},
};
use crate::{
    browser::{Browser, WebError},
    measure::Answer,
    people::Person,
    report::Start,
    walk,
    world::World,
};

/// What the victim lets the link take by itself.
const OWN_CAP: Yen = Yen::of(5_000);
/// What is asked for each time: more than the link may take by itself.
const ASK: Yen = Yen::of(30_000);
/// How often a day.
const ASKS_A_DAY: u32 = 5;
/// For how many days.
const DAYS: u32 = 4;

/// What the victim does with a page that somebody else brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tap {
    /// Types some number, to have peace.
    Any,
    /// Types the number that a caller reads out.
    AsTold,
}

/// A copy of the victim's signed-in wallet, without any passkey; the victim has the bank's.
pub(super) fn push_fatigue(world: &Rc<World>, start: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "push-fatigue");
    if start == Start::Outside {
        return plan.outside(calendar.start);
    }
    for (number, person) in plan.people.iter().enumerate() {
        let joins_at = later(calendar.start, HOUR);
        let victim =
            Victim { person: person.clone(), joins_at, stolen_at: later(joins_at, 2 * DAY) };
        let tap = if number % 2 == 0 { Tap::AsTold } else { Tap::Any };
        stolen::stage(world, victim, number, move |mut owner, person| async move {
            let world = Rc::clone(&owner.world);
            owner.browser.change_hands(&person.key);
            let pages = world.pages(person.bank);
            let lowered = walk::bank::lower(&mut owner.browser, &pages, OWN_CAP).await;
            if let Err(error) = lowered {
                world.tally.borrow_mut().find(format!("a cap could not be lowered: {error}"));
            }
            let who = format!("thief with a copied browser {number}");
            let mut thief = Thief::new(&world, &who, person.network);
            for _ in 0..DAYS {
                // Something in the victim's browser hands over what it is signed in to, each day.
                let signed_in = walk::wallet::sign_in(&mut owner.browser).await;
                if signed_in.is_err() {
                    return;
                }
                thief.browser = owner.browser.copied_by(&who, world.seed);
                for _ in 0..ASKS_A_DAY {
                    thief.ask_once(&mut owner.browser, &person, tap).await;
                }
                thief.wait(70_000, 80_000).await;
            }
        });
    }
    plan.crime(format!("{ASKS_A_DAY} approvals a day of {ASK} each, for {DAYS} days"))
}

impl Thief {
    /// One approval, and what it let in spent.
    async fn ask_once(&mut self, phone: &mut Browser, person: &Person, tap: Tap) {
        let pushed = self.push(phone, person, tap).await;
        let tapped = self.tried("have a waiting approval tapped", &pushed);
        self.wait(1_200, 3_600).await;
        if tapped == Answer::Got {
            self.spend(ASK).await;
        }
    }

    /// Asks for a top-up above the link's own cap, waits for its approval, and hopes.
    async fn push(
        &mut self,
        victim: &mut Browser,
        person: &Person,
        tap: Tap,
    ) -> Result<Answer, WebError> {
        let topup = walk::wallet::ask_top_up(&mut self.browser, ASK).await?;
        let number = walk::wallet::wait_for_approval(&mut self.browser, &topup).await?;
        let typed = match tap {
            Tap::AsTold => number,
            Tap::Any => self.chance.digits(2),
        };
        let pages = self.world.pages(person.bank);
        let signed = walk::bank::approve_waiting(victim, &pages, &typed).await?;
        if signed {
            let now = self.world.now();
            self.world.tally.borrow_mut().victim_debited(now);
        }
        Ok(got(signed))
    }
}
