//! A holder without a wallet: looks into the passbook now and then, and reads what the bank sends.

use std::rc::Rc;

use jiff::Timestamp;
use kanuki_demo::core::{Direction, StatementLine};
use kanuki_domain::mandate::later;

use crate::{
    browser::{Browser, Pace, WebError},
    people::Person,
    sim::chance::Chance,
    walk,
    world::World,
};

/// How often the mailbox is looked at, in seconds.
const LOOK_SECS: i64 = 4 * 3_600;
/// Letters of a stop code.
const CODE_LEN: usize = 12;

struct Watcher {
    world: Rc<World>,
    person: Person,
    /// One that reads what the bank writes.
    answers: bool,
    /// Messages that were read.
    read: usize,
    /// When the passbook is next looked at.
    passbook_at: Timestamp,
    passbook_secs: i64,
    has_reported: bool,
}

/// Lives until the world ends.
pub(super) async fn watch(world: Rc<World>, person: Person) {
    let mut chance = Chance::of(world.seed, &format!("habits of {}", person.key));
    // From people who look every week to those who do every other month.
    let passbook_secs = chance.secs(5 * 86_400, 50 * 86_400);
    let mut watcher = Watcher {
        answers: chance.happens(u64::from(world.answers).saturating_mul(10)),
        read: 0,
        passbook_at: later(world.now(), chance.secs(86_400, 50 * 86_400)),
        passbook_secs,
        has_reported: false,
        world,
        person,
    };
    let bed = watcher.world.bed.clone();
    while !watcher.has_reported {
        // Messages reach a handful of people; only who has one wakes up for it.
        let next = if watcher.answers {
            watcher.passbook_at.min(later(watcher.world.now(), LOOK_SECS))
        } else {
            watcher.passbook_at
        };
        bed.until(next).await;
        watcher.look().await;
    }
}

impl Watcher {
    async fn look(&mut self) {
        if self.answers {
            self.read_messages().await;
        }
        let now = self.world.now();
        if now >= self.passbook_at {
            self.passbook_at = later(now, self.passbook_secs);
            self.read_passbook().await;
        }
    }

    /// A debit that nobody ordered is reported at the bank's counter.
    async fn read_passbook(&mut self) {
        match self.world.passbook(&self.person).await {
            Ok(lines) => {
                let own_until = self.world.own_until(&self.person.key);
                let strange =
                    |line: &StatementLine| line.direction == Direction::Out && line.at >= own_until;
                if lines.iter().any(strange) {
                    self.report();
                }
            }
            Err(error) => self.world.tally.borrow_mut().find(format!("passbook: {error}")),
        }
    }

    /// A message about something that one did not do carries a code that stops it.
    async fn read_messages(&mut self) {
        let messages = self.world.post.read(&self.person.email);
        let unread = messages.get(self.read..).unwrap_or_default().to_vec();
        self.read = messages.len();
        let own_until = self.world.own_until(&self.person.key);
        for received in unread.into_iter().filter(|received| received.at >= own_until) {
            if let Some(code) = stop_code(&received.letter.body) {
                self.report();
                if let Err(error) = self.stop(&code).await {
                    let found = format!("a stop code did not work: {error}");
                    self.world.tally.borrow_mut().find(found);
                }
                return;
            }
        }
    }

    fn report(&mut self) {
        self.has_reported = true;
        let now = self.world.now();
        self.world.trace.write(now, &self.person.key, "REPORT");
        self.world.tally.borrow_mut().reported(now);
    }

    async fn stop(&self, code: &str) -> Result<(), WebError> {
        let (who, seed) = (format!("{} (stop)", self.person.key), self.world.seed);
        let mut browser = Browser::new(self.world.ground(), &who, self.person.network, seed)
            .at_pace(Pace { low: 20, high: 60 });
        let pages = self.world.pages(self.person.bank);
        // A code is typed at the company that sent it; who tried another one first tries again.
        let mut stopped = walk::bank::stop(&mut browser, &pages, code).await;
        for wallet in self.world.wallets() {
            if stopped.is_err() {
                stopped = walk::bank::stop(&mut browser, wallet.company.pages, code).await;
            }
        }
        let page = stopped?;
        if page.status.is_success() { Ok(()) } else { Err(page.missing("case number")) }
    }
}

/// The stop code in a message: three groups of four letters or digits with hyphens.
pub(crate) fn stop_code(body: &str) -> Option<String> {
    let is_code = |word: &&str| {
        let letters = word.chars().filter(char::is_ascii_alphanumeric).count();
        let hyphens = word.chars().filter(|c| *c == '-').count();
        letters == CODE_LEN && hyphens == 2 && word.chars().count() == CODE_LEN.saturating_add(2)
    };
    let words = body.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.into_iter().find(is_code).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_code_is_found_in_a_sentence() {
        let body = "停止コードは「AB12-CD34-EF56」です。電話 0120-000-0000 まで。";
        assert_eq!(stop_code(body).as_deref(), Some("AB12-CD34-EF56"));
        assert_eq!(stop_code("2026-08-31 0120-000-000"), None);
    }
}
