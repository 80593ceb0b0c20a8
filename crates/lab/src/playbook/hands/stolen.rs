//! Breach assumed: the victim's own telephone, with the wallet and the bank signed in, the passkeys
//! on it and a live link. How it came into the thief's hands is not part of the run.

use std::rc::Rc;

use jiff::Timestamp;
use kanuki_domain::Yen;

use crate::{
    browser::{Browser, WebError},
    measure::Answer,
    people::{Enrolment, Person},
    playbook::thief::{Thief, got},
    walk::{
        self,
        bank::{Consented, Help},
        wallet::Moved,
    },
    world::World,
};

/// What a thief asks for, the most first.
pub(crate) const ASKS: [Yen; 6] = [
    Yen::of(100_000),
    Yen::of(50_000),
    Yen::of(20_000),
    Yen::of(10_000),
    Yen::of(5_000),
    Yen::of(1_000),
];
/// Refused debits in a row after which he waits for another day.
const REFUSED_MAX: u32 = 8;

/// A wallet user by their own will, until the telephone is gone.
#[derive(Clone, Debug)]
pub(crate) struct Victim {
    pub(crate) person: Person,
    /// When they join.
    pub(crate) joins_at: Timestamp,
    /// When the telephone is in other hands.
    pub(crate) stolen_at: Timestamp,
}

/// Opens a wallet, proves who `person` is, registers a passkey at a branch and links: what somebody
/// does who wants to.
pub(crate) async fn join(world: &World, person: &Person) -> Result<Browser, WebError> {
    let mut browser = Browser::new(world.ground(), &person.key, person.network, world.seed);
    let contact = (person.email.as_str(), person.phone.as_str());
    let page = walk::wallet::open(&mut browser, &person.key, contact).await?;
    let card = world.operator.card(&person.on_card(), person.serial());
    let card = card.map_err(|_| page.missing("card"))?;
    walk::wallet::prove(&mut browser, &card, &person.kana).await?;
    let code = world.bank_code(person.bank);
    let page = walk::wallet::start_link(&mut browser, &code).await?;
    let person = Person { enrolment: Enrolment::Branch, ..person.clone() };
    let help = Help { world, person: &person, mistypes: false };
    let page = walk::bank::enrol(&mut browser, &page, help).await?;
    match walk::bank::consent(&mut browser, &page).await? {
        Consented::Signed(page) if walk::wallet::is_linked(&page) => Ok(browser),
        Consented::Signed(page) => Err(page.missing("link")),
        Consented::Mismatch => Err(page.missing("match")),
    }
}

/// Lets a victim join, and hands their telephone to `crime` when it is stolen.
pub(crate) fn stage<C, F>(world: &Rc<World>, victim: Victim, number: usize, crime: C)
where
    C: FnOnce(Thief, Person) -> F + 'static,
    F: Future<Output = ()> + 'static,
{
    world.knows_until(&victim.person, victim.stolen_at);
    let there = Rc::clone(world);
    world.bed.spawn(victim.joins_at, async move {
        let person = victim.person;
        let browser = match join(&there, &person).await {
            Ok(browser) => browser,
            Err(error) => {
                let found = format!("{} could not join: {error}", person.key);
                there.tally.borrow_mut().find(found);
                return;
            }
        };
        there.bed.until(victim.stolen_at).await;
        let who = format!("thief {number:02} as {}", person.key);
        let thief = Thief::holding(&there, browser, &who);
        there.tally.borrow_mut().victim_linked(there.now());
        crime(thief, person).await;
    });
}

/// The same, with an accomplice's true name beside it.
pub(crate) fn stage_with_accomplice<C, F>(
    world: &Rc<World>,
    victim: Victim,
    number: usize,
    crime: C,
) where
    C: FnOnce(Thief, Person, Person) -> F + 'static,
    F: Future<Output = ()> + 'static,
{
    let place = number.checked_rem(world.town.accomplices.len()).unwrap_or(0);
    let Some(accomplice) = world.town.accomplices.get(place).cloned() else { return };
    stage(world, victim, number, move |thief, person| crime(thief, person, accomplice));
}

impl Thief {
    /// Debits as much as the victim's link gives now, up to `most`, and spends it in shops; what it
    /// came to.
    pub(crate) async fn take(&mut self, most: Yen) -> Yen {
        let mut taken = Yen::ZERO;
        let mut refused = 0_u32;
        for ask in ASKS {
            while taken.plus(ask).is_ok_and(|sum| sum <= most) && refused < REFUSED_MAX {
                if self.debit(ask).await == Answer::Refused {
                    refused = refused.saturating_add(1);
                    break;
                }
                taken = taken.plus(ask).unwrap_or(taken);
            }
        }
        self.spend(taken).await;
        taken
    }

    /// One debit of the link.
    pub(crate) async fn debit(&mut self, amount: Yen) -> Answer {
        let moved = walk::wallet::top_up(&mut self.browser, amount).await;
        let answer = moved.map(|moved| got(moved == Moved::Done));
        let answer = self.tried(&format!("debit {amount}"), &answer);
        if answer == Answer::Got {
            let now = self.world.now();
            self.world.tally.borrow_mut().victim_debited(now);
        }
        answer
    }

    /// Buys goods for `sum`, in pieces where a counter refuses; what is left of it.
    pub(crate) async fn spend(&mut self, sum: Yen) -> Yen {
        let world = Rc::clone(&self.world);
        let mut left = sum;
        for piece in ASKS {
            while piece <= left {
                let shops = &world.wallet_of(&self.browser).shop_codes;
                let Some(code) = self.chance.pick(shops).cloned() else { return left };
                let bought = self.buy(&code, piece).await;
                if self.tried("buy goods to sell", &bought) == Answer::Refused {
                    break;
                }
                left = left.minus_or_zero(piece);
            }
        }
        left
    }

    /// Ends the first link that the wallet shows, as its holder may at any time.
    pub(crate) async fn unlink(&mut self) -> Result<Answer, WebError> {
        let page = walk::wallet::sign_in(&mut self.browser).await?;
        let link = page.link("/links/")?;
        let page = self.browser.follow(&page, &link).await?;
        let form = page.form("/links/")?;
        let page = self.browser.submit(&page, &form).await?;
        Ok(got(page.status.is_success()))
    }

    /// Links the victim's account to the wallet in this browser, with the passkeys that are there.
    pub(crate) async fn link_again(&mut self, victim: &Person) -> Result<Answer, WebError> {
        walk::wallet::sign_in(&mut self.browser).await?;
        let code = self.world.bank_code(victim.bank);
        let page = walk::wallet::start_link(&mut self.browser, &code).await?;
        match walk::bank::consent(&mut self.browser, &page).await? {
            Consented::Signed(page) => Ok(got(walk::wallet::is_linked(&page))),
            Consented::Mismatch => Ok(Answer::Refused),
        }
    }
}
