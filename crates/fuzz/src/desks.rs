//! What the other company says to our desk: how its stream of events shall be, and its books.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use jiff::Timestamp;
use kanuki_desk::{
    reconcile::{Statement, compare},
    signal::{
        Ask, Configuration, Delivery, Line, Said, StatusChange, Stream, StreamStatus,
        SubjectChange, Verify, arrange,
    },
};
use kanuki_domain::{Ctx, Entropy};
use kanuki_record::{Book, MemoryRecords, Unit};
use kanuki_wire::{
    ciba::ping::Ping,
    set::{PollAnswer, PollRequest, SetRefusal},
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
    supported: &["https://kanuki.example/secevent/link-status-changed"],
};
const POLL_URL: &str = "https://bank.example/ssf/poll";

struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn ctx() -> Ctx<'static> {
    let now = Timestamp::from_second(1_800_000_000).unwrap_or_default();
    Ctx { now, entropy: &Zeros, address_block: "" }
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

/// Asks, writes what follows, and looks at the stream as it then is.
async fn ask(book: &Book, ask: Ask) {
    let Ok(done) = arrange(book, &ctx(), &LINE, ask).await else { return };
    if let Said::Made(shown) | Said::Is(shown) = &done.said {
        require_pinned(shown);
    }
    assert!(book.commit(done.unit).await.is_ok(), "nobody else writes here");
    if let Ok(done) = arrange(book, &ctx(), &LINE, Ask::Read(None)).await
        && let Said::Is(Value::Array(all)) = done.said
    {
        assert!(all.len() <= 1, "a receiver has one stream");
        all.iter().for_each(require_pinned);
    }
}

/// A body as the routes read it (`site::signals`).
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

fn asks(bytes: &[u8]) -> impl Iterator<Item = Ask> {
    let configuration = || read::<Configuration>(bytes);
    [
        configuration().map(Ask::Update),
        configuration().map(Ask::Replace),
        read::<StatusChange>(bytes).map(Ask::SetStatus),
        read::<SubjectChange>(bytes).map(Ask::RemoveSubject),
        read::<SubjectChange>(bytes).map(Ask::AddSubject),
        read::<Verify>(bytes).map(Ask::Verify),
        read::<Verify>(bytes).map(Ask::Verify),
        std::str::from_utf8(bytes).ok().map(|id| Ask::Delete(Some(id.to_owned()))),
        configuration().map(Ask::Create),
    ]
    .into_iter()
    .flatten()
}

/// A receiver arranges its stream (SSF 1.0 section 8.1); it fetches events (RFC 8936) and is told that
/// something was decided (CIBA ping).
pub(crate) const SIGNALS: Target = Target {
    name: "signals",
    run: |bytes| {
        at_once(async {
            let book = book().await;
            for wanted in asks(bytes) {
                ask(&book, wanted).await;
            }
            // A first stream as well.
            let empty = Book::new(Arc::new(MemoryRecords::default()));
            if let Some(wanted) = read(bytes) {
                ask(&empty, Ask::Create(wanted)).await;
            }
        });
        let _ = read::<PollRequest>(bytes).map(|request| request.room());
        same::<PollRequest>(bytes);
        same::<PollAnswer>(bytes);
        same::<SetRefusal>(bytes);
        let _ = Ping::read(bytes);
    },
    seeds: &[
        r#"{"stream_id":"s","iss":"https://bank.example","aud":["https://wallet.example"],"events_requested":["https://kanuki.example/secevent/link-status-changed"],"delivery":{"method":"urn:ietf:rfc:8935","endpoint_url":"https://wallet.example/ssf/events"},"min_verification_interval":60,"description":"d"}"#,
        r#"{"delivery":{"method":"urn:ietf:rfc:8936"},"events_requested":[]}"#,
        r#"{"stream_id":"s","status":"paused","reason":"r"}"#,
        r#"{"stream_id":"s","subject":{"format":"opaque","id":"x"}}"#,
        r#"{"stream_id":"s","state":"x"}"#,
        r#"{"maxEvents":10,"returnImmediately":true,"ack":["1"],"setErrs":{"2":{"err":"invalid_key","description":"d"}}}"#,
        r#"{"sets":{"1":"a.b.c"},"moreAvailable":false}"#,
        r#"{"auth_req_id":"abc"}"#,
    ],
};

/// The other company's books (`desk::reconcile`).
pub(crate) const BOOKS: Target = Target {
    name: "books",
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
