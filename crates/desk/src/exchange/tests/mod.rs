mod asked;

use std::sync::{Arc, Mutex};

use jiff::{Span, Timestamp, tz::TimeZone};
use kanuki_domain::id::{CaseId, StaffId};
use kanuki_record::{MemoryRecords, Unit};
use kanuki_wire::exchange::{HASHES_MAX, Hashed, Month, Verdict};

use super::*;
use crate::case::CaseKind;

const PHONE: &str = "+819012345678";
const NOW: &str = "2026-11-27T03:00:00Z";

/// One of the two companies. Its people have the identifiers that stand here.
struct Company {
    book: Book,
    vault: Vault,
    asker: Asker,
    terms: Mutex<Exchange>,
    people: Vec<(String, Vec<(Kind, String)>)>,
}

#[async_trait]
impl Exchanging for Company {
    fn asks_as(&self) -> Asker {
        self.asker
    }

    async fn partners(&self) -> Result<Vec<Partnered>, ExchangeError> {
        let terms = self.terms.lock().unwrap().clone();
        Ok(vec![Partnered { id: "other".to_owned(), name: "Other".to_owned(), terms }])
    }

    async fn identifiers(&self, person_id: &str) -> Result<Vec<(Kind, String)>, ExchangeError> {
        let found = self.people.iter().find(|(id, _)| id == person_id);
        Ok(found.map(|(_, known)| known.clone()).unwrap_or_default())
    }

    fn suspect<'a>(&self, case: &'a Case) -> Option<&'a str> {
        match case.kind {
            CaseKind::Rule | CaseKind::ToldByPartner => case.person_id.as_deref(),
            _ => None,
        }
    }
}

impl Company {
    fn new(asker: Asker, master: u8, people: &[(&str, &[(Kind, &str)])]) -> Self {
        let known = |known: &[(Kind, &str)]| -> Vec<(Kind, String)> {
            known.iter().map(|(kind, text)| (*kind, (*text).to_owned())).collect()
        };
        Self {
            book: Book::new(Arc::new(MemoryRecords::default())),
            vault: Vault::new([master; 32]),
            asker,
            terms: Mutex::default(),
            people: people.iter().map(|(id, of)| ((*id).to_owned(), known(of))).collect(),
        }
    }

    fn ports(&self) -> Ports<'_> {
        Ports { book: &self.book, vault: &self.vault, company: self }
    }

    fn agree(&self, change: impl Fn(&mut Exchange)) {
        change(&mut self.terms.lock().unwrap());
    }
}

/// The line between the two, without a network: the other answers, or nobody does.
struct Direct<'a>(Option<&'a Company>);

#[async_trait]
impl Line for Direct<'_> {
    async fn ask(&self, ctx: &Ctx<'_>, _: &str, question: &Question) -> Option<Answer> {
        answer(self.0?.ports(), ctx, "other", question).await.ok()
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

struct Moment {
    now: Timestamp,
    counter: std::sync::atomic::AtomicU64,
}

impl kanuki_domain::Entropy for Moment {
    fn fill(&self, bytes: &mut [u8]) {
        let n = self.counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        for (byte, of) in bytes.iter_mut().zip(n.to_be_bytes().iter().rev().cycle()) {
            *byte = *of;
        }
    }
}

impl Moment {
    fn new(text: &str) -> Self {
        // Different moments never draw the same ids.
        let seed = at(text).as_second().unsigned_abs().saturating_mul(1_000);
        Self { now: at(text), counter: seed.into() }
    }

    fn ctx(&self) -> Ctx<'_> {
        Ctx { now: self.now, entropy: self, address_block: "", address: "" }
    }
}

fn staff(n: u128) -> StaffId {
    StaffId::from_bits(n)
}

/// A wallet that asks and a bank whose mule has the telephone number of one of the wallet's customers.
struct Two {
    wallet: Company,
    bank: Company,
    case_id: CaseId,
}

const MULE: [(Kind, &str); 2] = [(Kind::Phone, PHONE), (Kind::Mail, "mule@example.jp")];

async fn two() -> Two {
    let other: [(Kind, &str); 2] = [(Kind::Phone, PHONE), (Kind::Mail, "other@example.jp")];
    let honest: [(Kind, &str); 1] = [(Kind::Phone, "+819000000000")];
    let people: [(&str, &[(Kind, &str)]); 2] = [("customer", &other), ("honest", &honest)];
    let wallet = Company::new(Asker::Wallet, 1, &people);
    let bank = Company::new(Asker::Bank, 2, &[("mule", &MULE)]);
    let terms = Exchange {
        basis: "個人情報保護法27条1項2号".to_owned(),
        decided_by: "法務部長".to_owned(),
        decided_on: Some("2026-11-01".parse().unwrap()),
        review_by: Some("2027-05-01".parse().unwrap()),
        kinds: Kind::ALL.iter().copied().collect(),
        wallet_key: wallet.ports().public_key("other").unwrap(),
        bank_key: bank.ports().public_key("other").unwrap(),
    };
    for company in [&wallet, &bank] {
        company.agree(|agreed| *agreed = terms.clone());
    }
    let moment = Moment::new(NOW);
    let case = Case::open(&moment.ctx(), CaseKind::Rule, "debit", Some("mule".to_owned()));
    let mut unit = Unit::new();
    unit.insert(&case);
    bank.book.commit(unit).await.unwrap();
    Two { wallet, bank, case_id: case.case_id }
}

impl Two {
    async fn confirm(&self, ctx: &Ctx<'_>) {
        let (ports, id) = (self.bank.ports(), self.case_id);
        ask_confirm(ports, ctx, staff(1), (id, "he took it")).await.unwrap();
        agree(ports, ctx, staff(2), id).await.unwrap();
    }

    /// What the wallet would ask about this number in this month.
    fn question(&self, month: &str, phone: &str) -> Question {
        let month: Month = month.parse().unwrap();
        Question { month, identifiers: vec![self.hash(month, Kind::Phone, phone)] }
    }

    fn hash(&self, month: Month, kind: Kind, text: &str) -> Hashed {
        let terms = self.wallet.terms.lock().unwrap().clone();
        let own = self.wallet.ports().own_key("other").unwrap();
        let pair = Pair::new(&own, &terms.wallet_key, &terms.bank_key).unwrap();
        pair.of_month(Asker::Wallet, month).unwrap().hash(kind, text)
    }

    async fn answered(&self, ctx: &Ctx<'_>, question: &Question) -> Result<Vec<Verdict>, Refused> {
        Ok(answer(self.bank.ports(), ctx, "other", question).await?.verdicts)
    }

    /// The wallet's worker asks about one of its people, who was just proven.
    async fn asked(&self, ctx: &Ctx<'_>, who: &str, line: &Direct<'_>) -> bool {
        let (ports, mut unit) = (self.wallet.ports(), Unit::new());
        inquire(ports, ctx, &mut unit, (who, Why::Proven)).await.unwrap();
        self.wallet.book.commit(unit).await.unwrap();
        step(ports, ctx, line).await.unwrap();
        is_known(&self.wallet.book, ctx.now, who).await.unwrap()
    }

    /// The texts of the wallet's open cases.
    async fn told(&self) -> Vec<String> {
        let cases = self.wallet.book.list::<Case>("state", "open").await.unwrap();
        cases.iter().flat_map(|case| case.steps.iter().map(|step| step.text.clone())).collect()
    }
}

#[tokio::test]
async fn only_what_two_people_confirmed_is_answered_about_and_no_longer_than_it_stands() {
    let (two, moment) = (two().await, Moment::new(NOW));
    let (ctx, id) = (moment.ctx(), two.case_id);
    let (bank, question) = (two.bank.ports(), two.question("2026-11", PHONE));
    let says = async |expected: Verdict| {
        assert_eq!(two.answered(&ctx, &question).await.unwrap(), [expected]);
    };

    says(Verdict::NoMatch).await;
    ask_confirm(bank, &ctx, staff(1), (id, "he took it")).await.unwrap();
    says(Verdict::NoMatch).await;
    let alone = agree(bank, &ctx, staff(1), id).await;
    assert!(matches!(alone, Err(ExchangeError::Desk(DeskError::SamePerson))), "{alone:?}");
    agree(bank, &ctx, staff(2), id).await.unwrap();
    says(Verdict::Match).await;

    ask_remove(bank, &ctx, staff(2), (id, "it was his brother")).await.unwrap();
    says(Verdict::NoMatch).await;
    decline(bank, &ctx, staff(3), id).await.unwrap();
    says(Verdict::Match).await;
    ask_remove(bank, &ctx, staff(2), (id, "it was")).await.unwrap();
    let alone = remove(bank, &ctx, staff(2), id).await;
    assert!(matches!(alone, Err(ExchangeError::Desk(DeskError::SamePerson))), "{alone:?}");
    remove(bank, &ctx, staff(3), id).await.unwrap();
    says(Verdict::NoMatch).await;
    assert!(two.bank.book.find::<Confirmed>(id).await.unwrap().is_none(), "it is gone");
}

#[tokio::test]
async fn three_years_later_nothing_is_answered_though_nobody_forgot_it() {
    let (two, moment) = (two().await, Moment::new(NOW));
    two.confirm(&moment.ctx()).await;
    for company in [&two.wallet, &two.bank] {
        company.agree(|terms| {
            terms.decided_on = Some("2029-11-01".parse().unwrap());
            terms.review_by = Some("2030-05-01".parse().unwrap());
        });
    }
    for (day, expected) in [("26", Verdict::Match), ("28", Verdict::NoMatch)] {
        let later = Moment::new(&format!("2029-11-{day}T03:00:00Z"));
        let question = two.question("2029-11", PHONE);
        assert_eq!(two.answered(&later.ctx(), &question).await.unwrap(), [expected], "{day}");
    }
}

#[tokio::test]
async fn without_an_agreement_in_force_there_is_nothing_and_nothing_is_counted() {
    let (two, moment) = (two().await, Moment::new(NOW));
    two.confirm(&moment.ctx()).await;
    let question = two.question("2026-11", PHONE);
    let agreed = two.bank.terms.lock().unwrap().clone();
    let changes: [fn(&mut Exchange); 4] = [
        |terms| *terms = Exchange::default(),
        |terms| terms.review_by = Some("2026-11-26".parse().unwrap()),
        |terms| terms.basis.clear(),
        |terms| terms.decided_by.clear(),
    ];
    for change in changes {
        two.bank.agree(change);
        let refused = two.answered(&moment.ctx(), &question).await;
        assert!(matches!(refused, Err(Refused::Off)), "{refused:?}");
        assert!(!is_any_open(two.bank.ports(), &moment.ctx()).await.unwrap());
        two.bank.agree(|terms| *terms = agreed.clone());
    }
    let all = two.bank.book.scan::<Tally>("").await.unwrap();
    assert!(all.is_empty(), "{all:?}");
    // A wallet without one asks about nobody, and keeps nothing to be asked.
    two.wallet.agree(|terms| *terms = Exchange::default());
    assert!(!two.asked(&moment.ctx(), "customer", &Direct(Some(&two.bank))).await);
    assert!(two.wallet.book.scan::<Inquiry>("").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_question_of_another_month_pair_kind_or_size_is_none() {
    let (two, moment) = (two().await, Moment::new(NOW));
    let ctx = moment.ctx();
    two.confirm(&ctx).await;
    let malformed = async |question: Question| {
        let refused = two.answered(&ctx, &question).await;
        assert!(matches!(refused, Err(Refused::Malformed)), "{refused:?}");
    };
    malformed(two.question("2026-10", PHONE)).await;
    malformed(two.question("2026-12", PHONE)).await;
    malformed(Question { identifiers: Vec::new(), ..two.question("2026-11", PHONE) }).await;
    let month: Month = "2026-11".parse().unwrap();
    let many = (0..=HASHES_MAX).map(|n| two.hash(month, Kind::Mail, &format!("{n}@example.jp")));
    malformed(Question { month, identifiers: many.collect() }).await;

    // Hashed with last month's key, though it says this one; with another bank's; asked the other way.
    let old = two.hash("2026-10".parse().unwrap(), Kind::Phone, PHONE);
    let stranger = ExchangeKey::derive("a stranger's").unwrap();
    let terms = two.bank.terms.lock().unwrap().clone();
    let pair = Pair::new(&stranger, &stranger.public().unwrap(), &terms.bank_key).unwrap();
    let strange = pair.of_month(Asker::Wallet, month).unwrap().hash(Kind::Phone, PHONE);
    let own = two.wallet.ports().own_key("other").unwrap();
    let pair = Pair::new(&own, &terms.wallet_key, &terms.bank_key).unwrap();
    let turned = pair.of_month(Asker::Bank, month).unwrap().hash(Kind::Phone, PHONE);
    let question = Question { month, identifiers: vec![old, strange, turned] };
    assert_eq!(two.answered(&ctx, &question).await.unwrap(), [Verdict::NoMatch; 3]);

    // On the first three days of a month, last month's are taken.
    let third = Moment::new("2026-12-03T03:00:00Z");
    let last = two.question("2026-11", PHONE);
    assert_eq!(two.answered(&third.ctx(), &last).await.unwrap(), [Verdict::Match]);
    two.bank.agree(|terms| terms.kinds = [Kind::Mail].into());
    malformed(two.question("2026-11", PHONE)).await;
}

#[tokio::test]
async fn beyond_the_limit_of_a_day_nothing_is_said_and_staff_see_it() {
    let (two, moment) = (two().await, Moment::new(NOW));
    let ctx = moment.ctx();
    two.confirm(&ctx).await;
    let month: Month = "2026-11".parse().unwrap();
    let batch = |n: u32| -> Vec<Hashed> {
        let numbers = (0..10).map(|i| format!("+8190{n:04}{i:04}"));
        numbers.map(|number| two.hash(month, Kind::Phone, &number)).collect()
    };
    // Ten a question: thirty of them are a day.
    for n in 0..30 {
        let question = Question { month, identifiers: batch(n) };
        assert_eq!(two.answered(&ctx, &question).await.unwrap().len(), 10);
    }
    let refused = two.answered(&ctx, &two.question("2026-11", PHONE)).await;
    assert!(matches!(refused, Err(Refused::TooMany)), "{refused:?}");
    let seen = view(two.bank.ports(), &ctx, staff(1)).await.unwrap();
    assert!(seen.partners[0].is_over);
    let row = &seen.partners[0].months[0].1;
    assert_eq!((row.answered, row.refused), ((PER_DAY.into(), 0), 1));

    let tomorrow = Moment::new("2026-11-28T03:00:00Z");
    let question = two.question("2026-11", PHONE);
    assert_eq!(two.answered(&tomorrow.ctx(), &question).await.unwrap(), [Verdict::Match]);
}

#[tokio::test]
async fn a_match_is_a_fact_and_a_case_and_goes_when_it_is_taken_back() {
    let (two, moment) = (two().await, Moment::new(NOW));
    let (ctx, line) = (moment.ctx(), Direct(Some(&two.bank)));
    assert!(!two.asked(&ctx, "customer", &line).await);
    assert!(two.told().await.is_empty(), "what is no match is nobody's case");

    two.confirm(&ctx).await;
    assert!(two.asked(&ctx, "customer", &line).await);
    assert!(!two.asked(&ctx, "honest", &line).await);
    assert_eq!(two.told().await, ["=exchange_match|Other (phone)"]);
    assert!(two.asked(&ctx, "customer", &line).await);
    assert_eq!(two.told().await.len(), 1, "known already");
    let late = ctx.now.to_zoned(TimeZone::UTC).checked_add(Span::new().days(181)).unwrap();
    assert!(!is_known(&two.wallet.book, late.timestamp(), "customer").await.unwrap());

    ask_remove(two.bank.ports(), &ctx, staff(1), (two.case_id, "his brother")).await.unwrap();
    assert!(!two.asked(&ctx, "customer", &line).await);
    let entries = two.wallet.book.records().audit_log(0, 100).await.unwrap();
    assert!(entries.iter().any(|entry| entry.body.contains("exchange.asked")));
    for entry in two.bank.book.records().audit_log(0, 100).await.unwrap() {
        assert!(!entry.body.contains("9012345678"), "{}", entry.body);
    }
}

#[tokio::test]
async fn nobody_is_confirmed_who_was_hurt_or_of_whom_nothing_is_known() {
    let (two, moment) = (two().await, Moment::new("2026-11-27T04:00:00Z"));
    let (ctx, bank) = (moment.ctx(), two.bank.ports());
    let hurt = Case::open(&ctx, CaseKind::NotMe, "mandate", Some("mule".to_owned()));
    let unknown = Case::open(&ctx, CaseKind::Rule, "debit", Some("nobody".to_owned()));
    let mut unit = Unit::new();
    unit.insert(&hurt).insert(&unknown);
    two.bank.book.commit(unit).await.unwrap();
    for case in [hurt, unknown] {
        let refused = ask_confirm(bank, &ctx, staff(1), (case.case_id, "why")).await;
        assert!(matches!(refused, Err(ExchangeError::Nobody)), "{refused:?}");
    }
}

#[tokio::test]
async fn whoever_turns_out_to_be_hurt_before_the_second_person_looks_is_not_confirmed() {
    let (two, moment) = (two().await, Moment::new("2026-11-27T05:00:00Z"));
    let (ctx, bank, id) = (moment.ctx(), two.bank.ports(), two.case_id);
    ask_confirm(bank, &ctx, staff(1), (id, "he took it")).await.unwrap();
    let mut case = two.bank.book.load::<Case>(id).await.unwrap();
    case.edit().kind = CaseKind::NotMe;
    let mut unit = Unit::new();
    unit.update(&case);
    two.bank.book.commit(unit).await.unwrap();
    let agreed = agree(bank, &ctx, staff(2), id).await;
    assert!(matches!(agreed, Err(ExchangeError::Nobody)), "{agreed:?}");
}

impl Two {
    /// What was said of the bank's one confirmation, as it was kept by an earlier version.
    async fn said_once(&self, said: Option<&str>) {
        let mut row = self.bank.book.load::<Confirmed>(self.case_id).await.unwrap();
        let mut old = serde_json::to_value(&*row).unwrap();
        match said {
            Some(said) => old["said"] = said.into(),
            None => drop(old.as_object_mut().unwrap().remove("said")),
        }
        *row.edit() = serde_json::from_value(old).unwrap();
        let mut unit = Unit::new();
        unit.update(&row);
        self.bank.book.commit(unit).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_was_confirmed_because_there_was_a_fraud_is_answered_about_no_more() {
    let (two, moment) = (two().await, Moment::new(NOW));
    let ctx = moment.ctx();
    two.confirm(&ctx).await;
    let question = two.question("2026-11", PHONE);
    assert_eq!(two.answered(&ctx, &question).await.unwrap(), [Verdict::Match]);
    for said in [None, Some("fraud")] {
        two.said_once(said).await;
        assert_eq!(two.answered(&ctx, &question).await.unwrap(), [Verdict::NoMatch], "{said:?}");
        let seen = view(two.bank.ports(), &ctx, staff(1)).await.unwrap();
        assert_eq!((seen.live, seen.confirmed.len()), (0, 1), "it stands there, to be taken away");
    }
}

#[tokio::test]
async fn what_waited_for_a_second_person_and_names_nobody_cannot_be_agreed_to() {
    let (two, moment) = (two().await, Moment::new(NOW));
    let (ctx, bank, id) = (moment.ctx(), two.bank.ports(), two.case_id);
    ask_confirm(bank, &ctx, staff(1), (id, "as told")).await.unwrap();
    for said in [None, Some("fraud")] {
        two.said_once(said).await;
        let agreed = agree(bank, &ctx, staff(2), id).await;
        assert!(matches!(agreed, Err(ExchangeError::Unclear)), "{said:?}: {agreed:?}");
    }
    decline(bank, &ctx, staff(2), id).await.unwrap();
}
