//! Plays one story and looks at what it did: to the victim's passbook, and to the books.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    rc::Rc,
    sync::Arc,
};

use jiff::Timestamp;
use kanuki_demo::core::{Direction, StatementLine};
use kanuki_domain::{
    Yen,
    limits::{BANK_PER_DAY, BANK_PER_MONTH, COOLING_LINK, DAY_SECS, MONTH_SECS},
    mandate::later,
};

use super::story::{Given, Move, Story, What};
use crate::{
    browser::{Browser, WebError},
    honest::stop_code,
    measure::Answer,
    people::{Enrolment, Person, Town},
    playbook::{
        Calendar,
        hands::stolen,
        met_by_thieves,
        thief::{Thief, got},
    },
    policy::{Changes, Policy},
    sim::{clock::SimClock, schedule::Schedule},
    walk::{self, wallet::Moved},
    world::{Mint, Plan, Tamper, World},
};

/// People in the town: those whom the story is about, and hardly anybody else.
const CUSTOMERS: u32 = 4;
/// How long the world goes on after the last move, so that everything comes to rest: money that was sent by a
/// link waits seven days for whom it was sent to.
const REST_DAYS: i64 = 9;
/// No story takes longer.
const STORY_DAYS: u32 = 160;

/// What came of a story.
#[derive(Clone, Debug, Default)]
pub(crate) struct Played {
    /// Promises that were broken, in sentences.
    pub(crate) broken: Vec<String>,
    /// Where the thief was answered and with what.
    pub(crate) met: BTreeSet<String>,
    /// What left the victim's account.
    pub(crate) stolen: Yen,
}

/// What the lab notes while the story goes on.
#[derive(Debug, Default)]
struct Notes {
    /// Whose card the thief has to prove who he is with: none, the victim's.
    papers: Option<Person>,
    /// When the victim's account was first linked.
    linked_at: Cell<Option<Timestamp>>,
    /// When the holder stopped the link that is there.
    stopped_at: Cell<Option<Timestamp>>,
    /// When somebody linked anew after that.
    linked_again_at: Cell<Option<Timestamp>>,
    is_over: Cell<bool>,
    /// Moves and what they came to.
    answers: RefCell<BTreeSet<String>>,
}

/// Plays `story` in a world of its own.
pub(crate) fn play(story: &Story, mint: Arc<Mint>) -> anyhow::Result<Played> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let calendar = Calendar::of(3);
        let clock = Arc::new(SimClock::starting(calendar.start));
        let mut schedule = Schedule::new(Arc::clone(&clock));
        let most = later(calendar.start, i64::from(STORY_DAYS).saturating_mul(DAY_SECS));
        let plan = Plan {
            seed: story.seed,
            policy: Policy::Default,
            changes: Changes::default(),
            town: Town::of(story.seed, CUSTOMERS),
            start: calendar.start,
            halt: calendar.halt,
            mint,
            answers: 0,
            faults_until: story.faults.then_some(most),
            tamper: Tamper::default(),
        };
        let world = Rc::new(World::build(plan, schedule.bed(), clock).await?);
        let Some(victim) = world.town.bystanders.first().cloned() else {
            anyhow::bail!("nobody to rob");
        };
        // A list and codes are no card: whoever was given no more opens wallets in an accomplice's name.
        let is_stolen = story.given == Given::Phone;
        let papers = world.town.accomplices.first().filter(|_| !is_stolen).cloned();
        let notes = Rc::new(Notes { papers, ..Notes::default() });
        let actor = act(Rc::clone(&world), victim.clone(), story.clone(), Rc::clone(&notes));
        world.bed.spawn(later(calendar.start, 3_600), actor);
        while !notes.is_over.get() && world.now() < most {
            schedule.run(later(world.now(), DAY_SECS), &*world).await;
        }
        schedule.run(later(world.now(), REST_DAYS.saturating_mul(DAY_SECS)), &*world).await;
        judge(&world, &victim, story, &notes).await
    })
}

async fn judge(
    world: &World,
    victim: &Person,
    story: &Story,
    notes: &Notes,
) -> anyhow::Result<Played> {
    let lines = world.passbook(victim).await?;
    let mut out: Vec<&StatementLine> =
        lines.iter().filter(|line| line.direction == Direction::Out).collect();
    out.sort_by_key(|line| line.at);
    let sum = |lines: &[&StatementLine]| {
        lines.iter().fold(Yen::ZERO, |sum, line| sum.plus(line.amount).unwrap_or(Yen::MAX))
    };
    let stolen = sum(&out);
    let mut broken = Vec::new();
    if story.given != Given::Phone && !stolen.is_zero() {
        broken.push("money left without the holder's telephone".to_owned());
    }
    for (secs, most, words) in
        [(DAY_SECS, BANK_PER_DAY, "24 hours"), (MONTH_SECS, BANK_PER_MONTH, "30 days")]
    {
        let within = |first: &&StatementLine| {
            let until = later(first.at, secs);
            let window: Vec<&StatementLine> =
                out.iter().copied().filter(|l| l.at >= first.at && l.at < until).collect();
            sum(&window)
        };
        if out.iter().map(within).any(|taken| taken > most) {
            broken.push(format!("more than {most} left within {words}"));
        }
    }
    if let Some(linked_at) = notes.linked_at.get() {
        let until = later(linked_at, DAY_SECS);
        let new: Vec<&StatementLine> = out.iter().copied().filter(|l| l.at < until).collect();
        if sum(&new) > COOLING_LINK {
            broken.push(format!("more than {COOLING_LINK} left through a link that cooled"));
        }
    }
    if let Some(stopped_at) = notes.stopped_at.get() {
        let until = notes.linked_again_at.get().unwrap_or(Timestamp::MAX);
        if out.iter().any(|line| line.at > stopped_at && line.at < until) {
            broken.push("money left through a link that its holder had stopped".to_owned());
        }
    }
    broken.extend(world.audit().await?);
    let mut met: BTreeSet<String> = met_by_thieves(&world.trace.lines()).into_keys().collect();
    met.extend(notes.answers.borrow().iter().cloned());
    Ok(Played { broken, met, stolen })
}

async fn act(world: Rc<World>, victim: Person, story: Story, notes: Rc<Notes>) {
    let begun = begin(&world, &victim, story.given).await;
    if let Ok((mut thief, mut mule)) = begun {
        if story.given == Given::Phone {
            notes.linked_at.set(Some(world.now()));
        }
        for one in &story.moves {
            let done = thief.make(*one, (&victim, &mut mule), &notes).await;
            let answer = match &done {
                Ok(Answer::Got) => "got",
                Ok(Answer::Refused) => "refused",
                Err(_) => "no way",
            };
            notes.answers.borrow_mut().insert(format!("{:?} {answer}", one.what));
        }
    }
    notes.is_over.set(true);
}

/// The thief with what he was given, and a mule with a verified wallet.
async fn begin(
    world: &Rc<World>,
    victim: &Person,
    given: Given,
) -> Result<(Thief, Thief), WebError> {
    let mut thief = match given {
        Given::Phone => {
            let phone = stolen::join(world, victim).await?;
            Thief::holding(world, phone, "thief with the telephone")
        }
        Given::List | Given::Codes => Thief::new(world, "thief", victim.network),
    };
    let accomplices = &world.town.accomplices;
    let mut mule = Thief::new(world, "thief's mule", victim.network);
    if let Some(person) = accomplices.last() {
        mule.set_up(person).await?;
    }
    if let (Given::Codes, Some(person)) = (given, accomplices.first()) {
        thief.change_skin();
        thief.set_up(person).await?;
    }
    Ok((thief, mule))
}

impl Thief {
    async fn make(
        &mut self,
        one: Move,
        (victim, mule): (&Person, &mut Self),
        notes: &Notes,
    ) -> Result<Answer, WebError> {
        let world = Rc::clone(&self.world);
        let pages = world.pages(victim.bank);
        let amount = one.yen();
        match one.what {
            What::Wait => {
                world.bed.secs(i64::try_from(one.number).unwrap_or(0)).await;
                Ok(Answer::Got)
            }
            What::Skin => {
                self.change_skin();
                Ok(Answer::Got)
            }
            What::Debit => Ok(self.debit(amount).await),
            What::Race => self.race(&[amount; 6], false).await,
            What::Approve => self.approve(amount, &pages).await,
            What::Pay | What::Send | What::PayOut => self.spend_by(one, mule).await,
            What::Unlink => self.unlink().await,
            What::Link | What::Second | What::LinkAs => self.link_by(one, victim, notes).await,
            What::Mail => {
                let mail = "new@example.net";
                let page = walk::bank::change_mail(&mut self.browser, &pages, mail).await?;
                Ok(got(page.url.query() == Some("done=1")))
            }
            What::Raise => {
                let page = walk::bank::raise(&mut self.browser, &pages, amount).await?;
                Ok(got(walk::bank::is_raised(&page)))
            }
            What::Lower => {
                let page = walk::bank::lower(&mut self.browser, &pages, amount).await?;
                Ok(got(page.status.is_success()))
            }
            What::Freeze => {
                let page = walk::wallet::freeze(&mut self.browser).await?;
                Ok(got(page.status.is_success()))
            }
            What::Unfreeze => {
                let page = walk::wallet::ask_unfreeze(&mut self.browser).await?;
                Ok(got(page.status.is_success()))
            }
            What::Stop => holder_stops(&world, victim, notes).await,
            What::Knock => {
                self.knock(victim, 0).await;
                Ok(Answer::Refused)
            }
            What::Enrol => {
                let ways = [Enrolment::Atm, Enrolment::Call, Enrolment::Branch];
                let way = usize::try_from(one.number).ok().and_then(|place| ways.get(place));
                let enrolment = way.copied().unwrap_or(Enrolment::Branch);
                self.enrol_as(&Person { enrolment, ..victim.clone() }).await
            }
            What::Strange => self.try_strange_link().await,
        }
    }

    async fn spend_by(&mut self, one: Move, mule: &mut Self) -> Result<Answer, WebError> {
        let amount = one.yen();
        match one.what {
            What::Pay => {
                let Some(code) = self.world.shop_codes.first().cloned() else {
                    return Ok(Answer::Refused);
                };
                self.buy(&code, amount).await
            }
            What::Send => {
                let link = walk::wallet::send_by_link(&mut self.browser, amount).await?;
                let Some(link) = link else { return Ok(Answer::Refused) };
                let claimed = walk::wallet::claim(&mut mule.browser, &link).await?;
                Ok(got(claimed == Moved::Done))
            }
            _ => {
                let paid = walk::wallet::pay_out(&mut self.browser, amount).await?;
                Ok(got(paid == Moved::Done))
            }
        }
    }

    async fn link_by(
        &mut self,
        one: Move,
        victim: &Person,
        notes: &Notes,
    ) -> Result<Answer, WebError> {
        let linked = match one.what {
            What::Link => self.link_again(victim).await,
            What::Second => self.second_wallet(notes.papers.as_ref().unwrap_or(victim)).await,
            _ => self.link_as(victim).await,
        };
        if matches!(linked, Ok(Answer::Got)) && notes.stopped_at.get().is_some() {
            notes.linked_again_at.set(Some(self.world.now()));
        }
        linked
    }

    /// Asks for a top-up, and signs it at the bank's own page where the bank wants that.
    async fn approve(&mut self, amount: Yen, pages: &str) -> Result<Answer, WebError> {
        let topup = walk::wallet::ask_top_up(&mut self.browser, amount).await?;
        let number = walk::wallet::wait_for_approval(&mut self.browser, &topup).await?;
        Ok(got(walk::bank::approve_waiting(&mut self.browser, pages, &number).await?))
    }
}

/// The holder, at home, types the newest code that a notice brought.
async fn holder_stops(
    world: &Rc<World>,
    victim: &Person,
    notes: &Notes,
) -> Result<Answer, WebError> {
    let who = format!("{} (at home)", victim.key);
    let mut home = Browser::new(world.ground(), &who, victim.network, world.seed);
    let messages = world.post.read(&victim.email);
    let Some(code) = messages.iter().rev().find_map(|m| stop_code(&m.letter.body)) else {
        return Ok(Answer::Refused);
    };
    let pages = world.pages(victim.bank);
    let page = match walk::bank::stop(&mut home, &pages, &code).await {
        Ok(page) => page,
        Err(_) => walk::bank::stop(&mut home, crate::world::WALLET, &code).await?,
    };
    if page.status.is_success() {
        notes.stopped_at.set(Some(world.now()));
        notes.linked_again_at.set(None);
    }
    Ok(got(page.status.is_success()))
}
