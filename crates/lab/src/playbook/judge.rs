//! What a policy promises, and whether the run kept it.

use kanuki_domain::Yen;

use super::{Calendar, Crime, Staged};
use crate::{
    policy::Policy,
    report::{Bar, Friction, Loss, Mark, Run, basis_points, percent},
    run::{Options, day_text},
    world::World,
};

/// Honest requests that may be declined, in hundredths of a percent.
const DECLINED_MAX: u64 = 50;
/// Honest requests that may be challenged.
const CHALLENGED_MAX: u64 = 300;
/// Honest requests that may be held.
const HELD_MAX: u64 = 50;
/// Links by passkey or identity card that must be completed.
const COMPLETED_MIN: u64 = 9_000;
/// Median of first page to first top-up, in seconds.
const FIRST_TOPUP_SECS_MAX: u64 = 300;

/// Looks at a world that has ended.
pub(super) async fn judge(
    world: &World,
    staged: &Staged,
    options: &Options,
    calendar: &Calendar,
) -> anyhow::Result<Run> {
    let crime = &staged.crime;
    let missing = world.missing().await?;
    for to in &crime.watched {
        for received in world.post.read(to) {
            world.tally.borrow_mut().victim_told(received.at);
        }
    }
    world.tally.borrow_mut().missing(world.now(), &missing);
    let mut findings = world.audit().await?;
    let tally = world.tally.borrow();
    findings.extend(tally.findings());
    let loss = Loss { bounded_by: crime.bounded_by.clone(), ..tally.loss() };
    let honest = tally.friction();
    let mark = |at, text: &str| Mark { day: tally.day_of(at), text: text.to_owned() };
    Ok(Run {
        playbook: staged.playbook.name().to_owned(),
        policy: world.policy.name().to_owned(),
        start: staged.start,
        seed: options.seed,
        variant: crime.variant.clone(),
        customers: options.customers,
        days: options.days,
        bars: bars(world.policy, crime, &loss, &honest),
        loss,
        honest,
        findings,
        timeline: tally.days(),
        first_day: day_text(calendar.start),
        marks: vec![
            mark(calendar.edge, "the month's edge"),
            mark(calendar.halt.at, "new links halted"),
            mark(calendar.attack_end, "the attack ends"),
        ],
        trace_sha256: world.trace.digest(),
        refusals: tally.answers(),
        trace: world.trace.lines(),
    })
}

fn bars(policy: Policy, crime: &Crime, loss: &Loss, honest: &Friction) -> Vec<Bar> {
    match policy {
        Policy::Y2020 => as_in_2020(crime, loss),
        Policy::Default => {
            let mut bars = vec![Bar {
                wanted: "no victim loses a yen".to_owned(),
                measured: loss.yen_lost.to_string(),
                is_met: loss.yen_lost.is_zero() && loss.peak_missing.is_zero(),
            }];
            bars.extend(for_the_honest(honest));
            bars
        }
    }
}

/// The old policy must lose as the incident's parties lost: else the playbook proves nothing.
fn as_in_2020(crime: &Crime, loss: &Loss) -> Vec<Bar> {
    let (least, most) = crime.shape.unwrap_or_default();
    let costs = |wanted: Yen, measured: Yen, who: &str| Bar {
        wanted: format!("{who} loses {wanted}"),
        measured: measured.to_string(),
        is_met: wanted == measured,
    };
    vec![
        costs(least, loss.per_victim.0, "a victim within one month"),
        costs(most, loss.per_victim.1, "a victim across the month's edge"),
        Bar {
            wanted: "no victim is told".to_owned(),
            measured: format!("{} notices", loss.notices),
            is_met: loss.notices == 0,
        },
        Bar {
            wanted: "a halt of new links leaves debits on old ones".to_owned(),
            measured: format!("{} debits after the halt", loss.debits_after_halt),
            is_met: loss.debits_after_halt > 0,
        },
    ]
}

fn for_the_honest(honest: &Friction) -> Vec<Bar> {
    let below = |what: &str, count: u64, max: u64| {
        let points = basis_points(count, honest.requests);
        Bar {
            wanted: format!("honest requests {what} below {}", percent(max)),
            measured: percent(points),
            is_met: honest.requests > 0 && points < max,
        }
    };
    let completed = basis_points(honest.links_made, honest.links_begun);
    vec![
        below("declined", honest.declined, DECLINED_MAX),
        below("challenged", honest.challenged, CHALLENGED_MAX),
        below("held", honest.held, HELD_MAX),
        Bar {
            wanted: format!("links completed: at least {}", percent(COMPLETED_MIN)),
            measured: percent(completed),
            is_met: honest.links_begun > 0 && completed >= COMPLETED_MIN,
        },
        Bar {
            wanted: format!("first top-up within {FIRST_TOPUP_SECS_MAX} s (median)"),
            measured: honest
                .first_topup_s_p50
                .map_or_else(|| "nobody topped up".to_owned(), |secs| format!("{secs} s")),
            is_met: honest.first_topup_s_p50.is_some_and(|secs| secs <= FIRST_TOPUP_SECS_MAX),
        },
    ]
}
