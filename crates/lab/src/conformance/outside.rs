//! The same rows at a pair that is running, as far as somebody without an account can see it.
//!
//! A probe that needs nothing but browsers of strangers looks there; the pair in whose world it stands is
//! a stage set. Everything else needs a clock that is moved, desks, machines, mailboxes or people of its
//! own, and says that it was not run: what was not looked at never passes.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, sync::Arc};

use kanuki_domain::mandate::later;
use kanuki_site::Transport;

use super::{
    Checked, Conformance, State, broken, fails_if, judge_probes, judge_row, mint,
    probe::{Fault, Probe, Seen, plan},
    probes,
    rows::{self, Row},
    scene::Scene,
};
use crate::{
    people::Town,
    run::LabError,
    sim::{clock::SimClock, schedule::Schedule},
    target::Target,
    world::{Plan, WALLET, World},
};

/// How long the stage's clock runs at most while a probe waits for an answer, in seconds.
const STAGE_SECS: i64 = 86_400;

/// What a probe asks of a pair that is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// Pages that stand open.
    Nothing,
    /// That a report may be left at each company.
    Report,
    /// The people of the demo, among whom is a holder whose account is known.
    People,
}

/// Probes that strangers with a browser can carry out.
const OUTSIDE: [(&str, Needs); 5] = [
    ("compensation-for-anybody", Needs::Nothing),
    ("declared-factors", Needs::Nothing),
    ("sign-in-by-passkey", Needs::Nothing),
    ("report-by-anybody", Needs::Report),
    ("who-exists-at-the-bank", Needs::People),
];

const INSIDE: &str = "it needs a pair of its own: a clock that is moved, desks, machines, mailboxes, \
                      people with accounts";
const NO_REPORT: &str = "it leaves a report at each company; allow it with --report";
const NO_PEOPLE: &str =
    "it needs a holder whose account is known, and /demo of the wallet names none";

/// A running pair, and what may be done there.
#[derive(Clone, Debug)]
pub struct Running<'a> {
    /// Where it is.
    pub target: &'a Target,
    /// Names what strangers choose: another seed comes from elsewhere.
    pub seed: u64,
    /// Whether a report may be left at each company.
    pub may_report: bool,
}

/// Lets strangers look at a pair that is running, as it is reached over `transport`, and judges every row.
///
/// # Errors
///
/// [`LabError::Broken`] if the stage could not be set. A pair that does not answer is no error: its rows
/// fail, because nothing of them was seen.
pub fn check_at(
    running: &Running<'_>,
    transport: &Arc<dyn Transport>,
) -> Result<Conformance, LabError> {
    let mint = mint().map_err(broken)?;
    let town = Town::of_demo(running.target.banks());
    let stage = Plan { seed: running.seed, town, ..plan(&mint) };
    let all = probes::all();
    let wanted: Vec<(Probe, Needs)> = OUTSIDE
        .iter()
        .filter_map(|(id, needs)| Some((*all.iter().find(|probe| probe.id == *id)?, *needs)))
        .filter(|(_, needs)| *needs != Needs::Report || running.may_report)
        .collect();
    let seen = look(stage, (running.target, transport), wanted).map_err(broken)?;
    let rows = rows::all().iter().map(|row| judge(row, &seen, running.may_report)).collect();
    let pages = running.target.pages().map(str::to_owned).collect();
    Ok(Conformance { rows, pages, named: running.target.named_otherwise() })
}

/// What each of the probes saw; nothing of one that could not be carried out there.
fn look(
    stage: Plan,
    (target, transport): (&Target, &Arc<dyn Transport>),
    wanted: Vec<(Probe, Needs)>,
) -> anyhow::Result<BTreeMap<&'static str, Seen>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let start = stage.start;
        let clock = Arc::new(SimClock::starting(start));
        let mut schedule = Schedule::new(Arc::clone(&clock));
        let world = Rc::new(World::build(stage, schedule.bed(), clock).await?);
        world.net.lead_elsewhere(target.clone(), Arc::clone(transport));
        let ids: Vec<&str> = wanted.iter().map(|(probe, _)| probe.id).collect();
        let told = Rc::new(RefCell::new(BTreeMap::new()));
        let (scene, tells) = (Scene::of(&world)?, Rc::clone(&told));
        world.bed.spawn(start, async move {
            for (probe, needs) in wanted {
                if needs == Needs::People && !are_people_there(&scene).await {
                    tells.borrow_mut().insert(probe.id, None);
                    continue;
                }
                let found = (probe.observe)(scene.clone()).await;
                tells.borrow_mut().insert(probe.id, Some(found));
            }
        });
        schedule.run(later(start, STAGE_SECS), &*world).await;
        let mut told = told.borrow_mut();
        let lost = || Some(Err(Fault::Lost("it came to no end".to_owned())));
        let of = |id: &&'static str| Some((*id, told.remove(id).unwrap_or_else(lost)?));
        Ok(ids.iter().filter_map(of).collect())
    })
}

/// Whether the wallet says of itself that it is a demo in which the holder of the scene lives.
async fn are_people_there(scene: &Scene) -> bool {
    let mut stranger = scene.stranger("who asks who lives there");
    let page = stranger.browser.open(&format!("{WALLET}/demo")).await;
    page.is_ok_and(|page| {
        page.status.is_success() && page.document.text.contains(scene.person.account.number())
    })
}

fn judge(row: &Row, seen: &BTreeMap<&'static str, Seen>, may_report: bool) -> Checked {
    let whole = judge_row(row, seen);
    let ids = row.shown.probes();
    let (ran, missing): (Vec<&'static str>, Vec<&'static str>) =
        ids.iter().partition(|id| seen.contains_key(*id));
    if missing.is_empty() || whole.state == State::Unverified {
        return whole;
    }
    let (state, words) = judge_probes(&ran, seen);
    if state == State::Fail {
        return Checked { state, evidence: words, fails_if: fails_if(row), ..whole };
    }
    let missing = missing.iter().map(|id| format!("{id} was not run: {}", why_not(id, may_report)));
    let seen = (!words.is_empty()).then(|| format!("seen {words}"));
    let evidence = missing.chain(seen).collect::<Vec<_>>().join("; ");
    Checked { state: State::NotRun, evidence, fails_if: Vec::new(), ..whole }
}

fn why_not(id: &str, may_report: bool) -> &'static str {
    match OUTSIDE.iter().find(|(known, _)| *known == id) {
        Some((_, Needs::Report)) if !may_report => NO_REPORT,
        Some((_, Needs::People)) => NO_PEOPLE,
        Some(_) | None => INSIDE,
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use axum::{
        Router,
        extract::Request as ServerRequest,
        middleware::{Next, from_fn},
        response::{Html, IntoResponse as _},
    };
    use bytes::Bytes;
    use http::{Method, Request, Response, StatusCode};
    use kanuki_site::TransportError;

    use super::*;
    use crate::{
        conformance::{mask, probe::Off},
        world::{BANK_PORT, Mint},
    };

    /// What one probe sees of another pair in the same process, without its control if `is_off`.
    fn seen_of_another(probe: Probe, is_off: bool, mint: &Arc<Mint>) -> Seen {
        let mut real = plan(mint);
        if is_off {
            (probe.off.apply)(&mut real);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let clock = Arc::new(SimClock::starting(real.start));
        let schedule = Schedule::new(Arc::clone(&clock));
        let world = runtime.block_on(World::build(real, schedule.bed(), clock)).unwrap();
        let banks: Vec<String> = (0..world.banks.len())
            .map(|place| format!("http://localhost:{}", BANK_PORT + u16::try_from(place).unwrap()))
            .collect();
        let target = Target::of("http://localhost:8080", &banks, &[]).unwrap();
        let net = Arc::clone(&world.net);
        let transport: Arc<dyn Transport> = net;
        let stage = Plan { seed: 77, ..plan(mint) };
        let mut seen = look(stage, (&target, &transport), vec![(probe, Needs::Nothing)]).unwrap();
        seen.remove(probe.id).unwrap()
    }

    #[test]
    fn from_outside_each_probe_sees_its_control_and_sees_that_it_is_off() {
        let mint = mint().unwrap();
        for (id, _) in OUTSIDE {
            let probe = *probes::all().iter().find(|probe| probe.id == id).unwrap();
            let there = seen_of_another(probe, false, &mint);
            assert!(there.is_ok(), "{id}: {there:?}");
            let lies = seen_of_another(probe, true, &mint);
            assert!(matches!(lies, Err(Fault::Broken(_))), "{id}: {lies:?}");
        }
    }

    #[test]
    fn what_was_not_looked_at_is_not_run_and_what_was_seen_otherwise_fails() {
        let all = |found: fn() -> Seen| -> BTreeMap<&'static str, Seen> {
            OUTSIDE.iter().map(|(id, _)| (*id, found())).collect()
        };
        let judged = |seen: &BTreeMap<&'static str, Seen>| {
            let rows = rows::all().iter().map(|row| judge(row, seen, true)).collect();
            let pages = vec!["http://wallet.localhost:8080".to_owned()];
            Conformance { rows, pages, named: vec!["http://localhost:8080".to_owned()] }
        };
        let whole = judged(&all(|| Ok("seen".to_owned())));
        assert!(whole.is_ok() && whole.count(State::Pass) >= 8, "{}", whole.to_text());
        assert!(whole.count(State::NotRun) >= 50);
        let half = whole.rows.iter().find(|row| row.id == "FT-31").unwrap();
        assert_eq!(half.state, State::NotRun, "one of its three probes is not the row");
        for words in ["payout-by-passkey was not run: it needs", "seen sign-in-by-passkey: seen"] {
            assert!(half.evidence.contains(words), "{}", half.evidence);
        }

        let lies = judged(&all(|| Err(Fault::Broken("the opposite".to_owned()))));
        assert!(!lies.is_ok() && lies.count(State::Pass) == 0);
        let nothing = judged(&BTreeMap::new());
        assert!(!nothing.is_ok(), "a pair of which nothing was seen meets nothing");
        let text = nothing.to_text();
        assert!(
            text.contains("not_run") && text.contains("http://wallet.localhost:8080"),
            "{text}"
        );
        let why = "you named http://localhost:8080; that is where machines ask";
        assert!(text.contains(why) && nothing.to_html().contains(why), "{text}");
    }

    /// Answers everything alike: a page that has whatever somebody may look for on it.
    struct Liar;

    #[async_trait]
    impl Transport for Liar {
        async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
            let is_metadata = request.uri().path().contains(".well-known");
            let told = if is_metadata { METADATA } else { ALIKE };
            Ok(Response::new(Bytes::from_static(told.as_bytes())))
        }
    }

    const METADATA: &str = r#"{"acr_values_supported":["urn:kanuki:acr:passkey"]}"#;
    const ALIKE: &str = r#"<h1>OK</h1>
        <form method="post" action="/sign-in" data-passkey="get" data-options="{}">
        <input name="credential"></form>
        <form method="post" action="/report"><input name="contact"><textarea name="text"></textarea></form>
        <form method="post" action="/report/look"><input name="number"><input name="code"></form>
        <p>cas_01m8xk3q7tq5wq2a0m4x9e7c3n 確認コード ABCD EFGH JKLM</p>"#;

    /// Found by a stranger: a server that answers everything with 200 and one number passed two rows.
    #[test]
    fn a_pair_that_answers_everything_alike_passes_nothing() {
        let target =
            Target::of("http://localhost:8080", &["http://localhost:8081".to_owned()], &[]);
        let target = target.unwrap();
        let running = Running { target: &target, seed: 1, may_report: true };
        let liar: Arc<dyn Transport> = Arc::new(Liar);

        let report = check_at(&running, &liar).unwrap();

        assert!(!report.is_ok());
        assert_eq!(report.count(State::Pass), 0, "{}", report.to_text());
        let bk08 = report.rows.iter().find(|row| row.id == "BK-08").unwrap();
        assert!(bk08.evidence.contains("two reports have the number"), "{}", bk08.evidence);
        let inside = report.rows.iter().any(|row| row.evidence.contains("let a stranger in"));
        assert!(inside, "{}", report.to_text());
    }

    /// Whoever has a number of a report sees it, whatever code they type.
    fn opens_to_any_code(server: Router) -> Router {
        server.layer(from_fn(async |request: ServerRequest, next: Next| {
            let (request, form) = mask::read(request).await;
            if form.contains(mask::WRONG_REPORT_CODE) {
                return Html("<h1>OK</h1>").into_response();
            }
            next.run(request).await
        }))
    }

    /// A number is given, and nobody knows it afterwards.
    fn forgets_numbers(server: Router) -> Router {
        server.layer(from_fn(async |request: ServerRequest, next: Next| {
            let is_look =
                request.method() == Method::POST && request.uri().path() == "/report/look";
            if is_look { StatusCode::NOT_FOUND.into_response() } else { next.run(request).await }
        }))
    }

    #[test]
    fn a_number_that_opens_to_everybody_or_to_nobody_is_no_number() {
        let mint = mint().unwrap();
        let report = *probes::all().iter().find(|one| one.id == "report-by-anybody").unwrap();
        let lies: [fn(&mut Plan); 2] = [
            |plan| plan.tamper = probes::before(opens_to_any_code),
            |plan| plan.tamper = probes::before(forgets_numbers),
        ];
        for apply in lies {
            let lying = Probe { off: Off { about: "its numbers", apply }, ..report };
            let lies = seen_of_another(lying, true, &mint);
            let Err(Fault::Broken(why)) = lies else { panic!("{lies:?}") };
            assert!(why.contains("/report/look"), "{why}");
        }
    }

    #[test]
    fn a_pair_that_does_not_answer_passes_nothing() {
        let target =
            Target::of("http://localhost:8080", &["http://localhost:8081".to_owned()], &[]);
        let nobody: Arc<dyn Transport> = Arc::new(crate::net::Net::default());
        let target = target.unwrap();
        let running = Running { target: &target, seed: 1, may_report: true };

        let report = check_at(&running, &nobody).unwrap();

        assert!(!report.is_ok());
        assert_eq!(report.count(State::Pass), 0, "{}", report.to_text());
    }
}
