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
        Ctx { now, entropy: &self.entropy, address_block: "", address: "" }
    }

    /// One pass; the paths that were asked and the state that was said, if any.
    fn pass(&self, answers: &[Told]) -> (Vec<String>, Option<String>) {
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

/// What a partner says of our stream, that it is as `status` says, and that it will say a word.
fn found(stream: Value, status: &str) -> [Told; 3] {
    let status = json!({ "stream_id": "s", "status": status });
    [Some((200, json!([stream]))), Some((200, status)), Some((204, Value::Null))]
}

fn pushed(requested: &[&str], delivered: &[&str]) -> Value {
    json!({
        "stream_id": "s",
        "delivery": { "method": PUSH },
        "events_supported": [uri::LINK_STATUS_CHANGED, uri::CASE_SHARED, "https://other.example/e"],
        "events_requested": requested,
        "events_delivered": delivered,
    })
}

fn whole() -> Value {
    let all = [uri::LINK_STATUS_CHANGED, uri::CASE_SHARED];
    pushed(&all, &all)
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
    let (paths, again) = pair.pass(&found(whole(), "enabled"));
    assert_eq!(paths, ["/ssf/stream", "/ssf/status?stream_id=s", "/ssf/verify"]);
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

    let (_, state) = pair.pass(&fresh());
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

    pair.pass(&[Some((200, found)), Some((404, Value::Null)), Some((204, Value::Null))]);
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

    let (paths, state) = pair.pass(&fresh());

    assert_eq!(paths, ["/ssf/stream", "/ssf/stream", "/ssf/verify"]);
    assert!(pair.hear(state.as_deref()));
}

/// Whoever has our key at the partner can ask for less in our name, and let the word through.
#[test]
fn a_line_that_brings_its_word_and_no_alarms_counts_as_silent() {
    let all = [uri::LINK_STATUS_CHANGED, uri::CASE_SHARED];
    let cut = [
        found(pushed(&[], &all), "enabled"),
        found(pushed(&all, &[uri::CASE_SHARED]), "enabled"),
        found(whole(), "disabled"),
        found(whole(), "paused"),
    ];
    for answers in cut {
        let mut pair = Pair::new();
        let (_, state) = pair.pass(&answers);
        pair.hear(state.as_deref());
        assert_eq!(pair.line().lives(), Some(false), "{answers:?}");
        assert_eq!(pair.cases().len(), 1);

        pair.secs = 5_000;
        let (_, state) = pair.pass(&found(whole(), "enabled"));
        assert!(pair.hear(state.as_deref()));
        assert_eq!(pair.line().lives(), Some(true));
        assert!(pair.cases()[0].closed_at.is_some());
    }
}
