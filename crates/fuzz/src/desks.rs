//! What the other company says to our desk: how its stream of events shall be, and its books.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use jiff::Timestamp;
use kanuki_desk::{
    reconcile::{Statement, compare},
    signal::{Ask, Delivery, Line, Passage, Said, Stream, StreamStatus, arrange, passage},
};
use kanuki_domain::{Ctx, Entropy};
use kanuki_record::{Book, MemoryRecords, Unit};
use kanuki_wire::{
    ciba::ping::Ping,
    set::{Event, PollAnswer, PollRequest, SetRefusal},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Target, answers::same};

/// The line as both companies agreed on it.
const LINE: Line<'_> = Line {
    receiver: "wallet",
    issuer: "https://bank.example",
    audience: "https://wallet.example",
    push_url: "https://wallet.example/ssf/events",
    supported: &[CHANGED],
};
/// A kind of event.
const CHANGED: &str = "https://kanuki.example/secevent/link-status-changed";
const POLL_URL: &str = "https://bank.example/ssf/poll";
/// The most requests of one story.
const ASKS_MAX: usize = 6;

struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn ctx() -> Ctx<'static> {
    let now = Timestamp::from_second(1_800_000_000).unwrap_or_default();
    Ctx { now, entropy: &Zeros, address_block: "", address: "" }
}

/// Runs to its end what never waits: records in memory do not.
fn at_once(future: impl Future<Output = ()>) {
    let end = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(end, Poll::Ready(()), "records in memory made somebody wait");
}

/// The receiver's stream, in records of its own.
async fn book() -> Book {
    let book = Book::new(Arc::new(MemoryRecords::default()));
    let mut unit = Unit::new();
    unit.insert(&Stream {
        receiver: LINE.receiver.to_owned(),
        stream_id: "s".to_owned(),
        events_requested: None,
        delivery: Delivery::Push,
        description: None,
        status: StreamStatus::Enabled,
        reason: None,
        since: ctx().now,
        verified_at: None,
        unwanted: std::collections::BTreeMap::new(),
        quiet_since: None,
        fetched_since: None,
    });
    assert!(book.commit(unit).await.is_ok(), "a first row is written");
    book
}

/// Whatever a receiver asks for, its events go where the registry says, and are ours.
fn require_pinned(shown: &Value) {
    let Some(there) = shown.pointer("/delivery/endpoint_url").and_then(Value::as_str) else {
        return;
    };
    assert!([LINE.push_url, POLL_URL].contains(&there), "a stream leads elsewhere");
    let said = |name: &str| shown.get(name).and_then(Value::as_str);
    assert_eq!((said("iss"), said("aud")), (Some(LINE.issuer), Some(LINE.audience)));
}

/// Asks, and writes what follows.
async fn ask(book: &Book, ask: Ask) {
    let Ok(done) = arrange(book, &ctx(), &LINE, ask).await else { return };
    if let Said::Made(shown) | Said::Is(shown) = &done.said {
        require_pinned(shown);
    }
    assert!(book.commit(done.unit).await.is_ok(), "nobody else writes here");
}

/// The stream as it then is: one at most, and an alarm about somebody passes whatever was asked for,
/// unless the whole stream or this kind of event is off.
async fn look(book: &Book) {
    if let Ok(done) = arrange(book, &ctx(), &LINE, Ask::Read(None)).await
        && let Said::Is(Value::Array(all)) = done.said
    {
        assert!(all.len() <= 1, "a receiver has one stream");
        all.iter().for_each(require_pinned);
    }
    let stream = book.find::<Stream>(LINE.receiver).await.ok().flatten();
    let is_off = stream.is_some_and(|stream| {
        let wanted = stream.events_requested.as_ref();
        stream.status == StreamStatus::Disabled
            || wanted.is_some_and(|wanted| !wanted.iter().any(|uri| uri == CHANGED))
    });
    let passage = passage(book, ctx().now, LINE.receiver, (CHANGED, "x")).await;
    assert!(is_off || !matches!(passage, Ok(Passage::Drop)), "an alarm was silenced at once");
}

/// A body as the routes read it (`site::signals`).
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

/// What one line asks for: its first byte is the route, the rest the body or the name in the query.
fn asked(line: &[u8]) -> Option<Ask> {
    let (route, body) = line.split_first()?;
    let name = || std::str::from_utf8(body).ok().map(str::to_owned);
    match route {
        b'c' => read(body).map(Ask::Create),
        b'u' => read(body).map(Ask::Update),
        b'r' => read(body).map(Ask::Replace),
        b's' => read(body).map(Ask::SetStatus),
        b'a' => read(body).map(Ask::AddSubject),
        b'm' => read(body).map(Ask::RemoveSubject),
        b'v' => read(body).map(Ask::Verify),
        b'd' => Some(Ask::Delete(name())),
        b'g' => Some(Ask::Read(name())),
        b't' => Some(Ask::Status(name())),
        _ => None,
    }
}

/// A receiver arranges its stream (SSF 1.0 section 8.1), some requests one after another.
pub(crate) const STREAMS: Target = Target {
    name: "streams",
    longest: 2_048,
    run: |bytes| {
        let mut asks =
            bytes.split(|byte| *byte == b'\n').filter_map(asked).take(ASKS_MAX).peekable();
        if asks.peek().is_none() {
            return;
        }
        at_once(async {
            let book = book().await;
            for wanted in asks {
                ask(&book, wanted).await;
            }
            look(&book).await;
        });
    },
    seeds: &[
        r#"u{"stream_id":"s","iss":"https://bank.example","aud":["https://wallet.example"],"events_requested":["https://kanuki.example/secevent/link-status-changed"],"delivery":{"method":"urn:ietf:rfc:8935","endpoint_url":"https://wallet.example/ssf/events"},"min_verification_interval":60,"description":"d"}"#,
        "ds\nc{\"delivery\":{\"method\":\"urn:ietf:rfc:8936\"},\"events_requested\":[]}\ng00000000000000000000000000",
        "s{\"stream_id\":\"s\",\"status\":\"paused\",\"reason\":\"r\"}\nts",
        "m{\"stream_id\":\"s\",\"subject\":{\"format\":\"opaque\",\"id\":\"x\"}}\na{\"stream_id\":\"s\",\"subject\":{\"format\":\"opaque\",\"id\":\"x\"}}",
        "v{\"stream_id\":\"s\",\"state\":\"x\"}\nv{\"stream_id\":\"s\"}",
        r#"r{"stream_id":"s","events_requested":["https://kanuki.example/secevent/link-status-changed"]}"#,
    ],
};

/// A receiver fetches events (RFC 8936) or refuses them (RFC 8935), and is told that something was
/// decided (CIBA ping).
pub(crate) const SIGNALS: Target = Target {
    name: "signals",
    longest: 2_048,
    run: |bytes| {
        if let Some(request) = read::<PollRequest>(bytes) {
            assert!(request.room() <= 100, "a receiver was given more than fits");
        }
        same::<PollRequest>(bytes);
        // What an `events` claim may hold, whoever signed it.
        same::<Event>(bytes);
        same::<PollAnswer>(bytes);
        same::<SetRefusal>(bytes);
        let _ = Ping::read(bytes);
    },
    seeds: &[
        r#"{"maxEvents":10,"returnImmediately":true,"ack":["1"],"setErrs":{"2":{"err":"invalid_key","description":"d"}}}"#,
        r#"{"sets":{"1":"a.b.c"},"moreAvailable":false}"#,
        r#"{"err":"invalid_key","description":"d"}"#,
        r#"{"auth_req_id":"abc"}"#,
        r#"{"https://schemas.openid.net/secevent/risc/event-type/recovery-activated":{}}"#,
        r#"{"https://schemas.openid.net/secevent/caep/event-type/risk-level-change":{"principal":"USER","current_level":"HIGH","risk_reason":"x"}}"#,
    ],
};

/// The other company's books (`desk::reconcile`).
pub(crate) const BOOKS: Target = Target {
    name: "books",
    longest: 2_048,
    run: |bytes| {
        let Ok(theirs) = Statement::read(bytes) else { return };
        let again = Statement::read(theirs.to_csv().as_bytes());
        assert_eq!(again.as_ref(), Ok(&theirs), "a statement changed on its way");
        // Told by the other side in the very same words, it agrees with itself.
        let mut ours = theirs.clone();
        (ours.by, ours.about) = (theirs.about.clone(), theirs.by.clone());
        let compared = compare(&ours, &theirs).map(|compared| compared.differences);
        assert_eq!(compared, Ok(Vec::new()), "a statement differs from itself");
        // Beside books without a line, whatever it says is a claim and no more.
        let empty = Statement::new(&theirs.about, &theirs.by, theirs.day, ctx().now);
        let differences = compare(&empty, &theirs).map_or(0, |compared| compared.differences.len());
        assert!(differences <= theirs.lines.len(), "more differs than was said");
    },
    seeds: &[
        "kanuki-statement,1,wallet,9901,2026-12-01,2026-12-02T00:00:00Z\nid,kind,amount,state,asked_at\ndbt_00000000000000000000000001,debit,5000,booked,2026-12-01T01:00:00Z\npot_00000000000000000000000002,payout,1,open,2026-12-01T02:00:00.5Z\n",
        "kanuki-statement,1,9901,wallet,all,2026-12-02T00:00:00Z\nid,kind,amount,state,asked_at\ncrd_00000000000000000000000003,refund,100,refused,2026-12-01T01:00:00Z\n",
    ],
};
