//! Crimes that use people: who reads codes out, relays what they are asked, lives in the same house,
//! bears the same name, or signs themselves because somebody told them to.

use std::rc::Rc;

use jiff::Timestamp;
use kanuki_domain::{Yen, mandate::later};
use kanuki_passkey::soft::Flaw;

use super::{
    Calendar, Crime,
    caps::ALL,
    hands::stolen::{self, Victim},
    plan::{DAY, HOUR, Plan},
    thief::{Thief, contacts, got, victims},
};
use crate::{
    browser::{Browser, WebError, bare},
    honest::letter_code,
    measure::Answer,
    people::{Enrolment, Person, Town},
    report::Start,
    walk::{self, bank::Consented},
    world::{WALLET, World},
};

/// How long a passkey that came by a code waits before it may change anything, and a day more.
const PATIENCE: (u64, u64) = (8 * 86_400, 8 * 86_400 + 7_200);

/// A false bank employee on the telephone: the victim reads out whatever the bank gives them.
pub(super) fn vishing(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "vishing-enrol");
    if world.policy.is_old() {
        return plan.hearing(calendar.start);
    }
    let mut people = victims(world, "vishing-enrol", 40, 3);
    let last = people.pop();
    plan.people = people;
    let mut crime =
        plan.each(later(calendar.start, HOUR), |mut thief, person, accomplice| async move {
            thief.with_true_name(&accomplice).await;
            let ways = [Enrolment::Atm, Enrolment::Call, Enrolment::Branch];
            let enrolment = thief.chance.pick(&ways).copied().unwrap_or(Enrolment::Atm);
            let person = Person { enrolment, ..person };
            let enrolled = thief.enrol_as(&person).await;
            if thief.tried("enrol with codes that were read out", &enrolled) == Answer::Got {
                thief.try_as_holder(&person).await;
            }
        });
    if let Some(person) = last {
        crime.watched.extend(contacts(std::slice::from_ref(&person)));
        vishing_without_a_name(world, person, later(calendar.start, 2 * HOUR));
    }
    crime
}

/// The same by somebody for whom nobody lends a name: a throwaway wallet must do.
fn vishing_without_a_name(world: &Rc<World>, victim: Person, at: Timestamp) {
    let there = Rc::clone(world);
    world.bed.spawn(at, async move {
        let mut thief = Thief::new(&there, "thief without a name", victim.network);
        thief.change_skin();
        let opened = thief.open_throwaway(70).await;
        thief.tried("open a throwaway wallet", &opened);
        let victim = Person { enrolment: Enrolment::Branch, ..victim };
        let enrolled = thief.enrol_as(&victim).await;
        if thief.tried("enrol with a code that was read out", &enrolled) == Answer::Got {
            thief.try_as_holder(&victim).await;
        }
    });
}

/// A proxy in the middle relays pages and answers, at an address that looks almost right.
pub(super) fn aitm(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "aitm");
    if world.policy.is_old() {
        return plan.hearing(calendar.start);
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
            move |mut victim, person, accomplice| async move {
                let world = Rc::clone(&victim.world);
                let mut thief =
                    Thief::new(&world, &format!("thief in the middle {number}"), person.network);
                thief.change_skin();
                let bank = world.pages(person.bank);
                for (what, url, inside) in [
                    (
                        "relay the wallet's sign-in",
                        format!("{WALLET}/sign-in"),
                        format!("{WALLET}/topup"),
                    ),
                    (
                        "relay the bank's sign-in",
                        format!("{bank}/holder/sign-in"),
                        format!("{bank}/holder"),
                    ),
                ] {
                    let relayed = thief.relay((&url, &inside), &mut victim.browser).await;
                    thief.tried(what, &relayed);
                }
                thief.with_true_name(&accomplice).await;
                let enrolled = thief.enrol_as(&person).await;
                if thief.tried("relay the codes of an enrolment", &enrolled) == Answer::Got {
                    thief.try_as_holder(&person).await;
                }
            },
        );
    }
    plan.crime("wallet users led through a proxy, passkeys and codes relayed live".to_owned())
}

/// The number is on the thief's telephone now.
pub(super) fn sim_swap(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "sim-swap");
    if world.policy.is_old() {
        return plan.hearing(calendar.start);
    }
    plan.each(later(calendar.start, HOUR), |mut thief, person, accomplice| async move {
        thief.with_true_name(&accomplice).await;
        let person = Person { enrolment: Enrolment::Call, ..person };
        let enrolled = thief.enrol_as(&person).await;
        if thief.tried("enrol with a call from the number on file", &enrolled) == Answer::Got {
            thief.try_as_holder(&person).await;
        }
    })
}

/// The victim's post goes to the thief for some weeks.
pub(super) fn mail_redirect(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "mail-redirect");
    plan.each(later(calendar.start, HOUR), |mut thief, person, accomplice| async move {
        thief.with_true_name(&accomplice).await;
        let enrolled = thief.enrol_by_post(&person).await;
        if thief.tried("enrol with the letter to the victim", &enrolled) == Answer::Got {
            thief.try_as_holder(&person).await;
        }
    })
}

/// The accomplice bears the victim's name, kanji and kana, and was born on the same day.
pub(super) fn same_name(town: &mut Town, _: u64) {
    let Some(victim) = town.bystanders.first().cloned() else { return };
    for twin in &mut town.accomplices {
        twin.name.clone_from(&victim.name);
        twin.kana.clone_from(&victim.kana);
        twin.born_on = victim.born_on;
    }
}

/// A genuine wallet of somebody of the same name, and what was talked out of the victim.
pub(super) fn name_twin(world: &Rc<World>, start: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "name-twin");
    plan.people = world.town.bystanders.first().cloned().into_iter().collect();
    if start == Start::Outside {
        return plan.outside(calendar.start);
    }
    plan.each(later(calendar.start, HOUR), |mut thief, person, twin| async move {
        thief.with_true_name(&twin).await;
        let person = Person { enrolment: Enrolment::Branch, ..person };
        let enrolled = thief.enrol_as(&person).await;
        if thief.tried("enrol with codes that were read out", &enrolled) == Answer::Got {
            thief.try_as_holder(&person).await;
        }
    })
}

/// Somebody in the house with cash card, PIN, mailbox and sometimes the identity card.
pub(super) fn caregiver(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "caregiver");
    if world.policy.is_old() {
        return plan.hearing(calendar.start);
    }
    plan.each(later(calendar.start, HOUR), |mut thief, person, own| async move {
        let has_card = thief.chance.happens(700);
        let name = if has_card { &person } else { &own };
        let contact = ("carer@example.net", "08055550000");
        let opened = thief.open_in_name(name, contact).await;
        thief.tried("open a wallet with the identity card in the house", &opened);
        let person = Person { enrolment: Enrolment::Atm, ..person };
        let linked = thief.link_from_the_house(&person).await;
        if thief.tried("link with cash card, PIN and mailbox", &linked) == Answer::Got {
            thief.world.tally.borrow_mut().victim_linked(thief.world.now());
            thief.drain_daily(6).await;
        }
    })
}

/// The victim does it all, because somebody on the telephone says so.
pub(super) fn coached(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "coached-victim");
    if world.policy.is_old() {
        return plan.hearing(calendar.start);
    }
    for (number, person) in plan.people.clone().into_iter().enumerate() {
        let joins_at = later(calendar.start, plan.chance.secs(3_600, 40_000));
        let victim = Victim { person: person.clone(), joins_at, stolen_at: later(joins_at, HOUR) };
        stolen::stage_with_accomplice(
            world,
            victim,
            number,
            |mut victim, _, accomplice| async move {
                let world = Rc::clone(&victim.world);
                let mut mule = Thief::new(&world, &accomplice.key, accomplice.network);
                mule.with_true_name(&accomplice).await;
                for _ in 0..4 {
                    let got_it = victim.send_what_there_is(&mut mule).await;
                    victim.tried("have the victim top up, and send or spend it", &got_it);
                    victim.wait(80_000, 90_000).await;
                }
            },
        );
        // Believes it, until a relative asks.
        world.knows_until(&person, later(joins_at, 5 * DAY));
    }
    plan.crime(format!("{} victims who sign what they are told for four days", plan.people.len()))
}

impl Thief {
    /// A verified wallet in a true name that is not the victim's.
    pub(super) async fn with_true_name(&mut self, accomplice: &Person) {
        let set_up = self.set_up(accomplice).await;
        self.tried("a verified wallet in one's own name", &set_up);
    }

    /// With a passkey at the bank in the victim's name: link, change contacts, raise; then wait until
    /// the passkey is no longer new, and once more.
    pub(super) async fn try_as_holder(&mut self, victim: &Person) {
        self.world.tally.borrow_mut().victim_linked(self.world.now());
        for _ in 0..2 {
            let linked = self.link_as(victim).await;
            self.tried("link the victim's account to a wallet in one's own name", &linked);
            let pages = self.world.pages(victim.bank);
            let mail = "new@example.net";
            let changed = walk::bank::change_mail(&mut self.browser, &pages, mail).await;
            let changed = changed.map(|page| got(page.url.query() == Some("done=1")));
            self.tried("change where the bank writes to", &changed);
            self.wait(PATIENCE.0, PATIENCE.1).await;
            self.change_skin();
        }
    }

    /// Shows the victim a page that is another's, and passes on what their passkey answers there; got
    /// if `inside` opens for him afterwards.
    ///
    /// A browser refuses to answer for another address. The second time the victim's has lost even
    /// that check, and what was signed names the wrong address.
    async fn relay(
        &mut self,
        (url, inside): (&str, &str),
        victim: &mut Browser,
    ) -> Result<Answer, WebError> {
        for is_broken in [false, true] {
            let page = self.browser.open(url).await?;
            let form = page.passkey_form()?;
            let shown_at =
                page.url.origin().ascii_serialization().replace("localhost", "1ocalhost");
            let mut keys = victim.keys.clone();
            if is_broken {
                keys = keys.with_flaw(Flaw::ServesAnyOrigin);
            }
            let signed = keys.get(&bare(&form.options), &shown_at);
            let signed = signed.unwrap_or_else(|_| "{}".to_owned());
            self.browser.submit(&page, &form.with("credential", signed)).await?;
            let page = self.browser.open(inside).await?;
            let asks_who = page.url.path().contains("sign-in") || page.link("/sign-in").is_ok();
            if page.status.is_success() && !asks_who {
                return Ok(Answer::Got);
            }
        }
        Ok(Answer::Refused)
    }

    /// Starts an enrolment by letter and takes the letter out of the box.
    async fn enrol_by_post(&mut self, victim: &Person) -> Result<Answer, WebError> {
        let page = self.browser.open(&format!("{}/enrol", self.world.pages(victim.bank))).await?;
        let page = walk::bank::start(&mut self.browser, &page, victim, "post").await?;
        self.wait(4 * 86_400, 5 * 86_400).await;
        let letters = self.world.post.read(&victim.address);
        let code = letters.iter().rev().find_map(|letter| letter_code(&letter.letter.body));
        let code = code.ok_or_else(|| page.missing("letter"))?;
        let page = walk::bank::type_code(&mut self.browser, &page, &code).await?;
        let page = self.browser.submit_passkey(&page, &[]).await?;
        Ok(got(page.status.is_success()))
    }

    /// Opens a wallet and proves with the genuine card of `person`.
    pub(super) async fn open_in_name(
        &mut self,
        person: &Person,
        contact: (&str, &str),
    ) -> Result<Answer, WebError> {
        let page = walk::wallet::open(&mut self.browser, "guest", contact).await?;
        let card = self.world.operator.card(&person.on_card(), person.serial());
        let card = card.map_err(|_| page.missing("card"))?;
        let page = walk::wallet::prove(&mut self.browser, &card, &person.kana).await?;
        Ok(got(page.is_at("/identity")))
    }

    /// At the bank with what lies in the house, then the letter out of the mailbox.
    async fn link_from_the_house(&mut self, person: &Person) -> Result<Answer, WebError> {
        let world = Rc::clone(&self.world);
        let code = world.bank_code(person.bank);
        let page = walk::wallet::start_link(&mut self.browser, &code).await?;
        let help = walk::bank::Help { world: &world, person, mistypes: false };
        let page = walk::bank::enrol(&mut self.browser, &page, help).await?;
        let Consented::Signed(page) = walk::bank::consent(&mut self.browser, &page).await? else {
            return Ok(Answer::Refused);
        };
        if !walk::wallet::is_linked(&page) {
            return Ok(Answer::Refused);
        }
        self.wait(4 * 86_400, 5 * 86_400).await;
        let letters = world.post.read(&person.address);
        let code = letters.iter().rev().find_map(|letter| letter_code(&letter.letter.body));
        let code = code.ok_or_else(|| page.missing("letter"))?;
        let pages = world.pages(person.bank);
        let page = walk::bank::confirm_letter(&mut self.browser, &pages, &code).await?;
        Ok(got(page.status.is_success()))
    }

    /// Tops up what the link gives, sends it by link, and the mule takes it; what does not go that way,
    /// the victim spends on goods whose numbers are read out.
    async fn send_what_there_is(&mut self, mule: &mut Self) -> Result<Answer, WebError> {
        let mut sum = Yen::ZERO;
        for ask in stolen::ASKS {
            if self.debit(ask).await == Answer::Got {
                sum = sum.plus(ask).unwrap_or(sum);
            }
        }
        if sum.is_zero() {
            return Ok(Answer::Refused);
        }
        let sent = self.send_to(mule, sum.min(ALL)).await;
        if self.tried("have the victim send it to a mule", &sent) == Answer::Got {
            return Ok(Answer::Got);
        }
        Ok(got(self.spend(sum).await < sum))
    }

    /// By a link, which the mule claims.
    async fn send_to(&mut self, mule: &mut Self, amount: Yen) -> Result<Answer, WebError> {
        let link = walk::wallet::send_by_link(&mut self.browser, amount).await?;
        let Some(link) = link else { return Ok(Answer::Refused) };
        let moved = walk::wallet::claim(&mut mule.browser, &link).await?;
        Ok(got(moved == walk::wallet::Moved::Done))
    }
}
