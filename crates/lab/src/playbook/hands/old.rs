//! What worked in 2020: link by number and PIN, drain to the cap, buy things that can be sold.

use std::{net::IpAddr, rc::Rc};

use jiff::Timestamp;
use kanuki_domain::Yen;

use crate::{
    browser::WebError,
    measure::Answer,
    people::{Person, network},
    playbook::thief::{Thief, got},
    sim::chance::Chance,
    walk::{self, wallet::Moved, y2020::Known},
    world::{Company, FIRST, World},
};

/// What is bought at one counter, in yen at the most.
const PURCHASE_MAX: u64 = 80_000;
const HOUR: i64 = 3_600;

/// What was taken in 2020, one after the other.
pub(crate) const DEBITS: [Yen; 4] =
    [Yen::of(100_000), Yen::of(90_000), Yen::of(90_000), Yen::of(20_000)];

/// One account that is linked by number and PIN, and when it is drained.
#[derive(Clone, Debug)]
pub(crate) struct Robbery {
    pub(crate) number: usize,
    pub(crate) person: Person,
    pub(crate) address: IpAddr,
    /// At which wallet company.
    pub(crate) company: &'static Company,
    /// When the account is linked.
    pub(crate) at: Timestamp,
    /// When it is drained, and by which debits.
    pub(crate) rounds: Vec<(Timestamp, Vec<Yen>)>,
    /// Seconds between two debits.
    pub(crate) debit_secs: (u64, u64),
    /// Whether the thief reads what the bank tells to the victim's telephone.
    pub(crate) hears: bool,
}

impl Robbery {
    /// The crime of 2020 upon `person`: linked and drained at once.
    pub(crate) fn at_once(world: &World, number: usize, person: Person, at: Timestamp) -> Self {
        let mut chance = Chance::of(world.seed, &format!("robbery {number}"));
        Self {
            number,
            person,
            address: network(&mut chance),
            company: &FIRST,
            at,
            rounds: vec![(at, DEBITS.to_vec())],
            debit_secs: if chance.happens(700) { (1, 5) } else { (40, 240) },
            hears: false,
        }
    }

    /// The same by somebody who hears what the bank tells to the victim's telephone.
    pub(crate) fn hearing(self) -> Self {
        Self { hears: true, ..self }
    }

    /// The same with a wallet of another company.
    pub(crate) fn with_wallet_of(self, company: &'static Company) -> Self {
        Self { company, ..self }
    }

    /// Lets it happen.
    pub(crate) fn stage(self, world: &Rc<World>) {
        world.bed.spawn(self.at, rob(Rc::clone(world), self));
    }
}

/// From the throwaway wallet to the goods.
pub(crate) async fn rob(world: Rc<World>, robbery: Robbery) {
    let who = format!("thief {:02}", robbery.number);
    let mut thief = Thief::new(&world, &who, robbery.address);
    thief.hears = robbery.hears;
    thief.browser.turn_to(robbery.company);
    let mail = format!("throwaway{:03}@example.net", robbery.number);
    let linked = thief.link_by_pin(&robbery.person, &mail).await;
    if thief.tried("link with account number and PIN", &linked) == Answer::Refused {
        return;
    }
    world.tally.borrow_mut().victim_linked(world.now());
    for (round, (at, debits)) in robbery.rounds.iter().enumerate() {
        world.bed.until(*at).await;
        if round > 0 || *at > robbery.at {
            let back = walk::y2020::sign_in(&mut thief.browser, &world.post, &mail, "").await;
            thief.tried("sign in again", &back.map(|_| Answer::Got));
        }
        thief.drain(debits, robbery.debit_secs).await;
        thief.cash_out(&mail, debits).await;
    }
}

impl Thief {
    pub(crate) async fn link_by_pin(
        &mut self,
        person: &Person,
        mail: &str,
    ) -> Result<Answer, WebError> {
        let world = Rc::clone(&self.world);
        walk::y2020::sign_in(&mut self.browser, &world.post, mail, &person.kana).await?;
        let phone = self.hears.then_some(person.phone.as_str());
        let known = Known {
            bank: world.bank_code(person.bank),
            branch: person.account.branch().to_owned(),
            number: person.account.number().to_owned(),
            pin: person.pin.clone(),
            born_on: person.born_on,
        };
        let page = walk::y2020::link(&mut self.browser, &known, &world.post, phone).await?;
        let is_there = page.url.host_str() == Some(self.browser.company().host);
        let is_back = is_there && page.status.is_success();
        Ok(got(is_back))
    }

    /// Debits, one after the other.
    pub(crate) async fn drain(&mut self, debits: &[Yen], (low, high): (u64, u64)) {
        for amount in debits {
            let moved = walk::wallet::top_up(&mut self.browser, *amount).await;
            let answer = moved.map(|moved| got(moved == Moved::Done));
            if self.tried(&format!("debit {amount}"), &answer) == Answer::Got {
                let now = self.world.now();
                self.world.tally.borrow_mut().victim_debited(now);
            }
            self.wait(low, high).await;
        }
    }

    /// Spends it in shops within the day.
    pub(crate) async fn cash_out(&mut self, mail: &str, debits: &[Yen]) {
        let world = Rc::clone(&self.world);
        let pause = self.chance.secs(1_800, 6 * 3_600).min(6 * HOUR);
        world.bed.secs(pause).await;
        // Sessions of then were short, and the mailed code opened them again.
        let back = walk::y2020::sign_in(&mut self.browser, &world.post, mail, "").await;
        if back.is_err() {
            return;
        }
        let mut left = debits.iter().fold(0_u64, |sum, yen| sum.saturating_add(yen.amount()));
        while left > 0 {
            let amount = self.chance.between(20_000, PURCHASE_MAX).min(left);
            let shops = &world.wallet_of(&self.browser).shop_codes;
            let Some(code) = self.chance.pick(shops).cloned() else { return };
            let yen = Yen::new(amount).unwrap_or(Yen::ZERO);
            let mut bought = self.buy(&code, yen).await;
            if !matches!(bought, Ok(Answer::Got)) {
                // The session was over: he comes back with a fresh code, once.
                let again = walk::y2020::sign_in(&mut self.browser, &world.post, mail, "").await;
                if again.is_ok() {
                    bought = self.buy(&code, yen).await;
                }
            }
            if self.tried("buy goods to sell", &bought) == Answer::Refused {
                return;
            }
            left = left.saturating_sub(amount);
        }
    }

    pub(crate) async fn buy(&mut self, code: &str, amount: Yen) -> Result<Answer, WebError> {
        let (moved, _) = walk::wallet::pay(&mut self.browser, code, amount).await?;
        Ok(got(moved == Moved::Done))
    }
}
