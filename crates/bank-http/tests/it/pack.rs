//! The evidence of a case leaves the house: proven by published keys, only what its reader may have.

use kanuki_bank::pack::Packing;
use kanuki_desk::{
    case::{Case, CaseKind},
    pack::{Pack, Reader, verify, verify_pdf},
};
use kanuki_domain::id::{CaseId, StaffId};
use kanuki_record::Unit;
use kanuki_wire::keys::{Jwks, Signer as _, fetched};

use crate::{
    browser::{Browser, between},
    world::{CLIENT, World},
};

/// A holder whose link was debited and then stopped by a code; staff; the case.
async fn stopped(world: &World) -> (Browser, Browser, String) {
    let mut holder = Browser::new(1);
    let linked = world.linked(&mut holder).await;
    assert_eq!(world.debit(&linked, 1, 1_000).await.status, 201);
    let letter = world.letter("引き落とせるようになりました").await;
    let code = between(&letter.body, "停止コード：", "\n").unwrap();
    let page = holder.get(world, "/stop").await;
    let preview = holder.submit(world, &page, "/stop", &[("code", code)]).await;
    let done = holder.submit(world, &preview, "/stop/confirm", &[]).await;
    let case = format!("cas_{}", between(&done.body, "<code>cas_", "<").unwrap());
    let mut aoki = Browser::new(11);
    aoki.enter_desk(world, "STAFFAOKI").await;
    let page = aoki.get(world, &format!("/desk/cases/{case}")).await;
    let note = format!("/desk/cases/{case}/note");
    let typed = [("text", "田中さんが疑わしい取引を届け出"), ("act", "note")];
    aoki.submit(world, &page, &note, &typed).await;
    (holder, aoki, case)
}

async fn packed(world: &World, aoki: &mut Browser, case: &str, reader: &str) -> Pack {
    let page = aoki.get(world, &format!("/desk/cases/{case}")).await;
    let wanted = [("reader", reader), ("reason", "照会書 第1号"), ("form", "json")];
    let file = aoki.submit(world, &page, &format!("/desk/cases/{case}/pack"), &wanted).await;
    assert_eq!(file.status, 200, "{}", file.body);
    assert_eq!(file.header("content-type"), "application/json");
    assert!(file.header("content-disposition").contains(case));
    for secret in ["田中", "疑わしい", "山田", "09000000001"] {
        assert!(!file.body.contains(secret), "{secret}");
    }
    // As the police prove it: by what the bank publishes.
    let keys = Browser::new(50).get(world, "/ssf/jwks").await;
    verify(file.body.as_bytes(), &fetched::read(keys.body.as_bytes()).unwrap()).unwrap()
}

#[tokio::test]
async fn the_police_get_what_happened_and_nothing_that_staff_suspect() {
    let world = World::new().await;
    let (_, mut aoki, case) = stopped(&world).await;

    let pack = packed(&world, &mut aoki, &case, "police").await;

    assert_eq!((pack.made_for, pack.case.number), (Reader::Police, case));
    assert_eq!((pack.links.len(), pack.movements.len()), (1, 1));
    assert_eq!(pack.links[0].state, "suspended");
    assert_eq!((pack.movements[0].state.as_str(), pack.movements[0].amount.to_string()), {
        ("booked", "¥1,000".to_owned())
    });
    let signed = pack.answers.iter().find(|answer| answer.answer == "signed").unwrap();
    assert!(signed.holds && signed.assertion.is_some() && !signed.shown.is_empty());
    assert!(pack.timeline.iter().any(|step| step.what == "stop_code.used"));
    assert!(pack.timeline.is_sorted_by_key(|step| step.at));
    let sent = pack.signals.iter().find(|signal| signal.status == "suspended").unwrap();
    assert_eq!((&*sent.partner, &*sent.line, sent.acknowledged_at), (CLIENT, "waits", None));
    assert!(!sent.subject.is_empty() && sent.about.as_ref() == Some(&pack.links[0].id));
    let told = pack.told.iter().find(|told| told.kind == "mandate_signed").unwrap();
    let words = told.words.as_ref().unwrap();
    assert!(words.body.contains("引き落とせるようになりました"), "{words:?}");
    assert!(words.body.contains("停止コード：●●●●"), "{words:?}");
    assert!(told.to.as_ref().unwrap().contains("•••"), "{told:?}");
    assert!(told.handed_over_at.is_some() && told.state == "sent", "{told:?}");
    let log = world.state.bank.book.records().audit_log(0, 10_000).await.unwrap();
    assert!(log.iter().any(|entry| {
        entry.body.contains("evidence.packed") && entry.body.contains("照会書 第1号")
    }));
}

#[tokio::test]
async fn the_partner_gets_what_passed_between_the_two_and_no_page() {
    let world = World::new().await;
    let (_, mut aoki, case) = stopped(&world).await;

    let pack = packed(&world, &mut aoki, &case, &format!("partner|{CLIENT}")).await;

    assert!(pack.told.is_empty());
    assert!(pack.answers.iter().all(|answer| answer.shown.is_empty() && answer.text.is_none()));
    assert!(pack.answers.iter().all(|answer| answer.assertion.is_none() && answer.holds));
    assert_eq!(pack.movements.len(), 1);
    let page = aoki.get(&world, &format!("/desk/cases/{case}")).await;
    let path = format!("/desk/cases/{case}/pack");
    for (reader, reason, form, status) in [
        ("partner|another-wallet", "r", "json", 404),
        ("police", " ", "json", 422),
        ("press", "r", "json", 422),
        ("police", "r", "exe", 422),
    ] {
        let wanted = [("reader", reader), ("reason", reason), ("form", form)];
        let refused = aoki.submit(&world, &page, &path, &wanted).await;
        assert_eq!(refused.status, status, "{reader} {form}");
    }
}

#[tokio::test]
async fn a_holder_gets_the_evidence_of_their_own_case_and_of_no_other() {
    let world = World::new().await;
    let (_, _, case) = stopped(&world).await;
    let mut owner = Browser::new(21);
    owner.enter_portal(&world, "9000001").await;
    let mut stranger = Browser::new(22);
    stranger.enter_portal(&world, "9000002").await;
    let path = format!("/holder/evidence/{case}?form=json");

    let own = owner.get(&world, &path).await;
    let theirs = stranger.get(&world, &path).await;
    let absent = CaseId::derive(&["none"]);
    let none = stranger.get(&world, &format!("/holder/evidence/{absent}?form=json")).await;
    let nobody = Browser::new(23).get(&world, &path).await;

    assert_eq!(own.status, 200, "{}", own.body);
    let keys = Jwks::of([world.state.bank.set_key.public_jwk()]);
    assert_eq!(verify(own.body.as_bytes(), &keys).unwrap().made_for, Reader::Person);
    assert_eq!((theirs.status, none.status, nobody.status), (404, 404, 303));
    // Up to the number of the request, which is every answer's own.
    let said = |body: &str| between(body, "<main", "class=\"reference\"").unwrap().to_owned();
    assert_eq!(said(&theirs.body), said(&none.body), "one answer");
}

#[tokio::test]
async fn what_staff_suspect_has_no_pack_and_a_pdf_is_proven_page_by_page() {
    let world = World::new().await;
    let (_, _, case) = stopped(&world).await;
    let moment = world.state.site.world.moment("");
    let (bank, ctx) = (&world.state.bank, moment.ctx());
    let by = StaffId::derive(&["aoki"]);
    let rule = Case::open(&ctx, CaseKind::Rule, "rule|fast", None);
    let mut unit = Unit::new();
    unit.insert(&rule);
    bank.book.commit(unit).await.unwrap();

    let catalog = kanuki_bank_http::workers::Catalog(&world.state.site.texts);
    let packing = Packing { ctx: &ctx, wording: &catalog };
    let refused = bank.evidence_pack(packing, by, (rule.case_id, Reader::Police), "r").await;
    let wanted = (case.parse().unwrap(), Reader::Police);
    let signed = bank.evidence_pack(packing, by, wanted, "r").await.unwrap();
    let pdf = signed.to_pdf().unwrap();

    assert!(refused.is_err());
    let keys = Jwks::of([bank.set_key.public_jwk()]);
    assert_eq!(verify_pdf(&pdf, &keys).unwrap(), signed.pack);
    // To look at, and to verify by other means: `KANUKI_KEEP=FILE cargo test -p kanuki-bank-http --test it pack`.
    if let Some(keep) = std::env::var_os("KANUKI_KEEP") {
        let keep = std::path::PathBuf::from(keep);
        let published = Browser::new(50).get(&world, "/ssf/jwks").await;
        std::fs::write(keep.with_extension("jwks.json"), published.body).unwrap();
        std::fs::write(keep.with_extension("json"), signed.to_json().unwrap()).unwrap();
        std::fs::write(keep, pdf).unwrap();
    }
}
