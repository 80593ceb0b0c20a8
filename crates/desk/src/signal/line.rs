//! Whether a partner's line to us lives: asked once an hour, because silence looks like peace.
//!
//! A partner whose alarms do not arrive is worse than one that has none: everybody relies on them.
//! So the receiver asks for a word (SSF 1.0 section 8.1.4) with a state that nobody can guess, and
//! it must come back by the way of the alarms, signed like them. Nothing stops by silence; people
//! are told, once.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{CaseId, encode_base32},
    mandate::later,
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::PUSH;
use crate::case::{Case, CaseKind};

/// A word that comes back later than this is none: whoever holds it back holds back alarms too.
pub const ANSWER_SECS: i64 = 1_200;
/// So many questions in a row without a word, and the line is silent.
pub const MISSES_MAX: u32 = 3;
/// So many characters of a stream's name are kept: it is the partner who says it.
const STREAM_ID_MAX: usize = 128;
/// The least time between two questions, and what chance adds: about an hour, and not all at once.
const EVERY_SECS: (i64, u8) = (3_000, 5);
/// The same after a question without a word.
const AGAIN_SECS: (i64, u8) = (1_260, 2);

/// What we know of one partner's line to us.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LineWatch {
    /// Whose: a client id, or a bank's code.
    pub partner: String,
    /// Our stream there, once there is one.
    stream_id: Option<String>,
    /// What we said last, until it comes back.
    state: Option<String>,
    /// When.
    asked_at: Option<Timestamp>,
    /// When we ask again.
    next_at: Timestamp,
    /// Questions in a row without a word.
    misses: u32,
    /// When a word last came back.
    pub heard_at: Option<Timestamp>,
    /// Since when it is known to be silent.
    pub silent_since: Option<Timestamp>,
    /// The case of that.
    pub case_id: Option<CaseId>,
}

record! { LineWatch => "signal_line" by |l| l.partner.clone(); }

/// One request to the partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Which stream is ours?
    Find,
    /// Make one.
    Make,
    /// A word, please.
    Ask,
}

/// A request as it is sent.
#[derive(Clone, Debug)]
pub struct Call {
    /// Below the partner's `/ssf`.
    pub path: &'static str,
    /// What is sent; none is a `GET`.
    pub body: Option<Value>,
}

/// What was answered: the status and the body, or nothing.
pub type Told = Option<(u16, Value)>;

/// A question under way.
#[derive(Clone, Debug)]
pub struct Asking {
    partner: String,
    state: String,
    stream_id: Option<String>,
    step: Step,
    is_asked: bool,
    /// The name that we knew was of no use: one look for another is enough.
    looked_again: bool,
}

impl Asking {
    /// What to send now. `push_url` is our own address for events.
    #[must_use]
    pub fn call(&self, push_url: &str) -> Call {
        match self.step {
            Step::Find => Call { path: "/ssf/stream", body: None },
            Step::Make => {
                let delivery = json!({ "method": PUSH, "endpoint_url": push_url });
                Call { path: "/ssf/stream", body: Some(json!({ "delivery": delivery })) }
            }
            Step::Ask => {
                let body = json!({ "stream_id": self.stream_id, "state": self.state });
                Call { path: "/ssf/verify", body: Some(body) }
            }
        }
    }

    /// Takes an answer; true if there is more to send.
    pub fn take(&mut self, told: &Told) -> bool {
        let Some((status, body)) = told else { return false };
        match (self.step, status) {
            (Step::Find, 200) => {
                // One that waits to be fetched brings no word.
                let mut all = body.as_array().into_iter().flatten();
                self.stream_id = all.find(|stream| is_pushed(stream)).and_then(id_in);
                self.step = if self.stream_id.is_some() { Step::Ask } else { Step::Make };
                true
            }
            (Step::Make, 201) => {
                (self.stream_id, self.step) = (id_in(body), Step::Ask);
                self.stream_id.is_some()
            }
            (Step::Ask, 200..=299) => {
                self.is_asked = true;
                false
            }
            // It was ended there: look which one is ours now.
            (Step::Ask, 404) if !self.looked_again => {
                (self.stream_id, self.step, self.looked_again) = (None, Step::Find, true);
                true
            }
            _ => false,
        }
    }
}

/// The stream's name. One that is longer is no name that we keep.
fn id_in(stream: &Value) -> Option<String> {
    let id = stream.get("stream_id")?.as_str()?;
    (id.chars().count() <= STREAM_ID_MAX).then(|| id.to_owned())
}

fn is_pushed(stream: &Value) -> bool {
    stream.pointer("/delivery/method").and_then(Value::as_str) == Some(PUSH)
}

fn chance(ctx: &Ctx<'_>, (least, times): (i64, u8)) -> i64 {
    // A byte, several times: a spread over some minutes.
    let [byte] = ctx.random::<1>();
    least.saturating_add(i64::from(byte).saturating_mul(i64::from(times)))
}

/// Begins a question to `partner` if one is due. It is written before anything is sent: the word may
/// come back before the answer does.
pub async fn begin(
    book: &Book,
    ctx: &Ctx<'_>,
    partner: &str,
) -> Result<Option<Asking>, RecordError> {
    let known = book.find::<LineWatch>(partner).await?;
    if known.as_ref().is_some_and(|line| ctx.now < line.next_at) {
        return Ok(None);
    }
    let state = encode_base32(u128::from_be_bytes(ctx.random()));
    let mut unit = Unit::new();
    let stream_id = if let Some(mut line) = known {
        let edit = line.edit();
        if edit.state.is_some() {
            edit.misses = edit.misses.saturating_add(1);
        }
        edit.ask(ctx, &state);
        if edit.is_silent_now() {
            fall_silent(book, ctx, &mut unit, edit).await?;
        }
        unit.update(&line);
        line.stream_id.clone()
    } else {
        let mut line = LineWatch {
            partner: partner.to_owned(),
            stream_id: None,
            state: None,
            asked_at: None,
            next_at: ctx.now,
            misses: 0,
            heard_at: None,
            silent_since: None,
            case_id: None,
        };
        line.ask(ctx, &state);
        unit.insert(&line);
        None
    };
    match book.commit(unit).await {
        Ok(()) => {}
        // Another node asks.
        Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => return Ok(None),
        Err(error) => return Err(error),
    }
    let step = if stream_id.is_some() { Step::Ask } else { Step::Find };
    let (partner, is_asked, looked_again) = (partner.to_owned(), false, false);
    Ok(Some(Asking { partner, state, stream_id, step, is_asked, looked_again }))
}

/// Keeps what came of a question: the stream's name, or that it could not even be asked.
pub async fn finish(book: &Book, ctx: &Ctx<'_>, asked: &Asking) -> Result<(), RecordError> {
    // The word may come back at this very moment, in another request.
    for _ in 0..3 {
        let Some(mut line) = book.find::<LineWatch>(&asked.partner).await? else { return Ok(()) };
        let mut unit = Unit::new();
        let edit = line.edit();
        edit.stream_id.clone_from(&asked.stream_id);
        if !asked.is_asked && edit.state.as_ref() == Some(&asked.state) {
            edit.state = None;
            edit.misses = edit.misses.saturating_add(1);
            edit.next_at = later(ctx.now, chance(ctx, AGAIN_SECS));
            if edit.is_silent_now() {
                fall_silent(book, ctx, &mut unit, edit).await?;
            }
        }
        unit.update(&line);
        match book.commit(unit).await {
            Err(RecordError::Conflict { .. }) => {}
            other => return other,
        }
    }
    Ok(())
}

/// Adds to `unit` that `partner` said this word. True if it is the one that we wait for, in time.
pub async fn heard(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (partner, state): (&str, Option<&str>),
) -> Result<bool, RecordError> {
    let Some(mut line) = book.find::<LineWatch>(partner).await? else { return Ok(false) };
    let is_in_time =
        line.asked_at.is_some_and(|at| ctx.now.duration_since(at).as_secs() <= ANSWER_SECS);
    if state.is_none() || line.state.as_deref() != state || !is_in_time {
        return Ok(false);
    }
    let edit = line.edit();
    (edit.state, edit.misses, edit.heard_at) = (None, 0, Some(ctx.now));
    edit.next_at = later(ctx.now, chance(ctx, EVERY_SECS));
    if edit.silent_since.take().is_some()
        && let Some(case_id) = edit.case_id.take()
        && let Some(mut case) = book.find::<Case>(case_id).await?
    {
        case.edit().close(ctx.now, "system", "=line_back|");
        unit.update(&case).audit(AuditEntry::new(ctx.now, "system", "case.closed", case_id));
    }
    unit.update(&line);
    Ok(true)
}

/// Every line that was ever asked, by its partner.
pub async fn all(book: &Book, partners: &[String]) -> Result<Vec<LineWatch>, RecordError> {
    let mut lines = Vec::new();
    for partner in partners {
        lines.extend(book.find::<LineWatch>(partner).await?.map(Stored::into_inner));
    }
    Ok(lines)
}

impl LineWatch {
    /// Whether it lives; none while no word was waited for long enough to know.
    #[must_use]
    pub fn lives(&self) -> Option<bool> {
        match (self.silent_since, self.heard_at) {
            (Some(_), _) => Some(false),
            (None, Some(_)) => Some(true),
            (None, None) => None,
        }
    }

    fn ask(&mut self, ctx: &Ctx<'_>, state: &str) {
        let pause = if self.misses == 0 { EVERY_SECS } else { AGAIN_SECS };
        self.state = Some(state.to_owned());
        self.asked_at = Some(ctx.now);
        self.next_at = later(ctx.now, chance(ctx, pause));
    }

    const fn is_silent_now(&self) -> bool {
        self.misses >= MISSES_MAX && self.silent_since.is_none()
    }
}

/// Once for each silence, however long it lasts.
async fn fall_silent(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    line: &mut LineWatch,
) -> Result<(), RecordError> {
    line.silent_since = Some(ctx.now);
    let about = format!("line|{}", line.partner);
    let cases = book.list::<Case>("about", &about).await?;
    if let Some(open) = cases.iter().find(|case| case.closed_at.is_none()) {
        line.case_id = Some(open.case_id);
        return Ok(());
    }
    let mut case = Case::open(ctx, CaseKind::SilentLine, &about, None);
    case.note(ctx.now, "system", "=line_silent|");
    let audit = AuditEntry::new(ctx.now, "system", "case.opened", case.case_id);
    unit.insert(&case).audit(audit.with("about", &about));
    line.case_id = Some(case.case_id);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::{
            Arc,
            atomic::{AtomicU64, Ordering},
        },
        task::{Context, Poll, Waker},
    };

    use kanuki_domain::Entropy;
    use kanuki_record::MemoryRecords;

    use super::*;

    /// Other bytes each time.
    #[derive(Default)]
    struct Counter(AtomicU64);

    impl Entropy for Counter {
        fn fill(&self, bytes: &mut [u8]) {
            let n = self.0.fetch_add(1, Ordering::SeqCst);
            for (byte, of) in bytes.iter_mut().zip(n.to_be_bytes().iter().rev().cycle()) {
                *byte = *of;
            }
        }
    }

    /// Records in memory never wait, so one poll is enough.
    fn now<F: Future>(future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("the records waited"),
        }
    }

    /// Us, and a partner who answers as it is told to.
    struct Pair {
        book: Book,
        entropy: Counter,
        secs: i64,
    }

    const US: &str = "https://us.example/ssf/events";

    impl Pair {
        fn new() -> Self {
            let book = Book::new(Arc::new(MemoryRecords::default()));
            Self { book, entropy: Counter::default(), secs: 0 }
        }

        fn ctx(&self) -> Ctx<'_> {
            let now = later(Timestamp::UNIX_EPOCH, self.secs);
            Ctx { now, entropy: &self.entropy, address_block: "" }
        }

        /// One pass; the paths that were asked and the state that was said, if any.
        fn pass(&self, answers: &[Told]) -> (Vec<&'static str>, Option<String>) {
            let Some(mut asking) = now(begin(&self.book, &self.ctx(), "wallet")).unwrap() else {
                return (Vec::new(), None);
            };
            let (mut paths, mut state) = (Vec::new(), None);
            for told in answers {
                let call = asking.call(US);
                paths.push(call.path);
                let said = call.body.as_ref().and_then(|body| body.get("state"));
                state = said.and_then(|state| state.as_str().map(str::to_owned)).or(state);
                if !asking.take(told) {
                    break;
                }
            }
            now(finish(&self.book, &self.ctx(), &asking)).unwrap();
            (paths, state)
        }

        fn hear(&self, state: Option<&str>) -> bool {
            let mut unit = Unit::new();
            let word = now(heard(&self.book, &self.ctx(), &mut unit, ("wallet", state))).unwrap();
            now(self.book.commit(unit)).unwrap();
            word
        }

        fn line(&self) -> LineWatch {
            now(self.book.load::<LineWatch>("wallet")).unwrap().into_inner()
        }

        fn cases(&self) -> Vec<Case> {
            let cases = now(self.book.list::<Case>("about", "line|wallet")).unwrap();
            cases.into_iter().map(Stored::into_inner).collect()
        }
    }

    fn fresh() -> [Told; 3] {
        [Some((200, json!([]))), Some((201, json!({ "stream_id": "s" }))), Some((204, Value::Null))]
    }

    #[test]
    fn a_line_is_asked_about_once_an_hour_and_lives_when_its_word_comes_back() {
        let mut pair = Pair::new();

        let (paths, state) = pair.pass(&fresh());
        assert_eq!(paths, ["/ssf/stream", "/ssf/stream", "/ssf/verify"]);
        assert_eq!(pair.line().lives(), None);
        assert!(pair.hear(state.as_deref()));
        assert_eq!(pair.line().lives(), Some(true));
        assert!(!pair.hear(state.as_deref()), "a word counts once");

        pair.secs = 2_900;
        assert_eq!(pair.pass(&fresh()).0, Vec::<&str>::new());
        pair.secs = 4_300;
        let (paths, again) = pair.pass(&[Some((204, Value::Null))]);
        assert_eq!(paths, ["/ssf/verify"], "the stream is known");
        assert!(again.is_some() && again != state, "nobody guesses it from the last");
    }

    #[test]
    fn words_that_are_another_state_or_late_are_none() {
        let mut pair = Pair::new();
        let (_, state) = pair.pass(&fresh());

        assert!(!pair.hear(None) && !pair.hear(Some("guess")));
        pair.secs = ANSWER_SECS + 1;
        assert!(!pair.hear(state.as_deref()), "who holds it back holds back alarms too");
        assert_eq!(pair.line().lives(), None);
    }

    #[test]
    fn a_silence_has_one_case_and_ends_by_itself() {
        let mut pair = Pair::new();
        for answers in [fresh().as_slice(), &[None], &[Some((500, Value::Null))]] {
            pair.pass(answers);
            pair.secs += 5_000;
        }
        assert_eq!(pair.line().lives(), Some(false), "three questions in a row");
        for _ in 0..3 {
            pair.pass(&[None]);
            pair.secs += 5_000;
        }
        assert_eq!(pair.cases().len(), 1);
        assert_eq!(pair.cases()[0].kind, CaseKind::SilentLine);

        let (_, state) = pair.pass(&[Some((204, Value::Null))]);
        assert!(pair.hear(state.as_deref()));
        assert_eq!(pair.line().lives(), Some(true));
        assert!(pair.cases()[0].closed_at.is_some());

        for _ in 0..4 {
            pair.secs += 5_000;
            pair.pass(&[None]);
        }
        assert_eq!(pair.cases().len(), 2, "the next silence is another case");
    }

    #[test]
    fn only_a_stream_that_pushes_and_has_a_short_name_is_taken_for_ours() {
        let pair = Pair::new();
        let stream =
            |id: &str, method: &str| json!({ "stream_id": id, "delivery": { "method": method } });
        let found = json!([stream("polled", "urn:ietf:rfc:8936"), stream("pushed", PUSH)]);

        pair.pass(&[Some((200, found)), Some((204, Value::Null))]);
        assert_eq!(pair.line().stream_id.as_deref(), Some("pushed"));

        let pair = Pair::new();
        let long = "x".repeat(STREAM_ID_MAX + 1);
        let found = json!([stream(&long, PUSH)]);
        let made = json!({ "stream_id": long });
        let (paths, _) = pair.pass(&[Some((200, found)), Some((201, made)), None]);
        assert_eq!(paths, ["/ssf/stream", "/ssf/stream"]);
        assert_eq!(pair.line().stream_id, None);
    }

    #[test]
    fn a_stream_that_was_ended_there_is_made_anew() {
        let mut pair = Pair::new();
        let (_, state) = pair.pass(&fresh());
        assert!(pair.hear(state.as_deref()));
        pair.secs = 5_000;
        let [found, made, asked] = fresh();

        let (paths, state) = pair.pass(&[Some((404, Value::Null)), found, made, asked]);

        assert_eq!(paths, ["/ssf/verify", "/ssf/stream", "/ssf/stream", "/ssf/verify"]);
        assert!(pair.hear(state.as_deref()));
    }
}
