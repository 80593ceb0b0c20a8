//! A refusal changes nothing: every row, every balance and the audit log before and after, and one
//! more refusal counted.

use std::collections::BTreeMap;

use axum::body::Body;
use http::Request;
use kanuki_record::{PAGE_MAX, Row};

use crate::world::{PAGE_HOST, Reply, World};

/// What a refused request may write: that its proofs and assertions were used, whose browser came,
/// and that a partner's keys were asked for.
const NOTES: [&str; 3] = ["replay", "session", "partner_keys"];

/// Everything that a bank keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whole {
    rows: BTreeMap<&'static str, Vec<Row>>,
    audit: usize,
    money: BTreeMap<String, u64>,
}

impl Whole {
    /// Without one table, which a request may change.
    pub(crate) fn without(mut self, table: &str) -> Self {
        self.rows.retain(|name, _| *name != table);
        self
    }
}

impl World {
    /// All rows of all tables, the length of the audit log, and the core's balances.
    pub(crate) async fn whole(&self) -> Whole {
        let records = self.state.bank.book.records();
        let mut rows = BTreeMap::new();
        for table in kanuki_bank_http::tables() {
            if !NOTES.contains(&table.name) {
                let all = records.scan(table, "", PAGE_MAX).await.unwrap();
                assert!(all.len() < PAGE_MAX, "{} has more rows than are compared", table.name);
                rows.insert(table.name, all);
            }
        }
        let audit = records.audit_log(0, PAGE_MAX).await.unwrap().len();
        let money = self.core.balances.lock().unwrap().clone();
        Whole { rows, audit, money }
    }

    /// How many requests of partners were refused so far, as an operator reads it.
    pub(crate) async fn refusals(&self) -> u64 {
        let request = Request::get("/metrics").header(http::header::HOST, PAGE_HOST);
        let text = self.send(request.body(Body::empty()).unwrap()).await.body;
        let lines = text.lines().filter(|line| line.starts_with("oauth_refusals_total"));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }

    /// Sends a partner's `request`, which must be refused so, change nothing and be counted.
    pub(crate) async fn refused(
        &self,
        what: &str,
        request: Request<Body>,
        (status, error): (u16, &str),
    ) -> Reply {
        let (before, counted) = (self.whole().await, self.refusals().await);
        let reply = self.send(request).await;
        assert_eq!(reply.status, status, "{what}: {}", reply.body);
        let said = reply.json();
        let named = said["error"].as_str().or_else(|| said["code"].as_str());
        assert_eq!(named, Some(error), "{what}: {}", reply.body);
        assert!(self.whole().await == before, "{what} changed something");
        assert_eq!(self.refusals().await, counted + 1, "{what} was not counted");
        reply
    }
}
