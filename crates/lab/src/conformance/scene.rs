//! What a probe works with: a pair of companies, a holder, and strangers.

use std::rc::Rc;

use kanuki_demo::people::BANKS;
use kanuki_domain::Yen;

use super::probe::Fault;
use crate::{
    browser::{Browser, Page},
    people::{Enrolment, Person, network},
    playbook::{hands::stolen, thief::Thief},
    sim::chance::Chance,
    walk::{
        self,
        bank::{Consented, Help},
        wallet::Moved,
    },
    world::{Desk, Received, World},
};

/// The pair, and the holder whom the probe is about.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) world: Rc<World>,
    pub(crate) person: Person,
}

impl Scene {
    /// The first holder who never wanted a wallet stands for everybody.
    pub(crate) fn of(world: &Rc<World>) -> anyhow::Result<Self> {
        let person = world.town.bystanders.first().cloned();
        let person = person.ok_or_else(|| anyhow::anyhow!("nobody lives here"))?;
        Ok(Self { world: Rc::clone(world), person })
    }

    /// Somebody else at another device.
    pub(crate) fn stranger(&self, who: &str) -> Thief {
        let mut chance = Chance::of(self.world.seed, who);
        Thief::new(&self.world, who, network(&mut chance))
    }

    /// Where the holder's bank has its pages.
    pub(crate) fn bank(&self) -> String {
        self.world.pages(self.person.bank)
    }

    /// What the holder's bank is called.
    pub(crate) fn bank_name(&self) -> &'static str {
        BANKS.get(self.person.bank).map(|bank| bank.name).unwrap_or_default()
    }

    /// Lets `hours` pass.
    pub(crate) async fn hours(&self, hours: i64) {
        self.world.bed.secs(hours.saturating_mul(3_600)).await;
    }

    /// Lets the companies' workers do what waits for them.
    pub(crate) async fn settle(&self) {
        self.world.bed.secs(60).await;
    }

    /// The holder opens a wallet, proves who they are and links their account.
    pub(crate) async fn join(&self) -> Result<Browser, Fault> {
        Ok(stolen::join(&self.world, &self.person).await?)
    }

    /// The same, days ago: nothing is new any more.
    pub(crate) async fn join_long_ago(&self) -> Result<Browser, Fault> {
        let browser = self.join().await?;
        self.hours(10 * 24).await;
        Ok(browser)
    }

    /// From an open and proven wallet to the page of the bank that asks for the signature.
    pub(crate) async fn consent_page(
        &self,
        enrolment: Enrolment,
    ) -> Result<(Browser, Page), Fault> {
        let (world, person) = (&self.world, &self.person);
        let mut browser = Browser::new(world.ground(), &person.key, person.network, world.seed);
        let contact = (person.email.as_str(), person.phone.as_str());
        let page = walk::wallet::open(&mut browser, &person.key, contact).await?;
        let card = world.operator.card(&person.on_card(), person.serial());
        let card = card.map_err(|_| page.missing("card"))?;
        walk::wallet::prove(&mut browser, &card, &person.kana).await?;
        let code = world.bank_code(person.bank);
        let page = walk::wallet::start_link(&mut browser, &code).await?;
        let person = Person { enrolment, ..person.clone() };
        let help = Help { world, person: &person, mistypes: false };
        let page = walk::bank::enrol(&mut browser, &page, help).await?;
        let page = browser.submit_passkey(&page, &[]).await?;
        let form = page.form("/authorize/account")?;
        let only = form.choices("account").first().cloned().unwrap_or_default();
        let page = browser.submit(&page, &form.with("account", only)).await?;
        Ok((browser, page))
    }

    /// Links the holder's account again, with the passkeys in `browser`.
    pub(crate) async fn link_again(&self, browser: &mut Browser) -> Result<bool, Fault> {
        walk::wallet::sign_in(browser).await?;
        let code = self.world.bank_code(self.person.bank);
        let Ok(page) = walk::wallet::start_link(browser, &code).await else { return Ok(false) };
        match walk::bank::consent(browser, &page).await {
            Ok(Consented::Signed(page)) => Ok(walk::wallet::is_linked(&page)),
            Ok(Consented::Mismatch) | Err(_) => Ok(false),
        }
    }

    /// Opens another wallet in this browser, proves the holder with their card and links their account.
    pub(crate) async fn link_to_another(&self, browser: &mut Browser) -> Result<bool, Fault> {
        let contact = ("again@example.net", "08012340001");
        let page = walk::wallet::open(browser, "again", contact).await?;
        let card = self.world.operator.card(&self.person.on_card(), self.person.serial());
        let card = card.map_err(|_| page.missing("card"))?;
        walk::wallet::prove(browser, &card, &self.person.kana).await?;
        self.link_again(browser).await
    }

    /// The account's balance as the holder's passbook has it.
    pub(crate) async fn balance(&self) -> Result<Yen, Fault> {
        Ok(self.world.deposit(&self.person).await?)
    }

    /// Everything that arrived for the holder by telephone, mail and post.
    pub(crate) fn letters(&self) -> Vec<Received> {
        let person = &self.person;
        let places = [&person.phone, &person.email, &person.address];
        places.into_iter().flat_map(|place| self.world.post.read(place)).collect()
    }

    /// Whether a message with this subject is the holder's bank's: each company begins with its name.
    pub(crate) fn is_from_bank(&self, subject: &str) -> bool {
        subject.starts_with(&format!("【{}】", self.bank_name()))
    }

    /// How many messages of the holder's bank to each of mail and telephone mention `words`.
    pub(crate) fn told_by_bank(&self, words: &str) -> [usize; 2] {
        [&self.person.email, &self.person.phone].map(|place| {
            let all = self.world.post.read(place);
            let is_it = |received: &&Received| {
                let letter = &received.letter;
                self.is_from_bank(&letter.subject)
                    && (letter.subject.contains(words) || letter.body.contains(words))
            };
            all.iter().filter(is_it).count()
        })
    }

    /// How many messages of the wallet mention `words`.
    pub(crate) fn told_by_wallet(&self, words: &str) -> usize {
        let all = self.world.post.read(&self.person.email);
        let is_it = |received: &&Received| {
            let letter = &received.letter;
            !self.is_from_bank(&letter.subject)
                && (letter.subject.contains(words) || letter.body.contains(words))
        };
        all.iter().filter(is_it).count()
    }

    /// A member of staff of the holder's bank, or of the wallet, signed in at the desk.
    pub(crate) async fn staff(&self, is_bank: bool) -> Result<(Browser, String), Fault> {
        self.staff_called(is_bank, "検査 窓口").await
    }

    /// The same, by name: where two people must agree.
    pub(crate) async fn staff_called(
        &self,
        is_bank: bool,
        name: &str,
    ) -> Result<(Browser, String), Fault> {
        let world = &self.world;
        let desk = if is_bank { Desk::Bank(self.person.bank) } else { Desk::Wallet };
        let code = world.invite_staff(desk, name).await?;
        let host = world.desk_pages(desk);
        let address = network(&mut Chance::of(world.seed, "desk"));
        let mut browser = Browser::new(world.ground(), name, address, world.seed);
        let page = walk::desk::activate(&mut browser, &host, &code).await?;
        if page.is_at("/desk") { Ok((browser, host)) } else { Err(page.missing("desk").into()) }
    }
}

/// Whether `amount` moved from bank to wallet. A page that offers no way is a no.
pub(crate) async fn tops_up(browser: &mut Browser, amount: u64) -> bool {
    let amount = Yen::new(amount).unwrap_or(Yen::ZERO);
    matches!(walk::wallet::top_up(browser, amount).await, Ok(Moved::Done))
}

/// The same where it must, or nothing can be seen.
pub(crate) async fn must_top_up(browser: &mut Browser, amount: u64) -> Result<(), Fault> {
    if tops_up(browser, amount).await {
        Ok(())
    } else {
        Err(Fault::Lost(format!("a top-up of ¥{amount} that should go through did not")))
    }
}
