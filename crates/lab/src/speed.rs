//! How much a world does: honest people who go about their days, and a bank with a great many accounts.
//!
//! No clock is read here. Whoever measures is told when one part is over and the next begins, and reads
//! their own.

use std::{collections::BTreeMap, rc::Rc, sync::Arc};

use kanuki_domain::{Yen, limits::DAY_SECS, mandate::later};
use kanuki_wallet::remittance::LINK_WAITS_SECS;

use crate::{
    honest,
    people::{CUSTOMERS_MAX, HOLDERS_MAX, Town},
    playbook::{Calendar, hands::stolen},
    policy::{Changes, Policy},
    run::LabError,
    sim::{clock::SimClock, schedule::Schedule},
    walk,
    world::{Mint, Plan, Tamper, World},
};

/// How long a world rests before its books are looked at: the longest that money may wait by itself,
/// which is money by link that nobody claims, and what the workers' pauses and the nightly pass add.
const REST_SECS: i64 = LINK_WAITS_SECS + 2 * DAY_SECS;

/// Which part is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lap {
    /// Keys are made and the companies' doors are open.
    Built,
    /// People have done what they came for.
    Lived,
}

/// What was done meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Accounts at all banks.
    pub accounts: u64,
    /// What honest people asked for about money and trust, by kind: pages that are only read do not count.
    pub actions: BTreeMap<&'static str, u64>,
    /// Requests that a server answered, those between companies too.
    pub requests: u64,
    /// What should not be.
    pub findings: Vec<String>,
}

impl Work {
    /// Actions of every kind.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.actions.values().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// Lets `customers` join a wallet under `default`, top up, pay, send and pay out for `days`; nobody
/// attacks.
///
/// # Errors
///
/// [`LabError`] if the world breaks.
pub fn live(
    (customers, days): (u32, u32),
    seed: u64,
    lap: &mut dyn FnMut(Lap),
) -> Result<Work, LabError> {
    if customers > CUSTOMERS_MAX {
        return Err(LabError::TooLarge { most: CUSTOMERS_MAX, whom: "customers" });
    }
    in_a_world(seed, Town::of(seed, customers), days, lap, async |world, schedule, calendar| {
        honest::stage(world, calendar);
        schedule.run(calendar.honest_until, &**world).await;
        Ok(())
    })
}

/// A bank with this many accounts, at which one of its holders joins a wallet and tops up.
///
/// # Errors
///
/// [`LabError`] if the world breaks.
pub fn crowd(accounts: u32, seed: u64, lap: &mut dyn FnMut(Lap)) -> Result<Work, LabError> {
    if accounts > HOLDERS_MAX {
        return Err(LabError::TooLarge { most: HOLDERS_MAX, whom: "accounts" });
    }
    let town = Town::at_one_bank(seed, accounts);
    in_a_world(seed, town, 3, lap, async |world, schedule, calendar| {
        let there = Rc::clone(world);
        world.bed.spawn(later(calendar.start, 60), async move {
            let done = one_of_many(&there).await;
            if !matches!(done, Ok(walk::wallet::Moved::Done)) {
                there.tally.borrow_mut().find(format!("a holder among many could not: {done:?}"));
            }
        });
        schedule.run(later(calendar.start, 86_400), &**world).await;
        Ok(())
    })
}

async fn one_of_many(world: &World) -> anyhow::Result<walk::wallet::Moved> {
    let person = world.town.bystanders.last().cloned();
    let person = person.ok_or_else(|| anyhow::anyhow!("nobody lives here"))?;
    let mut browser = stolen::join(world, &person).await?;
    Ok(walk::wallet::top_up(&mut browser, Yen::of(5_000)).await?)
}

fn in_a_world(
    seed: u64,
    town: Town,
    days: u32,
    lap: &mut dyn FnMut(Lap),
    live: impl AsyncFnOnce(&Rc<World>, &mut Schedule, &Calendar) -> anyhow::Result<()>,
) -> Result<Work, LabError> {
    let run = || -> anyhow::Result<Work> {
        let calendar = Calendar::of(days);
        let companies = kanuki_demo::people::BANKS.len().saturating_add(1);
        let mint = Mint::of(calendar.start, companies)?;
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(async {
            let clock = Arc::new(SimClock::starting(calendar.start));
            let mut schedule = Schedule::new(Arc::clone(&clock));
            let plan = Plan {
                seed,
                policy: Policy::Default,
                changes: Changes::default(),
                town,
                start: calendar.start,
                halt: calendar.halt,
                mint,
                answers: 0,
                faults_until: None,
                tamper: Tamper::default(),
            };
            let world = Rc::new(World::build(plan, schedule.bed(), clock).await?);
            lap(Lap::Built);
            live(&world, &mut schedule, &calendar).await?;
            lap(Lap::Lived);
            let requests = world.net.answered();
            // What is still on its way comes to rest before the books are laid side by side.
            schedule.run(later(world.now(), REST_SECS), &*world).await;
            let mut findings = world.audit().await?;
            findings.extend(world.tally.borrow().findings());
            let actions = world.tally.borrow().fared.actions();
            let at = |bank| u64::try_from(world.town.at_bank(bank).count()).unwrap_or(u64::MAX);
            let accounts = (0..world.banks.len()).map(at).sum();
            Ok(Work { accounts, actions, requests, findings })
        })
    };
    run().map_err(|error| LabError::Broken { seed, source: error.into_boxed_dyn_error() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_without_thieves_is_busy_and_its_books_agree() {
        let mut laps = Vec::new();

        let work = live((6, 4), 1, &mut |lap| laps.push(lap)).unwrap();

        assert_eq!(laps, [Lap::Built, Lap::Lived]);
        assert_eq!(work.findings, Vec::<String>::new());
        assert_eq!(work.actions.get("link"), Some(&6));
        assert!(work.actions.contains_key("topup") && work.actions.contains_key("pay"));
        assert!(work.requests > work.total());
    }

    /// A thousand customers were once said to have left ¥48,656 hanging, because the books were looked
    /// at while money by link could still be claimed.
    #[test]
    fn what_is_sent_at_the_end_and_never_claimed_is_back_before_the_books_are_looked_at() {
        let town = Town::of(1, 4);
        let sent = async |world: &Rc<World>, schedule: &mut Schedule, calendar: &Calendar| {
            let (there, person) = (Rc::clone(world), world.town.customers[0].clone());
            world.bed.spawn(later(calendar.start, 60), async move {
                let mut browser = stolen::join(&there, &person).await.unwrap();
                let moved = walk::wallet::top_up(&mut browser, Yen::of(5_000)).await;
                assert_eq!(moved.unwrap(), walk::wallet::Moved::Done);
                let link = walk::wallet::send_by_link(&mut browser, Yen::of(1_200)).await;
                assert!(link.unwrap().is_some());
            });
            schedule.run(later(calendar.start, 7_200), &**world).await;
            // Until then it waits, and the audit says since when and until when.
            let findings = world.audit().await?;
            let [finding] = findings.as_slice() else { panic!("{findings:?}") };
            assert!(finding.starts_with("the wallet still has 1200 yen pending, "), "{finding}");
            Ok(())
        };

        let work = in_a_world(1, town, 3, &mut |_| (), sent).unwrap();

        assert_eq!(work.findings, Vec::<String>::new());
    }

    #[test]
    fn one_of_many_holders_at_one_bank_joins_and_tops_up() {
        let work = crowd(2_000, 1, &mut |_| ()).unwrap();

        assert_eq!((work.accounts, work.findings.as_slice()), (2_001, [].as_slice()));
    }
}
