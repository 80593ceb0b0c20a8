//! Crimes against what pages say and accept: names, codes, and the safety itself.

use std::rc::Rc;

use kanuki_domain::{bank_account::AccountNumber, id::encode_base32, mandate::later};

use super::{
    Calendar, Crime, guess,
    plan::HOUR,
    thief::{Thief, contacts, got},
};
use crate::{
    browser::{Page, WebError},
    measure::Answer,
    people::{Person, network},
    report::Start,
    sim::chance::Chance,
    walk,
    world::{WALLET, World},
};

/// How many flows a guesser begins anew.
const FLOWS: usize = 8;
/// Networks that a flood comes from.
const NETWORKS: usize = 20;

fn stage<F, C>(
    world: &Rc<World>,
    calendar: &Calendar,
    (name, hands): (&str, usize),
    crime: C,
) -> Crime
where
    C: Fn(Thief, Vec<Person>) -> F,
    F: Future<Output = ()> + 'static,
{
    let mut chance = Chance::of(world.seed, &format!("plan of {name}"));
    let mut people = world.town.bystanders.clone();
    people.extend(world.town.customers.iter().cloned());
    chance.shuffle(&mut people);
    people.truncate(12);
    for hand in 0..hands {
        let address = network(&mut chance);
        let thief = Thief::new(world, &format!("thief {hand:02}"), address);
        let at = later(calendar.start, HOUR.saturating_add(chance.secs(0, 3_600)));
        world.bed.spawn(at, crime(thief, people.clone()));
    }
    Crime {
        variant: format!("{hands} hands, {} accounts", people.len()),
        shape: None,
        watched: contacts(&people),
    }
}

/// Every page that takes a code, in parallel and begun anew whenever one flow is used up.
pub(super) fn codes(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    if world.policy.is_old() {
        return guess::birthdays_of_2020(world, calendar);
    }
    stage(world, calendar, ("code-guessing", 3), |mut thief, people| async move {
        for (flow, person) in people.iter().cycle().take(FLOWS).enumerate() {
            let bank = thief.world.pages(person.bank);
            for proof in ["atm", "branch", "post"] {
                let begun = thief.guess_enrolment(person, proof).await;
                thief.tried("guess the code of an enrolment", &begun);
            }
            let looked = thief.guess_look(person).await;
            thief.tried("guess the code of a look", &looked);
            for host in [WALLET, bank.as_str()] {
                let stopped = thief.guess_stop(host).await;
                thief.tried("guess a stop code", &stopped);
            }
            let key = thief.guess_key().await;
            thief.tried("guess a key and its one-time code", &key);
            let recovery = thief.guess_recovery().await;
            thief.tried("guess a recovery code", &recovery);
            if flow % 2 == 1 {
                thief.change_skin();
            }
        }
    })
}

/// The same questions about people who exist and people who do not: any difference is a gain.
pub(super) fn names(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    stage(world, calendar, ("name-harvest", 1), |mut thief, people| async move {
        let opened = thief.open_throwaway(0).await;
        thief.tried("open a throwaway wallet", &opened);
        for person in people {
            for (what, route) in [("enrol", "/enrol"), ("look", "/holder/look")] {
                let told = thief.compare_accounts(&person, route).await;
                thief.tried(&format!("tell accounts that exist by {what}"), &told);
            }
            // Elsewhere the only wallet that is known to exist is his own.
            let known = if thief.world.net.is_elsewhere() {
                Person { email: thief.world.throwaway(0).0, ..person.clone() }
            } else {
                person.clone()
            };
            let told = thief.compare_recoveries(&known).await;
            thief.tried("tell who has a wallet by its recovery", &told);
            let told = thief.compare_sends(&person).await;
            thief.tried("read a payee's name off the send page", &told);
            thief.change_skin();
        }
    })
}

/// Floods that trip breakers, stops of strangers, false reports: the honest must go on.
pub(super) fn flood(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    stage(world, calendar, ("weaponised-safety", 2), |mut thief, people| async move {
        for person in people.iter().cycle().take(NETWORKS) {
            let bank = thief.world.pages(person.bank);
            for proof in ["atm", "branch"] {
                let begun = thief.guess_enrolment(person, proof).await;
                thief.tried("lock an account by wrong codes", &begun);
            }
            for host in [WALLET, bank.as_str()] {
                let stopped = thief.guess_stop(host).await;
                thief.tried("stop a stranger's link", &stopped);
                let reported = thief.report_falsely(host, person).await;
                thief.tried("report a stranger's wallet", &reported);
            }
            let asked = walk::wallet::ask_recovery(&mut thief.browser, &person.email).await;
            thief.tried("ask for a stranger's recovery", &asked.map(|_| Answer::Refused));
            thief.wait(600, 3_600).await;
            thief.change_skin();
        }
    })
}

/// A page without what differs each time: codes, references, ids.
fn words(page: &Page) -> String {
    // A group of a code may have no digit.
    let is_group = |word: &str| word.len() <= 4 && word.chars().all(|c| c.is_ascii_uppercase());
    let is_code = |word: &&str| word.chars().any(|c| c.is_ascii_digit()) || is_group(word);
    let words = page.document.text.split_whitespace().filter(|word| !is_code(word));
    format!("{} {}", page.status.as_u16(), words.collect::<Vec<_>>().join(" "))
}

impl Thief {
    async fn guess_enrolment(&mut self, person: &Person, proof: &str) -> Result<Answer, WebError> {
        let page = self.browser.open(&format!("{}/enrol", self.world.pages(person.bank))).await?;
        let mut page = walk::bank::start(&mut self.browser, &page, person, proof).await?;
        for _ in 0..5 {
            let guess = self.chance.digits(10);
            page = walk::bank::type_code(&mut self.browser, &page, &guess).await?;
            if page.passkey_form().is_ok() {
                return Ok(Answer::Got);
            }
        }
        Ok(Answer::Refused)
    }

    async fn begin_look(&mut self, person: &Person) -> Result<Page, WebError> {
        let url = format!("{}/holder/look", self.world.pages(person.bank));
        let page = self.browser.open(&url).await?;
        let form = page
            .form("/holder/look")?
            .with("branch", person.account.branch())
            .with("number", person.account.number())
            .with("proof", "atm");
        self.browser.submit(&page, &form).await
    }

    async fn guess_look(&mut self, person: &Person) -> Result<Answer, WebError> {
        let mut page = self.begin_look(person).await?;
        for _ in 0..4 {
            let guess = self.chance.digits(10);
            page = walk::bank::type_code(&mut self.browser, &page, &guess).await?;
            if page.form("/holder/look/enter").is_ok() {
                return Ok(Answer::Got);
            }
        }
        Ok(Answer::Refused)
    }

    async fn guess_stop(&mut self, host: &str) -> Result<Answer, WebError> {
        let mut page = self.browser.open(&format!("{host}/stop")).await?;
        for _ in 0..8 {
            let guess = self.chance.digits(12);
            page = walk::bank::type_code(&mut self.browser, &page, &guess).await?;
            // The bank's page, or the wallet's.
            if page.form("/stop/confirm").is_ok() || page.form("/stop/press").is_ok() {
                return Ok(Answer::Got);
            }
        }
        Ok(Answer::Refused)
    }

    async fn guess_key(&mut self) -> Result<Answer, WebError> {
        let page = self.browser.open(&format!("{WALLET}/alternative")).await?;
        let form = page.form("/alternative")?;
        let form = form.with("key", self.chance.digits(20)).with("code", self.chance.digits(6));
        let page = self.browser.submit(&page, &form).await?;
        Ok(got(page.is_at("/")))
    }

    /// A code of the form that recoveries have: 128 bits in letters and digits.
    pub(crate) fn made_up_recovery(&mut self) -> String {
        let (high, low) = (self.chance.below(u64::MAX), self.chance.below(u64::MAX));
        let bits = u128::from(high).rotate_left(64) | u128::from(low);
        encode_base32(bits).to_uppercase()
    }

    async fn guess_recovery(&mut self) -> Result<Answer, WebError> {
        let code = self.made_up_recovery();
        let page = walk::wallet::recovery_identity(&mut self.browser, &code).await?;
        Ok(got(page.url.path() == "/card"))
    }

    /// An account that exists, and its neighbor that does not.
    pub(crate) async fn compare_accounts(
        &mut self,
        person: &Person,
        route: &str,
    ) -> Result<Answer, WebError> {
        let nobody = AccountNumber::parse(person.account.branch(), "9000001");
        let nobody = nobody.unwrap_or_else(|_| person.account.clone());
        let mut answers = Vec::new();
        for account in [person.account.clone(), nobody] {
            let asked = Person { account, ..person.clone() };
            let page = if route == "/enrol" {
                let url = format!("{}/enrol", self.world.pages(person.bank));
                let page = self.browser.open(&url).await?;
                walk::bank::start(&mut self.browser, &page, &asked, "atm").await?
            } else {
                self.begin_look(&asked).await?
            };
            if page.document.text.contains(&person.name)
                || page.document.text.contains(&person.kana)
            {
                return Ok(Answer::Got);
            }
            answers.push(words(&page));
        }
        answers.dedup();
        Ok(got(answers.len() > 1))
    }

    async fn compare_recoveries(&mut self, person: &Person) -> Result<Answer, WebError> {
        let mut answers = Vec::new();
        for contact in [person.email.as_str(), "nobody-at-all@example.net"] {
            let page = walk::wallet::ask_recovery_page(&mut self.browser, contact).await?;
            answers.push(words(&page));
        }
        answers.dedup();
        Ok(got(answers.len() > 1))
    }

    /// The send page takes a code or a link, and names nobody for a number.
    async fn compare_sends(&mut self, person: &Person) -> Result<Answer, WebError> {
        walk::wallet::sign_in(&mut self.browser).await?;
        for typed in [person.phone.as_str(), person.account.number(), person.email.as_str()] {
            let query = serde_urlencoded::to_string([("code", typed)]).unwrap_or_default();
            let page = self.browser.open(&format!("{WALLET}/send?{query}")).await?;
            let text = &page.document.text;
            if [&person.name, &person.kana, &person.key].iter().any(|name| text.contains(*name)) {
                return Ok(Answer::Got);
            }
        }
        Ok(Answer::Refused)
    }

    async fn report_falsely(&mut self, host: &str, person: &Person) -> Result<Answer, WebError> {
        let page = self.browser.open(&format!("{host}/report")).await?;
        let text = format!("口座 {} を止めてください", person.account.number());
        let form = page.form("/report")?.with("contact", "me@example.net").with("text", text);
        let page = self.browser.submit(&page, &form).await?;
        // A report opens a case that people read; it stops nobody.
        Ok(if page.status.is_success() { Answer::Refused } else { Answer::Got })
    }
}
