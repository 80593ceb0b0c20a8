use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use kanuki_domain::{Ctx, Entropy, id::StaffId, mandate::later};
use kanuki_record::{MemoryRecords, Record as _, Write};
use kanuki_wire::set::{Event, StreamState};
use serde_json::{Value, json};

use super::{
    gravity::{Full, Gravity},
    queue::Heard,
    set_uri, *,
};
use crate::case::Case;

struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// Records in memory never wait, so one poll is enough.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the records waited"),
    }
}

const LINE: Line<'static> = Line {
    receiver: "wallet",
    issuer: "https://us.example",
    audience: "https://wallet.example",
    push_url: "https://wallet.example/ssf/events",
    supported: &[set_uri::LINK_STATUS_CHANGED, set_uri::RECOVERY_ACTIVATED],
};

/// Us, at some second after the stream was made.
struct Sender {
    book: Book,
    secs: i64,
}

impl Sender {
    /// With a stream that is pushed, and told of everything.
    fn new() -> Self {
        let mut us = Self { book: Book::new(Arc::new(MemoryRecords::default())), secs: 0 };
        let delivery = json!({ "method": PUSH, "endpoint_url": LINE.push_url });
        us.ask(Ask::Create(read(json!({ "delivery": delivery }))));
        us.secs = MUTE_AFTER_SECS;
        us
    }

    fn ctx(&self) -> Ctx<'_> {
        let now = later(Timestamp::UNIX_EPOCH, self.secs);
        Ctx { now, entropy: &Zeros, address_block: "", address: "" }
    }

    fn ask(&self, ask: Ask) {
        let done = now(arrange(&self.book, &self.ctx(), &LINE, ask)).unwrap();
        now(self.book.commit(done.unit)).unwrap();
    }

    fn stream_id(&self) -> String {
        now(self.book.load::<Stream>("wallet")).unwrap().stream_id.clone()
    }

    fn passage(&self, uri: &str) -> Passage {
        now(passage(&self.book, self.ctx().now, "wallet", (uri, "ref-1"))).unwrap()
    }

    fn is_pushed(&self) -> bool {
        now(is_pushed(&self.book, self.ctx().now, "wallet")).unwrap()
    }

    fn less(&self, member: &str, value: &Value) {
        let asked = json!({ "stream_id": self.stream_id(), member: value });
        if member == "status" {
            self.ask(Ask::SetStatus(serde_json::from_value(asked).unwrap()));
        } else {
            self.ask(Ask::Update(read(asked)));
        }
    }

    fn mute(&self, name: &str) {
        let subject = json!({ "format": "opaque", "id": name });
        let asked = json!({ "stream_id": self.stream_id(), "subject": subject });
        self.ask(Ask::RemoveSubject(serde_json::from_value(asked).unwrap()));
    }

    /// What the open case about this receiver says.
    fn case(&self) -> Vec<String> {
        let cases = now(self.book.list::<Case>("about", "told|wallet")).unwrap();
        assert!(cases.len() <= 1, "one until people have closed it");
        cases.iter().flat_map(|case| case.steps.iter().map(|step| step.text.clone())).collect()
    }
}

fn read(asked: Value) -> Configuration {
    serde_json::from_value(asked).unwrap()
}

/// SSF 1.0 section 9.3, for all that a stolen key can ask for.
#[test]
fn whatever_makes_a_receiver_hear_less_is_followed_a_week_later_and_a_case_at_once() {
    let fetched = json!({ "method": POLL });
    for (member, value, stop, other) in [
        ("status", json!("paused"), Passage::Hold, Passage::Hold),
        ("status", json!("disabled"), Passage::Hold, Passage::Drop),
        ("delivery", fetched, Passage::Fetch, Passage::Fetch),
        ("events_requested", json!([]), Passage::Drop, Passage::Drop),
    ] {
        let mut us = Sender::new();
        us.less(member, &value);
        assert_eq!(us.case(), ["=line_narrowed|"], "{value}");
        us.secs += MUTE_AFTER_SECS - 1;
        // Asked again, it counts from the first time.
        us.less(member, &value);
        for uri in LINE.supported {
            assert_eq!(us.passage(uri), Passage::Push, "{value}");
        }
        assert!(us.is_pushed());

        us.secs += 1;
        let [stops, says] = [LINE.supported[0], LINE.supported[1]].map(|uri| us.passage(uri));
        assert_eq!((stops, says), (stop, other), "{value}");
        assert_eq!(us.is_pushed(), member == "events_requested");
        if member == "status" {
            us.less("status", &json!("enabled"));
            assert_eq!(us.passage(LINE.supported[0]), Passage::Push, "what waits is told");
        }
    }
}

#[test]
fn muting_many_names_opens_a_case_and_one_person_puts_everything_back() {
    let mut us = Sender::new();
    for name in 2..=MUTED_MAX {
        us.mute(&format!("ref-{name}"));
    }
    assert_eq!(us.case(), <[String; 0]>::default(), "people leave");
    us.mute("ref-1");
    us.mute("nobody");
    us.less("status", &json!("paused"));
    assert_eq!(us.case(), ["=line_muted|", "=line_narrowed|"]);
    us.secs += MUTE_AFTER_SECS;
    let all = ["wallet".to_owned(), "other".to_owned()];
    let less = now(hears_less(&us.book, &all)).unwrap();
    assert_eq!((less.len(), less[0].muted, less[0].status), (1, 6, StreamStatus::Paused));

    let by = (StaffId::derive(&["aoki"]), "wallet");
    let (unit, stream_id, told) = now(restore(&us.book, &us.ctx(), by, "called")).unwrap();
    now(us.book.commit(unit)).unwrap();

    assert_eq!(told, Event::StreamUpdated { status: StreamState::Enabled });
    assert_eq!(stream_id, us.stream_id());
    assert_eq!(us.passage(LINE.supported[0]), Passage::Push);
    assert!(now(hears_less(&us.book, &all)).unwrap().is_empty());
    assert_eq!(us.case().last().map(String::as_str), Some("=line_restored|called"));
    us.less("status", &json!("paused"));
    us.secs += MUTE_AFTER_SECS - 1;
    assert_eq!(us.passage(LINE.supported[0]), Passage::Push, "it waits anew");
}

/// Least first: a press before a leak before what anybody can ask for; only what was refused again and again
/// goes after all of it, and not what nobody answered or had room for.
#[test]
fn a_press_goes_before_a_list_and_is_tired_by_refusals_alone() {
    let press = Gravity::of(set_uri::LINK_STATUS_CHANGED);
    let leak = Gravity::of(set_uri::CREDENTIAL_COMPROMISE);
    let hold = Gravity::of(set_uri::RISK_LEVEL_CHANGE);
    let care = Gravity::of(set_uri::RECOVERY_ACTIVATED);
    for (first, second) in [
        (press.place(0, 0), press.place(1, 0)),
        (press.place(5_000, 9), leak.place(0, 0)),
        (leak.place(5_000, 9), hold.place(0, 0)),
        (press.place(5_000, 0), care.place(0, 0)),
        (care.place(0, 0), press.place(10, 10)),
    ] {
        assert!(first < second, "{first:?} before {second:?}");
    }
    let mut full = Full::default();
    full.note(leak, Heard::Later);
    assert!(full.is_for(leak) && !full.is_for(press), "no room for a list is room for a press");
}

/// A name that was muted before it could be found by its receiver is seen and put back like any other.
#[test]
fn what_was_muted_before_an_upgrade_is_filed_once() {
    let us = Sender::new();
    us.mute("ref-1");
    let table = MutedSubject::TABLE;
    let place = table.keys.iter().position(|key| key.name == "receiver").unwrap();
    let records = us.book.records();
    let mut row = now(records.fetch(table, "wallet|ref-1")).unwrap().unwrap();
    row.keys[place] = None;
    row.version += 1;
    now(records.commit(vec![Write::Update(table, row)], Vec::new())).unwrap();
    let all = ["wallet".to_owned()];
    assert!(now(hears_less(&us.book, &all)).unwrap().is_empty());

    assert_eq!(now(file_muted(&us.book)).unwrap(), 1);
    assert_eq!(now(file_muted(&us.book)).unwrap(), 0, "once");
    assert_eq!(now(hears_less(&us.book, &all)).unwrap()[0].muted, 1);
}
