//! The evidence pack of a claim at the wallet: who paid, whose share it is, what went over the line.

use kanuki_desk::{
    claim::{self, Act},
    outbox::{Channel, Content},
    pack::{Direction, Pack, Reader, Worded, Wording},
};
use kanuki_domain::{
    Yen,
    agreement::{Compensation, Side},
    compensation::{Cause, shipped},
    id::CaseId,
};
use kanuki_record::Unit;
use kanuki_wallet::{PartnerBank, event::Received, pack::Packing};
use kanuki_wire::set::{self, Event, LinkStatus, SecurityEvent};

use crate::{
    claims::{act, aoki, asked, baba},
    loosening::record,
    refunds::robbed,
    world::{BANK_ISSUER, BANK_SET_KEY, WALLET_ISSUER, World, bank_code},
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
    world.wallet.evidence_pack(packing, aoki(), (case, reader), "r").await.unwrap().pack
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
async fn where_this_wallet_pays_the_pack_says_where_to_and_how_the_loss_is_shared() {
    let (world, _, _, topup, case) = robbed().await;
    let asked = asked(&world, case, topup, Cause::Other).await;
    world.wallet.approve(&world.ctx(), baba(), asked).await.unwrap();

    let pack = pack(&world, case, Reader::Police).await;

    assert_eq!(
        acts(&pack),
        [
            "claim.opened",
            "claim.investigating",
            "claim.pay_proposed",
            "claim.pay_agreed",
            "claim.paid",
            "claim.settled",
        ]
    );
    assert_eq!(said(&pack, "claim.paid", "payer"), "wallet");
    assert_eq!(said(&pack, "claim.paid", "amount"), "¥30,000");
    assert_eq!(said(&pack, "claim.settled", "bank"), "¥15,000");
    let owed = pack.claim.unwrap();
    assert_eq!((&*owed.payer, owed.payments.len()), ("wallet", 1));
    assert!(owed.payments[0].account.starts_with("***"), "{:?}", owed.payments);
    assert_eq!(owed.payments[0].movement, pack.movements[0].id, "as the bank names it");
    let sent: Vec<(&str, &str)> =
        pack.signals.iter().map(|one| (one.kind.as_str(), one.status.as_str())).collect();
    assert!(sent.contains(&("debit-disputed", "")) && sent.contains(&("case-shared", "paid")));
}

#[tokio::test]
async fn where_the_bank_paid_this_wallet_books_a_share_and_keeps_what_it_was_told() {
    let (world, hanako, link, _, case) = robbed().await;
    let mut bank = world.wallet.book.load::<PartnerBank>(bank_code()).await.unwrap();
    bank.edit().agreement.compensation = Compensation::default();
    let mut unit = Unit::new();
    unit.update(&bank);
    let told = (case, "9901", Yen::of(30_000));
    claim::told_paid(&world.wallet.book, &world.ctx(), &mut unit, told).await.unwrap();
    world.wallet.book.commit(unit).await.unwrap();
    let mut policy = shipped();
    "bank-pays".clone_into(&mut policy.version);
    policy.split.pays_first = Some(Side::Bank);
    let (read, why) = ((policy, "text"), ("x", Some(record(&world))));
    let live = world.wallet.propose_compensation(&world.ctx(), aoki(), read, why).await.unwrap();
    world.wallet.approve(&world.ctx(), baba(), live).await.unwrap();
    world.wallet.open_claim(&world.ctx(), aoki(), case, &[]).await.unwrap();
    act(&world, case, Act::Investigate).await;
    let asked = act(&world, case, Act::Pay(Cause::Other)).await.unwrap();
    world.wallet.approve(&world.ctx(), baba(), asked).await.unwrap();
    let mandate_id = world.wallet.link_of(hanako.id, link).await.unwrap().mandate_id;
    let event = SecurityEvent {
        jti: "told".to_owned(),
        txn: None,
        subject: "x".to_owned(),
        issued_at: world.ctx().now,
        event: Event::LinkStatusChanged {
            mandate_id,
            status: LinkStatus::Revoked,
            reason: "holder".to_owned(),
        },
    };
    let token = set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &event).unwrap();
    let heard = world.wallet.receive_event(&world.ctx(), &token).await.unwrap();
    assert_eq!(heard, Received::Taken);

    let pack = pack(&world, case, Reader::Police).await;

    let all = acts(&pack);
    assert!(!all.contains(&"claim.paid") && all.ends_with(&["claim.share_booked"]), "{all:?}");
    assert_eq!(said(&pack, "claim.told_paid", "payer"), "bank");
    assert_eq!(said(&pack, "claim.share_booked", "share"), "¥15,000");
    let owed = pack.claim.unwrap();
    assert_eq!((&*owed.payer, &*owed.company, owed.payments.len()), ("bank", "wallet", 0));
    let heard = pack.signals.iter().find(|one| one.direction == Direction::Received).unwrap();
    assert_eq!((&*heard.id, &*heard.status, &*heard.line), ("told", "revoked", "taken"));
    assert_eq!(heard.about, Some(mandate_id.to_string()));
    assert!(heard.acknowledged_at.is_some() && !heard.did.is_empty(), "{heard:?}");
}

/// A report that was joined with a case: its claim is the case's too, for the police and the bank. The
/// customer may be who took the money.
#[tokio::test]
async fn the_pack_of_a_joined_case_carries_the_claim_of_its_matter_and_its_customer_reads_none() {
    let (world, _, _, topup, known) = robbed().await;
    let wallet = &world.wallet;
    let what = ("a@example.jp", "?");
    let id = wallet.report(&world.ctx(), what, None).await.unwrap().case_id;
    wallet.join_report(&world.ctx(), aoki(), (id, known)).await.unwrap();
    let asked = asked(&world, id, topup, Cause::Other).await;
    wallet.approve(&world.ctx(), baba(), asked).await.unwrap();

    for reader in [Reader::Police, Reader::Partner { id: "9901".to_owned() }] {
        let joined = pack(&world, known, reader).await;
        let acts = acts(&joined);
        assert!(acts.contains(&"claim.paid") && !acts.contains(&"refund.booked"), "{acts:?}");
        assert_eq!(joined.claim.unwrap().number, Some(id.to_string()));
    }
    let person = pack(&world, known, Reader::Person).await;
    assert!(person.claim.is_none() && acts(&person).is_empty(), "{:?}", acts(&person));
}
