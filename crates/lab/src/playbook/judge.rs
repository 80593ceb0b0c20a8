//! What a policy promises, and whether the run kept it.

use std::collections::BTreeMap;

use kanuki_domain::{
    Yen,
    limits::{RAISE_WAIT_SECS, RECOVERY_WAIT_SECS},
};
use kanuki_site::courier::Channel;

use super::{Calendar, Crime, Meeting, Scenario, Staged};
use crate::{
    policy::Policy,
    report::{
        ATTACK_ENDS, Bar, Friction, HALTED, Loss, MONTH_EDGE, Mark, OwnPolicy, Run, Seen, Start,
        basis_points, percent,
    },
    run::{Options, day_text},
    world::{Received, World},
};

/// Honest requests that may be declined, in hundredths of a percent.
const DECLINED_MAX: u64 = 50;
/// Honest requests that may be challenged.
const CHALLENGED_MAX: u64 = 300;
/// Honest requests that may be held.
const HELD_MAX: u64 = 50;
/// Median of how long something is held, in seconds.
const HELD_SECS_MAX: u64 = 7_200;
/// How long, at the most and at the median, what the page announces beforehand keeps people waiting, in
/// seconds.
const ANNOUNCED: [(&str, &str, i64); 2] = [
    ("raise", "a higher cap holds", RAISE_WAIT_SECS),
    ("recovery", "a lost telephone is made good", RECOVERY_WAIT_SECS),
];
/// Who waits looks only when awake: half a day.
const LOOK_SECS: u64 = 43_200;
/// Links by passkey or identity card that must be completed.
const COMPLETED_MIN: u64 = 9_000;
/// Median of first page to first top-up, in seconds.
const FIRST_TOPUP_SECS_MAX: u64 = 300;

/// Looks at a world that has ended.
pub(super) async fn judge(
    world: &World,
    staged: Staged<'_>,
    options: &Options,
    calendar: &Calendar,
) -> anyhow::Result<Run> {
    let Staged { scenario, start, crime, file } = staged;
    let asks_nothing = world.policy.is_old() && file.is_none();
    let missing = world.missing().await?;
    let mut seen = Vec::new();
    for to in &crime.watched {
        for received in world.post.read(to) {
            world.tally.borrow_mut().victim_told(received.at);
            note(&mut seen, &received);
        }
    }
    seen.sort_by(|a, b| (a.first_at, &a.subject).cmp(&(b.first_at, &b.subject)));
    world.tally.borrow_mut().missing(world.now(), &missing);
    let mut findings = world.audit().await?;
    let rules = world.rules_that_held().await?;
    let tally = world.tally.borrow();
    if !options.faults {
        findings.extend(tally.findings());
    }
    let bound = scenario.bound_from(start).filter(|_| !asks_nothing);
    let bounded_by = bound.map(|bound| bound.why.clone()).unwrap_or_default();
    let unbacked = world.rogue_bank.as_ref().map_or(Yen::ZERO, |rogue| rogue.made_up());
    let loss = Loss { unbacked, bounded_by, ..tally.loss() };
    let honest = tally.fared.friction();
    let trace = world.trace.lines();
    let met = met_by_thieves(&trace);
    let mark = |at, text: &str| Mark { day: tally.day_of(at), text: text.to_owned() };
    let on_its_word = word_of_a_bank(world, &loss).filter(|_| !asks_nothing);
    Ok(Run {
        playbook: scenario.id.clone(),
        about: scenario.about.clone(),
        policy: file.map_or_else(|| world.policy.name().to_owned(), |file| file.name.clone()),
        policy_file: file.map(OwnPolicy::of),
        start,
        seed: options.seed,
        variant: crime.variant.clone(),
        customers: options.customers,
        days: options.days,
        bars: if options.faults {
            in_bad_weather(asks_nothing, (scenario, start), &loss)
        } else if file.is_some() {
            of_ones_own(options.crowd, (scenario, start), (&loss, &honest))
        } else {
            let policy = (world.policy, options.crowd);
            bars(policy, (scenario, start, crime), (&loss, &honest), &met)
        }
        .into_iter()
        .chain(on_its_word)
        .collect(),
        loss,
        honest,
        findings,
        timeline: tally.days(),
        first_day: day_text(calendar.start),
        marks: vec![
            mark(calendar.edge, MONTH_EDGE),
            mark(calendar.halt.at, HALTED),
            mark(calendar.attack_end, ATTACK_ENDS),
        ],
        moments: tally.moments(),
        seen,
        trace_sha256: world.trace.digest(),
        refusals: tally.answers(),
        met: met.into_iter().collect(),
        faults: world.net.struck(),
        rules,
        trace,
    })
}

/// Adds one message to what reached them.
fn note(seen: &mut Vec<Seen>, received: &Received) {
    let channel = match received.letter.channel {
        Channel::Mail => "mail",
        Channel::Sms => "sms",
        Channel::Post => "post",
        Channel::Push => "push",
    };
    let at = received.at;
    let subject = &received.letter.subject;
    let same = seen.iter_mut().find(|seen| seen.channel == channel && seen.subject == *subject);
    if let Some(same) = same {
        same.first_at = same.first_at.min(at);
        same.last_at = same.last_at.max(at);
        same.times = same.times.saturating_add(1);
        return;
    }
    let (channel, subject) = (channel.to_owned(), subject.clone());
    seen.push(Seen { channel, subject, first_at: at, last_at: at, times: 1 });
}

fn bars(
    (policy, has_crowd): (Policy, bool),
    (scenario, start, crime): (&Scenario, Start, &Crime),
    (loss, honest): (&Loss, &Friction),
    met: &BTreeMap<String, u64>,
) -> Vec<Bar> {
    if policy.is_old() {
        let is_open = scenario.open_to.iter().any(|name| name == policy.name());
        return match (is_open, crime.shape) {
            (true, Some(shape)) => as_in_2020(shape, loss),
            (true, None) => vec![Bar {
                wanted: "the crime succeeds here, or it proves nothing".to_owned(),
                measured: format!("{} lost", loss.yen_lost),
                is_met: !loss.yen_lost.is_zero(),
            }],
            (false, _) => vec![nothing_lost(loss)],
        };
    }
    let mut bars = vec![most_lost(scenario, start, loss)];
    if !loss.compensated.is_zero() {
        bars.push(Bar {
            wanted: "no company pays somebody whom nobody robbed".to_owned(),
            measured: loss.compensated.to_string(),
            is_met: false,
        });
    }
    bars.extend(scenario.meets(start).iter().map(|meeting| arrives_at(meeting, met)));
    if has_crowd {
        bars.extend(for_the_honest(honest));
    }
    bars
}

/// A policy of one's own is asked for what `default` promises. Where the thief must be answered is
/// not asked: without a control he may never come to it.
fn of_ones_own(
    has_crowd: bool,
    (scenario, start): (&Scenario, Start),
    (loss, honest): (&Loss, &Friction),
) -> Vec<Bar> {
    let mut bars = vec![most_lost(scenario, start, loss)];
    if has_crowd {
        bars.extend(for_the_honest(honest));
    }
    bars
}

/// Where machines fail, people are kept waiting and thieves too: what is promised is money alone.
fn in_bad_weather(
    asks_nothing: bool,
    (scenario, start): (&Scenario, Start),
    loss: &Loss,
) -> Vec<Bar> {
    if asks_nothing { Vec::new() } else { vec![most_lost(scenario, start, loss)] }
}

/// What a bank confirmed and never took stands on its word alone, which is worth what was agreed.
fn word_of_a_bank(world: &World, loss: &Loss) -> Option<Bar> {
    let most = world.town.rogue_bank?.topups_per_week;
    Some(Bar {
        wanted: format!("no more than {most} stands on one bank's word alone"),
        measured: loss.unbacked.to_string(),
        is_met: loss.unbacked <= most,
    })
}

fn most_lost(scenario: &Scenario, start: Start, loss: &Loss) -> Bar {
    scenario.bound_from(start).map_or_else(
        || nothing_lost(loss),
        |bound| Bar {
            wanted: format!("no victim loses more than {}", bound.most),
            measured: loss.per_victim.1.to_string(),
            is_met: loss.per_victim.1 <= bound.most,
        },
    )
}

fn nothing_lost(loss: &Loss) -> Bar {
    Bar {
        wanted: "no victim loses a yen".to_owned(),
        measured: loss.yen_lost.to_string(),
        is_met: loss.yen_lost.is_zero() && loss.peak_missing.is_zero(),
    }
}

/// A thief who never reaches a wall proves nothing about it.
fn arrives_at(meeting: &Meeting, met: &BTreeMap<String, u64>) -> Bar {
    let times = times_answered_at(meeting, met);
    Bar {
        wanted: format!("the thief is answered at {meeting}"),
        measured: format!("{times} times"),
        is_met: times > 0,
    }
}

fn times_answered_at(meeting: &Meeting, met: &BTreeMap<String, u64>) -> u64 {
    let start = format!("{} {}", meeting.method, meeting.path);
    let end = format!(" {}", meeting.status);
    let is_there = |route: &&String| route.starts_with(&start) && route.ends_with(&end);
    met.iter().filter(|(route, _)| is_there(route)).map(|(_, n)| n).sum()
}

/// Whether a thief who met this was answered there.
pub(crate) fn is_answered_at(meeting: &Meeting, met: &BTreeMap<String, u64>) -> bool {
    times_answered_at(meeting, met) > 0
}

/// What thieves were answered, by route: `POST /links/*/end 303`.
pub(crate) fn met_by_thieves(trace: &[String]) -> BTreeMap<String, u64> {
    let mut met = BTreeMap::new();
    for line in trace {
        let mut words = line.split(' ').skip(1);
        if !words.next().is_some_and(|who| who.starts_with('t')) {
            continue;
        }
        let words: Vec<&str> = words.collect();
        let [.., method, place, status] = words.as_slice() else { continue };
        let Some((_, path)) =
            place.split_once('/').filter(|_| *method == "GET" || *method == "POST")
        else {
            continue;
        };
        let is_name = |part: &str| part.chars().any(|c| c.is_ascii_digit()) && part != "2020";
        let parts: Vec<&str> =
            path.split('/').map(|part| if is_name(part) { "*" } else { part }).collect();
        let count: &mut u64 =
            met.entry(format!("{method} /{} {status}", parts.join("/"))).or_default();
        *count = count.saturating_add(1);
    }
    met
}

/// The old policy must lose as the incident's parties lost: else the playbook proves nothing.
fn as_in_2020((least, most): (Yen, Yen), loss: &Loss) -> Vec<Bar> {
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

pub(crate) fn for_the_honest(honest: &Friction) -> Vec<Bar> {
    let below = |what: &str, count: u64, max: u64| {
        let points = basis_points(count, honest.requests);
        Bar {
            wanted: format!("honest requests {what} below {}", percent(max)),
            measured: percent(points),
            is_met: honest.requests > 0 && points < max,
        }
    };
    let completed = basis_points(honest.links_made, honest.links_begun);
    let mut bars = vec![
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
    ];
    // Where nothing was held and nobody waited, there is no time to measure.
    bars.extend(
        honest.held_s_p50.map(|secs| within("something held goes on", HELD_SECS_MAX, secs)),
    );
    for (kind, what, secs) in ANNOUNCED {
        let wait = honest.by_kind.get(kind).and_then(|kind| kind.wait_s_p50);
        let most = secs.unsigned_abs().saturating_add(LOOK_SECS);
        bars.extend(wait.map(|wait| within(what, most, wait)));
    }
    bars
}

/// A time to wait, at the median.
fn within(what: &str, most: u64, measured: u64) -> Bar {
    Bar {
        wanted: format!("{what} within {most} s (median)"),
        measured: format!("{measured} s"),
        is_met: measured <= most,
    }
}
