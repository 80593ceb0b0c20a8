//! The evidence pack of a claim says who paid the victim, who books a share, and by when it was due.

use kanuki_bank::{credit::AskCredit, pack::Packing};
use kanuki_desk::{
    claim::{Act, ToldPaid},
    outbox::{Channel, Content},
    pack::{Pack, Reader, Worded, Wording},
};
use kanuki_domain::{
    Yen,
    claim::{Evidence, Pause},
    compensation::Cause,
    id::{CaseId, DebitId, PayoutId},
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_record::Unit;

use crate::{
    claims::{act, aoki, baba, bank_pays, debit, paper, robbed, with_policy},
    world::{CLIENT, World},
};

/// Says what it was given, so that a test sees what would stand in a message.
struct Plain;

impl Wording for Plain {
    fn words(&self, _: Channel, _: Option<&str>, content: &Content) -> Worded {
        let body = format!("{:?}", content.values);
        Worded { lang: "ja".to_owned(), subject: content.kind.clone(), body }
    }
}

async fn pack(world: &World, case: CaseId, reader: Reader) -> Pack {
    let ctx = world.ctx();
    let packing = Packing { ctx: &ctx, wording: &Plain };
    world.bank.evidence_pack(packing, aoki(), (case, reader), "r").await.unwrap().pack
}

/// The acts of a claim and of money that went back, in the order of the pack.
fn acts(pack: &Pack) -> Vec<&str> {
    let acts = pack.timeline.iter().map(|act| act.what.as_str());
    acts.filter(|what| what.starts_with("claim.") || what.starts_with("refund.")).collect()
}

fn said(pack: &Pack, what: &str, name: &str) -> String {
    let act = pack.timeline.iter().find(|act| act.what == what).unwrap();
    act.with.get(name).cloned().unwrap_or_default()
}

#[tokio::test]
async fn where_this_bank_pays_the_pack_says_so_with_the_day_it_was_due_and_each_pause() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (_, case) = robbed(&mut world).await;
    let key = debit(&world).await.key();
    world.bank.open_claim(&world.ctx(), aoki(), case, &[key]).await.unwrap();
    act(&world, aoki(), case, Act::Pause(Pause::AskedPolice)).await;
    world.now = later(world.now, 3 * DAY_SECS);
    act(&world, aoki(), case, Act::Investigate).await;
    let asked = act(&world, aoki(), case, Act::Pay(Cause::Other)).await.unwrap();
    let waits = pack(&world, case, Reader::Person).await.claim.unwrap();
    assert_eq!((&*waits.state, waits.paid_at), ("investigating", None), "a proposal is staff's");
    world.bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();

    let pack = pack(&world, case, Reader::Police).await;

    assert_eq!(
        acts(&pack),
        [
            "claim.opened",
            "claim.paused",
            "claim.investigating",
            "claim.pay_proposed",
            "claim.pay_agreed",
            "claim.paid",
            "claim.settled",
        ]
    );
    assert_eq!(said(&pack, "claim.paid", "payer"), "bank");
    assert_eq!(said(&pack, "claim.paid", "amount"), "¥5,001");
    assert_eq!(said(&pack, "claim.paused", "why"), "asked_police");
    assert_eq!(said(&pack, "claim.settled", "split"), "50:50");
    let owed = pack.claim.unwrap();
    assert_eq!((&*owed.payer, &*owed.company, owed.refund_days), ("bank", "bank", 5));
    assert_eq!(owed.stood_still.len(), 1);
    assert_eq!(owed.stood_still_days, owed.stood_still[0].days);
    assert!(owed.stood_still[0].until.is_some() && owed.stood_still_days > 0);
    assert_eq!(owed.paid_at, Some(world.now));
    assert!(!owed.is_late && owed.payments[0].paid_at == Some(world.now));
    assert!(owed.payments[0].account.starts_with("***"), "{:?}", owed.payments);
    assert_eq!((owed.wallet_bears, owed.bank_bears), (Some(Yen::of(2_500)), Some(Yen::of(2_501))));
}

#[tokio::test]
async fn where_the_wallet_pays_this_bank_books_a_share_and_never_says_that_it_paid() {
    let mut world = World::new().await;
    let (mandate, case) = robbed(&mut world).await;
    let back = AskCredit {
        client_id: CLIENT.to_owned(),
        mandate_id: mandate,
        credit_id: PayoutId::derive(&["back"]),
        amount: Yen::of(5_001),
        refund_of: Some(DebitId::derive(&["1"])),
    };
    world.bank.request_credit(&world.ctx(), back).await.unwrap();
    let (partner, amount) = (CLIENT.to_owned(), Yen::of(5_001));
    let mut unit = Unit::new();
    unit.insert(&ToldPaid { case_id: case, partner, amount, at: world.now });
    world.bank.book.commit(unit).await.unwrap();
    world.now = later(world.now, 60);
    world.bank.open_claim(&world.ctx(), aoki(), case, &[]).await.unwrap();
    act(&world, aoki(), case, Act::Investigate).await;
    let asked = act(&world, aoki(), case, Act::Pay(Cause::Other)).await.unwrap();
    world.bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();

    let police = pack(&world, case, Reader::Police).await;
    assert_eq!(
        acts(&police),
        [
            "claim.told_paid",
            "refund.asked",
            "refund.booked",
            "claim.opened",
            "claim.investigating",
            "claim.pay_proposed",
            "claim.share_agreed",
            "claim.share_booked",
        ]
    );
    assert_eq!(said(&police, "refund.booked", "payer"), "wallet");
    assert_eq!(said(&police, "claim.share_booked", "payer"), "wallet");
    assert_eq!(said(&police, "claim.share_booked", "company"), "bank");
    assert_eq!(said(&police, "claim.share_booked", "share"), "¥2,501");
    let owed = police.claim.unwrap();
    assert_eq!((&*owed.payer, owed.payments.len()), ("wallet", 0));
    assert!(owed.paid_at.unwrap() < owed.booked_at.unwrap());

    let person = pack(&world, case, Reader::Person).await;
    assert!(!acts(&person).contains(&"claim.share_booked"), "{:?}", acts(&person));
    assert!(acts(&person).contains(&"refund.booked"));
    assert_eq!(person.claim.unwrap().cause, None, "whose fault it was is between the companies");
    let partner = pack(&world, case, Reader::Partner { id: CLIENT.to_owned() }).await;
    assert_eq!(partner.claim.unwrap().bank_bears, Some(Yen::of(2_501)));
}

/// The number that a victim has may be the other one of their matter: the police ask by that.
#[tokio::test]
async fn the_pack_of_a_joined_case_carries_the_claim_of_its_matter_under_the_number_that_has_it() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (_, known) = robbed(&mut world).await;
    let bank = &world.bank;
    let taken = bank.report(&world.ctx(), ("a@example.jp", "?"), None).await.unwrap();
    let id = taken.case_id;
    bank.join_report(&world.ctx(), aoki(), (id, known)).await.unwrap();
    let key = debit(&world).await.key();
    bank.open_claim(&world.ctx(), aoki(), id, &[key]).await.unwrap();
    act(&world, aoki(), id, Act::Investigate).await;
    let asked = act(&world, aoki(), id, Act::Pay(Cause::Other)).await.unwrap();
    bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();

    for reader in [Reader::Police, Reader::Person, Reader::Partner { id: CLIENT.to_owned() }] {
        let joined = pack(&world, known, reader.clone()).await;
        let own = pack(&world, id, reader).await;

        let acts = acts(&joined);
        let paid = acts.iter().filter(|what| **what == "claim.paid").count();
        assert!(paid == 1 && !acts.contains(&"refund.booked"), "said once: {acts:?}");
        let owed = joined.claim.unwrap();
        assert_eq!(owed.number, Some(id.to_string()));
        assert_eq!((&*owed.payer, &*owed.policy), ("bank", "bank-pays"));
        assert!(owed.paid_at.is_some());
        assert_eq!(own.claim.unwrap().number, None, "its own");
    }
}

#[tokio::test]
async fn a_refusal_stands_with_its_evidence_and_without_what_staff_typed_of_a_paper() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (_, case) = robbed(&mut world).await;
    let key = debit(&world).await.key();
    world.bank.open_claim(&world.ctx(), aoki(), case, &[key]).await.unwrap();
    act(&world, aoki(), case, Act::Investigate).await;
    let asked = act(&world, aoki(), case, paper()).await.unwrap();
    world.bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();

    let person = pack(&world, case, Reader::Person).await;

    assert_eq!(acts(&person), ["claim.opened", "claim.refused"]);
    assert_eq!(said(&person, "claim.refused", "evidence"), "found");
    let refused = person.claim.as_ref().unwrap().refused.clone().unwrap();
    assert_eq!((&*refused.evidence, refused.reference), (Evidence::Found.name(), None));
    assert!(!serde_json::to_string(&person).unwrap().contains("東京地裁"));
}

#[tokio::test]
async fn each_message_has_its_way_its_recipient_covered_and_its_words_without_the_code() {
    let mut world = World::new().await;
    let (_, case) = robbed(&mut world).await;

    let pack = pack(&world, case, Reader::Police).await;

    let told = pack.told.iter().find(|told| told.kind == "debited").unwrap_or_else(|| {
        panic!("{:?}", pack.told.iter().map(|told| &told.kind).collect::<Vec<_>>())
    });
    let words = told.words.as_ref().unwrap();
    assert!(told.to.as_ref().unwrap().contains("•••"), "{told:?}");
    assert!(words.body.contains("¥5,001") && words.body.contains("●●●●"), "{words:?}");
    assert_eq!((&*told.state, told.tries), ("due", 0));
    let file = serde_json::to_string(&pack).unwrap();
    for due in world.bank.due_messages(&world.ctx()).await.unwrap() {
        assert!(!file.contains(&due.contact.to), "{}", due.contact.to);
        for name in ["stop_code", "code"] {
            let code = due.content.values.get(name);
            assert!(code.is_none_or(|code| !file.contains(code)), "{name}");
        }
    }
}
