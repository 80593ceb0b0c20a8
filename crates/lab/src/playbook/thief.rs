//! One thief at one browser, and how what he tries is counted.

use std::{net::IpAddr, rc::Rc};

use crate::{
    browser::{Browser, Pace, WebError},
    measure::Answer,
    people::{Person, network},
    sim::chance::Chance,
    world::World,
};

/// How an attempt ends that nobody answered who could have refused it.
pub(crate) const NOT_TRIED: &str = "could not be tried";

/// One thief at one browser.
pub(crate) struct Thief {
    pub(crate) world: Rc<World>,
    pub(crate) browser: Browser,
    pub(crate) chance: Chance,
    /// Whether he reads what a bank tells to the victim's telephone.
    pub(crate) hears: bool,
}

impl Thief {
    pub(crate) fn new(world: &Rc<World>, who: &str, address: IpAddr) -> Self {
        let browser = Browser::new(world.ground(), who, address, world.seed);
        Self {
            browser: browser.at_pace(Pace { low: 2, high: 5 }),
            chance: Chance::of(world.seed, &format!("choices of {who}")),
            world: Rc::clone(world),
            hears: false,
        }
    }

    /// With somebody's own browser, signed in and with their passkeys.
    pub(crate) fn holding(world: &Rc<World>, browser: Browser, who: &str) -> Self {
        let mut thief = Self {
            browser: browser.at_pace(Pace { low: 2, high: 5 }),
            chance: Chance::of(world.seed, &format!("choices of {who}")),
            world: Rc::clone(world),
            hears: false,
        };
        thief.browser.change_hands(who);
        thief
    }

    /// Counts what an attempt came to. A page that does not let him go on is a refusal; what no company
    /// answered is none.
    pub(crate) fn tried(&self, what: &str, result: &Result<Answer, WebError>) -> Answer {
        let has_strayed = self.browser.take_strayed();
        let (answer, where_) = match result {
            Ok(Answer::Refused) | Err(_) if has_strayed => (Answer::Refused, NOT_TRIED.to_owned()),
            Ok(Answer::Got) => (Answer::Got, "got it".to_owned()),
            Ok(Answer::Refused) => (Answer::Refused, "refused".to_owned()),
            Err(error) => (Answer::Refused, format!("refused: {error}")),
        };
        let words = format!("{what}: {where_}");
        self.world.tally.borrow_mut().attempt(self.world.now(), words);
        answer
    }

    /// When refused, he comes back from elsewhere with another device.
    pub(crate) fn change_skin(&mut self) {
        let address = network(&mut self.chance);
        self.browser.change_skin(address);
    }

    /// Waits from `low` to `high` seconds.
    pub(crate) async fn wait(&mut self, low: u64, high: u64) {
        let pause = self.chance.secs(low, high);
        self.world.bed.secs(pause).await;
    }
}

/// What he wanted, or not.
pub(crate) const fn got(is_got: bool) -> Answer {
    if is_got { Answer::Got } else { Answer::Refused }
}

/// Those whom a crime is after: one in `share` of the holders who never wanted a wallet, and at
/// least `least` of them.
pub(crate) fn victims(world: &World, crime: &str, share: usize, least: usize) -> Vec<Person> {
    let mut chance = Chance::of(world.seed, &format!("victims of {crime}"));
    let mut list = world.town.bystanders.clone();
    chance.shuffle(&mut list);
    let part = list.len().checked_div(share).unwrap_or(0);
    list.truncate(part.max(least));
    list
}

/// Where messages to these people arrive.
pub(crate) fn contacts(people: &[Person]) -> Vec<String> {
    let all = |p: &Person| [p.phone.clone(), p.email.clone(), p.address.clone()];
    people.iter().flat_map(all).collect()
}
