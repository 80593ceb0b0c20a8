//! What is asked, by whom it was asked for, and where the answer goes.

use super::*;

#[tokio::test]
async fn a_silent_partner_is_asked_again_and_given_up_and_nothing_follows() {
    let (two, mut moment) = (two().await, Moment::new(NOW));
    two.confirm(&moment.ctx()).await;
    assert!(!two.asked(&moment.ctx(), "customer", &Direct(None)).await);
    let waits = two.wallet.book.scan::<Inquiry>("").await.unwrap();
    assert_eq!(waits.len(), 1);
    let early = step(two.wallet.ports(), &moment.ctx(), &Direct(Some(&two.bank))).await;
    assert_eq!(early.unwrap(), 0, "not before its time");
    for hours in [1, 2, 4, 8, 16] {
        moment.now = moment.now.checked_add(Span::new().hours(hours)).unwrap();
        step(two.wallet.ports(), &moment.ctx(), &Direct(None)).await.unwrap();
    }
    assert!(two.wallet.book.scan::<Inquiry>("").await.unwrap().is_empty());
    assert!(two.told().await.is_empty());

    // Another time it answers in the second hour.
    assert!(!two.asked(&moment.ctx(), "customer", &Direct(None)).await);
    moment.now = moment.now.checked_add(Span::new().hours(1)).unwrap();
    let line = Direct(Some(&two.bank));
    assert_eq!(step(two.wallet.ports(), &moment.ctx(), &line).await.unwrap(), 1);
    assert!(is_known(&two.wallet.book, moment.now, "customer").await.unwrap());
}

#[tokio::test]
async fn what_staff_ask_under_a_case_has_its_own_share_of_the_day_and_its_answer_in_the_case() {
    let (two, moment) = (two().await, Moment::new("2026-11-27T06:00:00Z"));
    let (ctx, line) = (moment.ctx(), Direct(Some(&two.bank)));
    two.confirm(&ctx).await;
    // Two identifiers each: more customers than what proofs may take in a day.
    for _ in 0..PER_DAY {
        let mut unit = Unit::new();
        inquire(two.wallet.ports(), &ctx, &mut unit, ("customer", Why::Proven)).await.unwrap();
        two.wallet.book.commit(unit).await.unwrap();
        step(two.wallet.ports(), &ctx, &line).await.unwrap();
    }
    let taken = two.wallet.book.scan::<Tally>("").await.unwrap()[0].hashes;
    assert_eq!(taken, PER_DAY - KEPT_FOR_STAFF);

    let case = Case::open(&ctx, CaseKind::Rule, "topup", Some("customer".to_owned()));
    let mut unit = Unit::new();
    unit.insert(&case);
    two.wallet.book.commit(unit).await.unwrap();
    let about = (case.case_id, "why");
    inquire_of_case(two.wallet.ports(), &ctx, staff(1), about).await.unwrap();
    // They are proven anew while the question waits.
    let mut unit = Unit::new();
    inquire(two.wallet.ports(), &ctx, &mut unit, ("customer", Why::Proven)).await.unwrap();
    two.wallet.book.commit(unit).await.unwrap();
    step(two.wallet.ports(), &ctx, &line).await.unwrap();
    let case = two.wallet.book.load::<Case>(case.case_id).await.unwrap();
    let said: Vec<&str> = case.steps.iter().map(|step| step.text.as_str()).collect();
    assert_eq!(said, ["=exchange_asked|", "=exchange_match|Other (phone)"]);
}

#[tokio::test]
async fn each_case_under_which_staff_asked_is_answered_and_a_proof_does_not_start_it_over() {
    let (two, mut moment) = (two().await, Moment::new("2026-11-27T07:00:00Z"));
    two.confirm(&moment.ctx()).await;
    let wallet = two.wallet.ports();
    let open = |kind| Case::open(&moment.ctx(), kind, "topup", Some("customer".to_owned()));
    let cases = [open(CaseKind::Rule), open(CaseKind::ToldByPartner)];
    let mut unit = Unit::new();
    unit.insert(&cases[0]).insert(&cases[1]);
    two.wallet.book.commit(unit).await.unwrap();
    for case in &cases {
        inquire_of_case(wallet, &moment.ctx(), staff(1), (case.case_id, "why")).await.unwrap();
    }
    step(wallet, &moment.ctx(), &Direct(None)).await.unwrap();

    // They are proven anew: what staff ask still waits for its own hour, and nobody is asked at once.
    let mut unit = Unit::new();
    inquire(wallet, &moment.ctx(), &mut unit, ("customer", Why::Proven)).await.unwrap();
    let line = Direct(Some(&two.bank));
    assert_eq!(step(wallet, &moment.ctx(), &line).await.unwrap(), 0);

    moment.now = moment.now.checked_add(Span::new().hours(1)).unwrap();
    assert_eq!(step(wallet, &moment.ctx(), &line).await.unwrap(), 1);
    for case in &cases {
        let case = two.wallet.book.load::<Case>(case.case_id).await.unwrap();
        let said: Vec<&str> = case.steps.iter().map(|step| step.text.as_str()).collect();
        assert_eq!(said, ["=exchange_asked|", "=exchange_match|Other (phone)"]);
    }
}
