//! A customer takes the evidence of their own case with them, and of no other.

use http::StatusCode;
use kanuki_desk::{
    case::{Case, CaseKind},
    pack::{Reader, verify},
};
use kanuki_domain::id::{CaseId, StaffId};
use kanuki_record::Unit;
use kanuki_wire::set::{self, Event, LinkStatus, SecurityEvent};

use crate::{
    company::{Browser, Company},
    world::{BANK_ISSUER, BANK_SET_KEY, WALLET_ISSUER},
};

#[tokio::test]
async fn a_customer_gets_the_evidence_of_their_own_case_and_of_no_other() {
    let company = Company::new().await;
    let world = &company.world;
    let (hanako, link) = world.settled("hanako", 1).await;
    world.top_up(&hanako, link, "a", 30_000).await;
    let ichiro = world.open("ichiro").await;
    let mut owner = company.signed_in(hanako.id).await;
    let empty = company.get(&mut owner, "/evidence").await;
    assert!(empty.body.contains("受け取れる記録はまだありません"), "{}", empty.body);

    let case = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let mut stranger = company.signed_in(ichiro.id).await;
    let path = format!("/evidence/{case}?form=json");
    let frozen = company.get(&mut owner, "/freeze").await;
    assert!(frozen.body.contains("href=\"/evidence\""), "{}", frozen.body);
    let list = company.get(&mut owner, "/evidence").await;
    assert!(list.body.contains(&path), "{}", list.body);
    let own = company.get(&mut owner, &path).await;
    let theirs = company.get(&mut stranger, &path).await;
    let absent = format!("/evidence/{}?form=json", CaseId::derive(&["none"]));
    let none = company.get(&mut stranger, &absent).await;
    let nobody = company.get(&mut Browser::default(), &path).await;
    let program = company.get(&mut owner, &format!("/evidence/{case}?form=exe")).await;

    assert_eq!(own.status, StatusCode::OK, "{}", own.body);
    let pack = verify(own.body.as_bytes(), &world.wallet.event_jwks()).unwrap();
    assert_eq!((pack.made_for, pack.case.number), (Reader::Person, case.to_string()));
    assert_eq!(pack.movements[0].amount.to_string(), "¥30,000");
    assert!(pack.signals.iter().any(|told| told.status == "suspended"));
    assert!(!pack.told.is_empty());
    assert_eq!((theirs.status, none.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert_eq!(nobody.status, StatusCode::SEE_OTHER);
    assert_eq!(program.status, StatusCode::UNPROCESSABLE_ENTITY);
    let log = world.wallet.book.records().audit_log(0, 10_000).await.unwrap();
    let by = hanako.id.to_string();
    let noted = |body: &str| body.contains("evidence.packed") && body.contains(&by);
    assert_eq!(log.iter().filter(|entry| noted(&entry.body)).count(), 1);
}

#[tokio::test]
async fn what_a_bank_or_staff_opened_about_a_customer_is_not_told_by_their_own_page() {
    let company = Company::new().await;
    let world = &company.world;
    let (hanako, link) = world.settled("hanako", 1).await;
    let (ctx, person) = (world.ctx(), Some(hanako.id.to_string()));
    let told = Case::open(&ctx, CaseKind::ToldByPartner, link, person.clone());
    let rule = Case::open(&ctx, CaseKind::Rule, hanako.id, person);
    let mut unit = Unit::new();
    unit.insert(&told).insert(&rule);
    world.wallet.book.commit(unit).await.unwrap();
    let mut browser = company.signed_in(hanako.id).await;

    let list = company.get(&mut browser, "/evidence").await;
    for case in [told.case_id, rule.case_id] {
        assert!(!list.body.contains(&case.to_string()), "{}", list.body);
        let pack = company.get(&mut browser, &format!("/evidence/{case}?form=json")).await;
        assert_eq!(pack.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn whoever_stopped_the_wallet_its_customer_gets_their_own_records_and_not_why() {
    for by_bank in [true, false] {
        let company = Company::new().await;
        let world = &company.world;
        let (hanako, link) = world.settled("hanako", 1).await;
        world.top_up(&hanako, link, "a", 30_000).await;
        let staff = StaffId::derive(&["aoki"]);
        let case = if by_bank {
            let shared = CaseId::derive(&["at the bank"]);
            let mandate_id = world.wallet.link_of(hanako.id, link).await.unwrap().mandate_id;
            let event = SecurityEvent {
                jti: "a".to_owned(),
                txn: Some(shared.to_string()),
                subject: "x".to_owned(),
                issued_at: world.ctx().now,
                event: Event::LinkStatusChanged {
                    mandate_id,
                    status: LinkStatus::Suspended,
                    reason: "report".to_owned(),
                },
            };
            let token = set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &event).unwrap();
            world.wallet.receive_event(&world.ctx(), &token).await.unwrap();
            shared
        } else {
            let person = Some(hanako.id.to_string());
            let rule = Case::open(&world.ctx(), CaseKind::Rule, hanako.id, person);
            let mut unit = Unit::new();
            unit.insert(&rule);
            world.wallet.book.commit(unit).await.unwrap();
            world.wallet.freeze_for_case(&world.ctx(), staff, rule.case_id).await.unwrap()
        };
        let mut owner = company.signed_in(hanako.id).await;

        let list = company.get(&mut owner, "/evidence").await;
        let path = format!("/evidence/{case}?form=json");
        assert!(list.body.contains(&path), "{by_bank}: {}", list.body);
        let own = company.get(&mut owner, &path).await;

        let pack = verify(own.body.as_bytes(), &world.wallet.event_jwks()).unwrap();
        assert_eq!((&*pack.case.kind, &*pack.case.number), ("stopped", &*case.to_string()));
        assert_eq!((pack.movements.len(), pack.links.len()), (1, 1));
        assert!(pack.answers.iter().all(|answer| answer.holds));
        let told = pack.told.iter().find(|told| told.kind == "frozen").unwrap();
        assert!(told.words.as_ref().unwrap().body.contains("●●●●"), "{told:?}");
        let acts: Vec<&str> = pack.timeline.iter().map(|act| act.what.as_str()).collect();
        assert!(acts.contains(&"wallet.frozen"), "{acts:?}");
        assert!(!acts.iter().any(|what| what.starts_with("case.") && *what != "case.opened"));
        for word in ["told_by", "frozen_for", "rule"] {
            assert!(!own.body.contains(word), "{by_bank} {word}: {}", own.body);
        }
    }
}

#[tokio::test]
async fn nobody_learns_from_their_own_case_that_somebody_reported_them() {
    let company = Company::new().await;
    let world = &company.world;
    let (hanako, _) = world.settled("hanako", 1).await;
    let case = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let mut kept = world.wallet.book.find::<Case>(case).await.unwrap().unwrap();
    for step in ["=claim_joined|x", "=recoup_asked|x", "=claim_opened|x"] {
        kept.edit().note(world.ctx().now, "aoki", step);
    }
    let mut unit = Unit::new();
    unit.update(&kept);
    world.wallet.book.commit(unit).await.unwrap();
    let mut owner = company.signed_in(hanako.id).await;

    let own = company.get(&mut owner, &format!("/evidence/{case}?form=json")).await;

    let pack = verify(own.body.as_bytes(), &world.wallet.event_jwks()).unwrap();
    let noted = pack.timeline.iter().map(|happened| happened.what.as_str());
    let noted: Vec<_> =
        noted.filter(|what| what.starts_with("case.claim") || what.contains("recoup")).collect();
    assert_eq!(noted, [""; 0], "and nothing of a claim that is the reporter's");
}
