//! What both companies' records say afterwards.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use kanuki_bank::{event::Event, mandate::Mandate, stop::order::StopOrder};
use kanuki_desk::{
    case::{Case, CaseKind},
    outbox::Message,
    report::Report,
};
use kanuki_domain::mandate::MandateState;
use kanuki_record::{AuditEntry, Book, PAGE_MAX, Record};
use kanuki_store::SqliteRecords;
use kanuki_wallet::{
    event::OutEvent,
    link::{Link, LinkState},
};

use super::people::BANK;

/// The wallet's name at the bank.
const CLIENT: &str = "kanuki-wallet";

pub(crate) struct Books {
    wallet: Book,
    bank: Book,
}

/// How often an act was done to a subject.
type Acts = BTreeMap<(String, String), usize>;

impl Books {
    /// For reading only; the companies may run.
    pub(crate) fn open(data: &Path) -> Self {
        let book = |company: &str, tables: &[_]| {
            let file = data.join(company).join("records.sqlite");
            Book::new(Arc::new(SqliteRecords::open_read_only(&file, tables).unwrap()))
        };
        Self {
            wallet: book("wallet", &kanuki_wallet_http::tables()),
            bank: book("bank-one", &kanuki_bank_http::tables()),
        }
    }

    /// What is still to be told or to be done. Messages to people are not among it: one whose sender dies
    /// while it hands it over is left alone for ten minutes, so that it is not sent twice.
    pub(crate) async fn waits(&self) -> Vec<String> {
        let mut waits = Vec::new();
        for place in [format!("due|{BANK}"), format!("held|{BANK}")] {
            let events = self.wallet.every::<OutEvent>("state", &place).await.unwrap();
            waits.extend(events.iter().map(|event| format!("wallet tells {}", event.event_id)));
        }
        for place in [format!("due|{CLIENT}"), format!("held|{CLIENT}")] {
            let events = self.bank.every::<Event>("state", &place).await.unwrap();
            waits.extend(events.iter().map(|event| format!("bank tells {}", event.event_id)));
        }
        let orders = self.bank.every::<StopOrder>("standing", "waits").await.unwrap();
        waits.extend(orders.iter().map(|order| format!("bank stops {}", order.case_id)));
        waits
    }

    /// Every link is suspended at both companies, once each, and its people were told once; whoever
    /// pressed at either has one case, with one number at both.
    pub(crate) async fn require_stopped_once(&self, links: usize) {
        let (at_wallet, at_bank) = (acts(&self.wallet).await, acts(&self.bank).await);
        let once = |acts: &Acts, act: &str, subject: String| {
            let times = acts.get(&(act.to_owned(), subject.clone())).copied().unwrap_or(0);
            assert_eq!(times, 1, "{act} {subject}: {acts:#?}");
        };
        let mandates = all::<Mandate>(&self.bank).await;
        let accounts: BTreeSet<_> = mandates.iter().map(|mandate| mandate.account_id).collect();
        assert_eq!([mandates.len(), accounts.len()], [links, links], "{mandates:#?}");
        for mandate in &mandates {
            assert!(matches!(mandate.state, MandateState::Suspended { .. }), "{mandate:#?}");
            once(&at_bank, "mandate.suspended", mandate.mandate_id.to_string());
        }
        let mirrored = all::<Link>(&self.wallet).await;
        assert_eq!(mirrored.len(), links);
        for link in &mirrored {
            assert!(matches!(link.state, LinkState::Suspended { .. }), "{link:#?}");
            once(&at_wallet, "link.suspended", link.link_id.to_string());
        }
        let wallets: BTreeSet<_> = mirrored.iter().map(|link| link.wallet_id.to_string()).collect();
        for wallet in &wallets {
            once(&at_wallet, "wallet.frozen", wallet.clone());
        }

        let frozen = notices(&self.wallet, "frozen").await;
        let suspended = notices(&self.bank, "mandate_suspended").await;
        assert_eq!(frozen, wallets.len(), "one notice for each wallet");
        assert_eq!(suspended, links, "one notice for each mandate");

        let (ours, theirs) = (people(&self.wallet).await, people(&self.bank).await);
        assert_eq!(ours.len(), wallets.len(), "one case for each person: {ours:#?}");
        let numbers =
            |cases: &[Case]| cases.iter().map(|case| case.case_id).collect::<BTreeSet<_>>();
        assert_eq!(numbers(&ours), numbers(&theirs), "one number at both");
        assert_eq!(theirs.len(), ours.len(), "{theirs:#?}");
    }

    /// Every report that a company took is one case at the other, under its number, opened once; and
    /// nothing else is there. All that people were answered are among them.
    pub(crate) async fn require_told_once(&self, answered: &[Vec<String>; 2]) {
        let sides = [(&self.wallet, &self.bank, CLIENT), (&self.bank, &self.wallet, BANK)];
        for ((from, to, by), answered) in sides.into_iter().zip(answered) {
            let reports = all::<Report>(from).await;
            assert!(reports.iter().all(|report| report.told.is_some()));
            let told: BTreeSet<_> =
                reports.iter().map(|report| report.case_id.to_string()).collect();
            assert!(answered.iter().all(|number| told.contains(number)), "an answer was lost");
            let opened = acts(to).await;
            let about = format!("reported|{by}");
            let heard = to.every::<Case>("about", &about).await.unwrap();
            let numbers: BTreeSet<_> = heard.iter().map(|case| case.case_id.to_string()).collect();
            assert!(numbers.is_subset(&told), "{by}: {numbers:?} of {told:?}");
            for number in &told {
                // A stop by its code is a report too, and is about its link there.
                assert!(to.find::<Case>(number).await.unwrap().is_some(), "{by}: {number}");
            }
            for number in numbers {
                let times = opened.get(&("case.opened".to_owned(), number.clone())).copied();
                assert_eq!(times, Some(1), "{number}");
            }
        }
    }
}

async fn all<T: Record + Clone>(book: &Book) -> Vec<T> {
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = book.scan::<T>(&after).await.unwrap();
        let Some(last) = page.last() else { return all };
        after = last.id();
        all.extend(page.into_iter().map(kanuki_record::Stored::into_inner));
    }
}

/// Cases about somebody who said "it wasn't me", here or there.
async fn people(book: &Book) -> Vec<Case> {
    let mut cases = all::<Case>(book).await;
    cases.retain(|case| {
        case.person_id.is_some() && matches!(case.kind, CaseKind::NotMe | CaseKind::ToldByPartner)
    });
    cases
}

/// How many notices of this kind were sent: the messages to the contacts of one person are one.
async fn notices(book: &Book, kind: &str) -> usize {
    let messages = all::<Message>(book).await;
    let of_kind = messages.into_iter().filter(|message| message.kind == kind);
    of_kind
        .map(|message| message.group.unwrap_or(message.message_id))
        .collect::<BTreeSet<_>>()
        .len()
}

async fn acts(book: &Book) -> Acts {
    let mut acts = Acts::new();
    let mut after = 0;
    loop {
        let page = book.records().audit_log(after, PAGE_MAX).await.unwrap();
        let Some(last) = page.last() else { return acts };
        after = last.seq;
        for sealed in &page {
            let entry: AuditEntry = serde_json::from_str(&sealed.body).unwrap();
            *acts.entry((entry.act, entry.subject)).or_default() += 1;
        }
    }
}
