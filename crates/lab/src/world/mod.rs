//! The world in a box: a wallet or two, three banks with their cores, a card reader, the post, the
//! telephone. The companies are the same servers that `kanuki up` runs.

mod bank;
mod books;
mod company;
mod held;
mod legacy;
mod operator;
mod outside;
mod post;
mod rest;
mod rogue;
mod rogue_bank;
mod staff;
mod tamper;
mod wallet;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    sync::Arc,
};

use jiff::Timestamp;
use kanuki_demo::people::BANKS;
use kanuki_domain::mandate::later;
use kanuki_record::{MemoryRecords, Records};
use kanuki_site::Clock as _;

use crate::{
    browser::Ground,
    measure::Tally,
    net::Net,
    people::{RogueAt, Town},
    policy::{Changes, Control, Halt, Policy},
    sim::{
        chance::{Chance, SeededEntropy},
        clock::SimClock,
        schedule::{Bed, Workers},
        trace::Trace,
    },
    weather::{FullDisk, Weather},
};
pub(crate) use bank::BankBox;
pub(crate) use company::{COMPANIES, Company, FIRST, SECOND, WalletBox};
pub(crate) use operator::{Mint, Operator};
pub(crate) use post::{Post, Received};
pub(crate) use rest::Rest;
use rest::Watched;
pub(crate) use rogue::Heard;
pub(crate) use rogue_bank::{RogueBank, sign};
pub(crate) use staff::Desk;
pub(crate) use tamper::Tamper;

/// The first wallet's port; the banks' follow.
const WALLET_PORT: u16 = 8080;
/// The first bank's port.
pub(crate) const BANK_PORT: u16 = WALLET_PORT + 1;
/// The first core's port.
const CORE_PORT: u16 = 8091;
/// Where the platform operator's app is.
const OPERATOR_PORT: u16 = 8099;

/// Where the first wallet's pages are.
pub(crate) const WALLET: &str = FIRST.pages;
/// The first wallet's name at every bank.
pub(crate) const CLIENT_ID: &str = FIRST.client_id;

/// How long the workers wait when nothing happens, in seconds: twice as long each time, up to
/// the most.
const IDLE_SECS: i64 = 1_800;
const IDLE_SECS_MAX: i64 = 6 * 3_600;
/// How soon they run after something did.
const SOON_SECS: i64 = 3;

/// Everything that one run needs.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) policy: Policy,
    /// How what the companies run differs from the policy.
    pub(crate) changes: Changes,
    pub(crate) town: Town,
    pub(crate) clock: Arc<SimClock>,
    pub(crate) bed: Bed,
    pub(crate) trace: Rc<Trace>,
    pub(crate) net: Arc<Net>,
    pub(crate) post: Arc<Post>,
    pub(crate) banks: Vec<BankBox>,
    pub(crate) operator: Arc<Operator>,
    pub(crate) tally: RefCell<Tally>,
    /// What people write to each other: links, by whom they are for.
    pub(crate) chats: RefCell<BTreeMap<String, Vec<String>>>,
    /// Until when what a holder reads about is their own doing.
    own_until: RefCell<BTreeMap<String, Timestamp>>,
    /// What people spent themselves, whatever they say later.
    own_spending: RefCell<BTreeMap<String, kanuki_domain::Yen>>,
    /// How many in a hundred act on a notice.
    pub(crate) answers: u32,
    /// What is wrong with it on purpose.
    tamper: Tamper,
    /// The wallet company, and where there are more, the others.
    pub(crate) wallet: WalletBox,
    pub(crate) others: Vec<WalletBox>,
    /// The bank that is the adversary, if one is.
    pub(crate) rogue_bank: Option<Arc<RogueBank>>,
    tick_at: Cell<Timestamp>,
    idle_secs: Cell<i64>,
    sweep_at: Cell<Timestamp>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.net.unplug();
    }
}

/// What a world is made from.
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) policy: Policy,
    /// How what the companies run differs from the policy.
    pub(crate) changes: Changes,
    pub(crate) town: Town,
    /// The first instant.
    pub(crate) start: Timestamp,
    pub(crate) halt: Halt,
    pub(crate) mint: Arc<Mint>,
    /// How many in a hundred act on a notice.
    pub(crate) answers: u32,
    /// Until when things go wrong between companies, on disks and with clocks, if they do.
    pub(crate) faults_until: Option<Timestamp>,
    /// What is wrong with this world, if that is what is looked for.
    pub(crate) tamper: Tamper,
}

/// What every server of a world shares.
#[derive(Clone)]
pub(crate) struct Base {
    pub(crate) seed: u64,
    pub(crate) policy: Policy,
    pub(crate) changes: Changes,
    /// How many wallet companies there are.
    pub(crate) wallets: usize,
    /// The bank that is the adversary, and what was agreed with it.
    pub(crate) rogue: Option<RogueAt>,
    pub(crate) halt: Halt,
    pub(crate) mint: Arc<Mint>,
    pub(crate) outside: kanuki_site::World,
    pub(crate) net: Arc<Net>,
    pub(crate) post: Arc<Post>,
    pub(crate) weather: Option<Arc<Weather>>,
    /// Whether a company in whose books nothing waits is not woken.
    pub(crate) rests: bool,
}

impl Base {
    /// A company's records, on a disk that may be full, and whether it rests.
    pub(crate) fn records(&self) -> (Arc<dyn Records>, Arc<Rest>) {
        let rest = Arc::new(Rest::new(self.rests && self.weather.is_none()));
        let inner = MemoryRecords::default();
        let inner: Arc<dyn Records> = match &self.weather {
            None => Arc::new(inner),
            Some(weather) => Arc::new(FullDisk { inner, weather: Arc::clone(weather) }),
        };
        (Arc::new(Watched { inner, rest: Arc::clone(&rest) }), rest)
    }

    /// The world as the bank in this place sees it: by its own clock.
    pub(crate) fn outside_of(&self, place: u16) -> kanuki_site::World {
        match &self.weather {
            None => self.outside.clone(),
            Some(weather) => kanuki_site::World {
                clock: weather.clock_of(usize::from(place)),
                ..self.outside.clone()
            },
        }
    }
}

/// Introduces every wallet and bank to each other; the server of each, by its port.
async fn introduce(
    base: &Base,
    tamper: Tamper,
    (wallets, banks): (&[&WalletBox], &[BankBox]),
    rogue_bank: Option<&Arc<RogueBank>>,
) -> anyhow::Result<BTreeMap<u16, axum::Router>> {
    let mut servers = BTreeMap::new();
    for bank in banks {
        for wallet in wallets {
            bank.introduce(base, wallet).await?;
        }
        let mut router = tamper.around(bank.router(base));
        if let Some(rogue) = rogue_bank.filter(|rogue| rogue.is(bank)) {
            router = rogue.around(router);
            servers.insert(rogue_bank::INSIDE_PORT, rogue.inside());
        }
        servers.insert(bank.port, router);
    }
    for wallet in wallets {
        let router = wallet::router(base, wallet.state.clone());
        servers.insert(wallet.company.port, tamper.around(router));
    }
    Ok(servers)
}

impl World {
    /// Builds the companies, introduces them to each other and opens their doors.
    pub(crate) async fn build(plan: Plan, bed: Bed, clock: Arc<SimClock>) -> anyhow::Result<Self> {
        let Plan { seed, policy, changes, town, start, halt, mint, answers, faults_until, tamper } =
            plan;
        let net = Arc::new(Net::default());
        let entropy = Arc::new(SeededEntropy::of(seed, "servers"));
        let outside = kanuki_site::World::new(clock.clone(), entropy, net.clone());
        let post = Arc::new(Post::new(Arc::clone(&clock), tamper.letters));
        let weather =
            faults_until.map(|until| Arc::new(Weather::until(seed, Arc::clone(&clock), until)));
        if let Some(weather) = &weather {
            net.expose(Arc::clone(weather));
        }
        let base = Base {
            seed,
            policy,
            changes,
            wallets: town.more_wallets.saturating_add(1),
            rogue: town.rogue_bank,
            halt,
            mint,
            outside,
            net: net.clone(),
            post: post.clone(),
            weather,
            rests: !tamper.wakes_everybody,
        };
        let mut servers = BTreeMap::new();
        let mut banks: Vec<BankBox> = Vec::new();
        for (place, demo) in BANKS.iter().enumerate() {
            let bank = BankBox::build(&base, demo, town.at_bank(place)).await?;
            servers.insert(bank.core_port, bank.core_router());
            banks.push(bank);
        }
        let rogue_bank = base.rogue.map(|at| RogueBank::at(at.place, Arc::clone(&clock)));
        let believes_all = base.changes.lacks(Control::GenuineCards);
        let operator = Operator::new(base.mint.clone(), Arc::clone(&clock));
        let operator = Arc::new(operator.forged_by_the_book(believes_all));
        servers.insert(OPERATOR_PORT, operator::router(operator.clone()));
        let wallet = wallet::build(&base, &FIRST, &banks).await?;
        let others = wallet::build_others(&base, &banks).await?;
        let wallets: Vec<&WalletBox> = std::iter::once(&wallet).chain(&others).collect();
        servers.extend(introduce(&base, tamper, (&wallets, &banks), rogue_bank.as_ref()).await?);
        net.plug(servers);
        Ok(Self {
            seed,
            policy,
            changes: base.changes,
            town,
            chats: RefCell::default(),
            own_until: RefCell::default(),
            own_spending: RefCell::default(),
            answers,
            tamper,
            tally: RefCell::new(Tally::starting(start, halt.at)),
            clock,
            bed,
            trace: Rc::new(Trace::default()),
            net,
            post,
            banks,
            operator,
            wallet,
            others,
            rogue_bank,
            tick_at: Cell::new(later(start, IDLE_SECS)),
            idle_secs: Cell::new(IDLE_SECS),
            sweep_at: Cell::new(start),
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What `person` reads or finds in the passbook until `at` is their own doing.
    pub(crate) fn knows_until(&self, person: &crate::people::Person, at: Timestamp) {
        self.own_until.borrow_mut().insert(person.key.clone(), at);
    }

    /// Until when what a holder reads about is their own doing, if they ever did anything.
    pub(crate) fn own_until(&self, key: &str) -> Timestamp {
        self.own_until.borrow().get(key).copied().unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// `person` spent so much themselves.
    pub(crate) fn spends(&self, person: &crate::people::Person, amount: kanuki_domain::Yen) {
        let mut spending = self.own_spending.borrow_mut();
        let sum = spending.entry(person.key.clone()).or_default();
        *sum = sum.plus(amount).unwrap_or(*sum);
    }

    /// What `person` spent themselves.
    pub(crate) fn own_spending(&self, key: &str) -> kanuki_domain::Yen {
        self.own_spending.borrow().get(key).copied().unwrap_or_default()
    }

    /// A mail address and a number that nobody else has: at a pair that is elsewhere and stays, in no
    /// other run either.
    pub(crate) fn throwaway(&self, number: usize) -> (String, String) {
        if self.net.is_elsewhere() {
            let mut chance = Chance::of(self.seed, &format!("throwaway {number}"));
            let mail = format!("throwaway-{:x}-{number}@example.net", self.seed);
            return (mail, format!("0800{}", chance.digits(7)));
        }
        (format!("throwaway{number:03}@example.net"), format!("0800{number:07}"))
    }

    /// What a browser stands on.
    pub(crate) fn ground(&self) -> Ground {
        Ground {
            net: Arc::clone(&self.net),
            clock: Arc::clone(&self.clock),
            bed: self.bed.clone(),
            trace: Rc::clone(&self.trace),
        }
    }

    /// The bank in this place of [`BANKS`].
    pub(crate) fn bank(&self, place: usize) -> anyhow::Result<&BankBox> {
        self.banks.get(place).ok_or_else(|| anyhow::anyhow!("no bank in place {place}"))
    }

    /// Where the pages of the bank in this place are.
    pub(crate) fn pages(&self, place: usize) -> String {
        self.banks.get(place).map(|bank| bank.pages.clone()).unwrap_or_default()
    }

    /// The code of the bank in this place.
    pub(crate) fn bank_code(&self, place: usize) -> String {
        self.banks.get(place).map(|bank| bank.code.to_string()).unwrap_or_default()
    }
}

impl Workers for World {
    fn due_at(&self) -> Timestamp {
        if self.net.take_changed() {
            let soon = later(self.now(), SOON_SECS);
            self.tick_at.set(self.tick_at.get().min(soon));
            self.idle_secs.set(IDLE_SECS);
        }
        self.tick_at.get()
    }

    async fn tick(&self) {
        let idle_secs = self.idle_secs.get();
        self.tick_at.set(later(self.now(), idle_secs));
        self.idle_secs.set(idle_secs.saturating_mul(2).min(IDLE_SECS_MAX));
        for bank in &self.banks {
            if bank.rest.begins(self.now()) {
                kanuki_bank_http::workers::tick(&bank.state, &*self.post).await;
                bank.rest.ends(self.now());
            }
        }
        for wallet in self.wallets() {
            if wallet.rest.begins(self.now()) {
                kanuki_wallet_http::workers::tick(&wallet.state, &*self.post).await;
                wallet.rest.ends(self.now());
            }
        }
        if self.now() >= self.sweep_at.get() {
            self.sweep_at.set(later(self.now(), 86_400));
            for bank in &self.banks {
                kanuki_bank_http::workers::sweep(&bank.state).await;
            }
            for wallet in self.wallets() {
                kanuki_wallet_http::workers::sweep(&wallet.state).await;
            }
        }
    }
}

#[cfg(test)]
mod tests;
