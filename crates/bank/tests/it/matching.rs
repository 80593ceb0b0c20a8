//! Is the wallet's customer the bank's? Ordinary people, name twins, and what is kept of it.

use std::sync::Arc;

use jiff::civil::date;
use kanuki_bank::{
    BankError, CoreCustomer,
    link::matching::{FieldMatch, compare},
};
use kanuki_desk::case::{Case, CaseKind};
use kanuki_domain::{
    Masked,
    id::{CaseId, StaffId},
    person::{Compared, Facts, Field, RuleFired, same_person_by},
};
use kanuki_risk::{Engine, Policy};
use kanuki_wire::ErrorCode;

use crate::world::{CLIENT, World, facts};

const HERE: &str = "東京都千代田区千代田1-1";

/// Somebody as one side knows them: name (empty: not held), kana, address (empty: not held).
type Known = (&'static str, &'static str, &'static str);

fn wallets((name, kana, address): Known) -> Facts {
    Facts {
        name: Masked::new(name.to_owned()),
        declared_kana: Masked::new(kana.to_owned()),
        address: Masked::new(address.to_owned()),
        ..facts()
    }
}

fn banks((name, kana, address): Known) -> CoreCustomer {
    let held = |text: &str| (!text.is_empty()).then(|| Masked::new(text.to_owned()));
    CoreCustomer {
        customer_no: "c1".to_owned(),
        name: held(name),
        kana: Masked::new(kana.to_owned()),
        born_on: Some(Masked::new(date(1955, 3, 3))),
        address: held(address),
        phone: None,
        email: None,
        on_file: kanuki_bank::core::OnFile::default(),
        accounts: Vec::new(),
    }
}

#[test]
fn ordinary_people_are_themselves() {
    let table: [(Known, Known, &str); 10] = [
        (("髙橋　誠", "タカハシ マコト", HERE), ("高橋 誠", "ﾀｶﾊｼ ﾏｺﾄ", ""), "name"),
        (("渡邉 徳子", "ワタナベ ノリコ", HERE), ("渡辺徳子", "ﾜﾀﾅﾍﾞ ﾉﾘｺ", HERE), "name"),
        (("大野 優子", "オオノ ユウコ", HERE), ("", "ｵ-ﾉ ﾕ-ｺ", HERE), "kana-and-address"),
        (
            ("山田 京子", "ヤマダ キョウコ", HERE),
            ("", "ﾔﾏﾀﾞ ｷﾖｳｺ", "千代田区千代田１丁目１"),
            "kana-and-address",
        ),
        // Foreign residents: Latin on the card, whatever the bank's terminal could write at the
        // bank.
        (("SMITH JOHN", "ジョン スミス", HERE), ("JOHN SMITH", "ｼﾞﾖﾝ ｽﾐｽ", ""), "name"),
        (
            ("SMITH JOHN", "ジョン スミス", HERE),
            ("ジョン スミス", "ｽﾐｽ ｼﾞﾖﾝ", HERE),
            "kana-and-address",
        ),
        (
            ("SMITH JOHN ALEXANDER", "ジョン スミス", HERE),
            ("SMITH JOHN", "ｼﾞﾖﾝ ｽﾐｽ", HERE),
            "name-and-address",
        ),
        (
            ("MÜLLER JÜRGEN", "ユルゲン ミュラー", HERE),
            ("MUELLER JUERGEN", "ﾐﾕﾗ- ﾕﾙｹﾞﾝ", ""),
            "name",
        ),
        (
            ("KIM MINJUN", "カネダ イチロウ", HERE),
            ("金田 一郎", "ｶﾈﾀﾞ ｲﾁﾛｳ", HERE),
            "kana-and-address",
        ),
        (
            ("FERNANDES MARIA", "アレクサンドラ マリア フェルナンデス ダ シルバ サントス", HERE),
            ("", "ｱﾚｸｻﾝﾄﾞﾗ ﾏﾘｱ ﾌｴﾙﾅﾝﾃﾞｽ ﾀﾞ ｼﾙﾊﾞ", HERE),
            "kana-and-address",
        ),
    ];
    for (wallet, bank, way) in table {
        let found = compare(&wallets(wallet), &banks(bank));
        assert_eq!(same_person_by(&found), Some(way), "{wallet:?} {bank:?} {found:?}");
    }
}

/// The name twin: a genuine wallet of somebody whose declared kana and birth date are the
/// victim's.
#[test]
fn a_name_twin_is_somebody_else() {
    let there = "大阪府堺市堺区南瓦町3-1";
    let table: [(Known, Known); 7] = [
        // A card in kana is not that of somebody who is held in kanji.
        (("ヤマダ ハナコ", "ヤマダ ハナコ", HERE), ("山田 花子", "ﾔﾏﾀﾞ ﾊﾅｺ", HERE)),
        (("山田 華子", "ヤマダ ハナコ", HERE), ("山田 花子", "ﾔﾏﾀﾞ ﾊﾅｺ", HERE)),
        (("山田 華子", "ヤマダ ハナコ", there), ("山田 花子", "ﾔﾏﾀﾞ ﾊﾅｺ", HERE)),
        (("山田 花子", "ヤマダ ハナコ", there), ("山田 花子", "ﾔﾏﾀﾞ ﾊﾅｺ", HERE)),
        // The bank holds no kanji, or no address.
        (("山田 華子", "ヤマダ ハナコ", there), ("", "ﾔﾏﾀﾞ ﾊﾅｺ", HERE)),
        (("山田 華子", "ヤマダ ハナコ", HERE), ("", "ﾔﾏﾀﾞ ﾊﾅｺ", "")),
        (("SMITH JOHN ALEXANDER", "ジョン スミス", HERE), ("SMITH JOHN", "ｼﾞﾖﾝ ｽﾐｽ", "")),
    ];
    for (wallet, bank) in table {
        let found = compare(&wallets(wallet), &banks(bank));
        assert_eq!(same_person_by(&found), None, "{wallet:?} {bank:?} {found:?}");
    }
}

#[test]
fn another_birth_date_or_none_is_no_match() {
    let mut bank = banks(("山田 花子", "ﾔﾏﾀﾞ ﾊﾅｺ", HERE));
    assert!(same_person_by(&compare(&facts(), &bank)).is_some());
    bank.born_on = Some(Masked::new(date(1955, 3, 4)));
    assert_eq!(same_person_by(&compare(&facts(), &bank)), None);
    bank.born_on = None;
    assert_eq!(same_person_by(&compare(&facts(), &bank)), None);
}

/// What is left away would be compared with nothing, and the rest would do.
#[tokio::test]
async fn facts_without_a_name_or_an_address_are_not_taken() {
    let world = World::new().await;
    let blank = || Masked::new("　".to_owned());
    for facts in [Facts { name: blank(), ..facts() }, Facts { address: blank(), ..facts() }] {
        let refused = world.push(facts).await.unwrap_err();
        let BankError::OAuth(refused) = refused else { panic!("{refused:?}") };
        assert_eq!(refused.code, ErrorCode::InvalidAuthorizationDetails);
    }
}

#[tokio::test]
async fn what_was_compared_is_kept_for_staff_with_a_case() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey("9000001").await;
    let spaced = Facts { name: Masked::new("山田花子".to_owned()), ..facts() };
    let (request_uri, _) = world.push(spaced).await.unwrap();
    world.consent(&request_uri, "9000001").await.unwrap();
    let twin = Facts { name: Masked::new("山田 華子".to_owned()), ..facts() };
    let (request_uri, _) = world.push(twin).await.unwrap();
    let refused = world.consent(&request_uri, "9000001").await;

    assert!(matches!(refused, Err(BankError::NotTheSamePerson)), "{refused:?}");
    let (staff, case) = (StaffId::derive(&["aoki"]), CaseId::derive(&["case"]));
    let kept = world.bank.field_matches(&world.ctx(), (staff, case), holder).await.unwrap();
    let by_verdict = |is_match: bool| kept.iter().find(|(m, _)| m.way.is_some() == is_match);
    let (linked, fields) = by_verdict(true).unwrap();
    assert!(linked.mandate_id.is_some());
    assert_eq!(linked.consented_at, Some(world.now));
    let name = &fields.iter().find(|(field, _)| *field == Field::Name).unwrap().1;
    assert_eq!(name.compared, Compared::Near);
    assert!(name.rules.contains(&RuleFired::Spacing));
    let (_, fields) = by_verdict(false).unwrap();
    assert_eq!(fields[0].1.compared, Compared::Different);
    let rows = world.bank.book.list::<FieldMatch>("holder_id", &holder.to_string()).await.unwrap();
    let text = serde_json::to_string(&rows.iter().map(|r| &**r).collect::<Vec<_>>()).unwrap();
    assert!(!text.contains("Spacing") && !text.contains("spacing"), "sealed: {text}");
    let log = world.bank.book.records().audit_log(0, 1_000).await.unwrap();
    let looked = log.iter().filter(|e| e.body.contains("field_match.read")).count();
    assert_eq!(looked, 1, "looking is noted with the case");
}

/// The world with rules that trip at once.
async fn touchy(limits: &[&str]) -> World {
    let mut world = World::new().await;
    let mut text = Policy::bank_text().to_owned();
    for limit in limits {
        let (start, _) = limit.rsplit_once(' ').unwrap();
        assert!(text.contains(limit), "{limit}");
        // What counts itself is never none.
        let least = u8::from(start.starts_with("count of"));
        text = text.replace(limit, &format!("{start} {least}"));
    }
    world.bank.risk = Arc::new(Engine::new(Policy::parse(&text).unwrap()));
    world
}

/// The limits at which a partner is throttled, and at which a throttled one is refused.
const THROTTLES: [&str; 2] = [
    "distinct person of partner_mismatch per partner within 1h > 20",
    "count of link_compared per partner within 1h > 10",
];

#[tokio::test]
async fn a_partner_whose_customers_mismatch_is_throttled_and_a_case_is_open() {
    let mut world = touchy(&THROTTLES).await;
    world.holder_with_passkey("9000001").await;
    let twin = Facts { name: Masked::new("山田 華子".to_owned()), ..facts() };
    let (request_uri, _) = world.push(twin).await.unwrap();
    assert!(world.consent(&request_uri, "9000001").await.is_err());

    let (request_uri, _) = world.push(facts()).await.unwrap();
    world.consent(&request_uri, "9000001").await.unwrap();
    let (request_uri, _) = world.push(facts()).await.unwrap();
    let held = world.consent(&request_uri, "9000001").await;
    assert!(matches!(held, Err(BankError::Paused)), "one more within the hour: {held:?}");
    let breaker = world.bank.breaker(&format!("partner|{CLIENT}")).await.unwrap();
    let case = world.bank.book.load::<Case>(breaker.case_id).await.unwrap();
    assert_eq!(case.kind, CaseKind::PartnerMismatch);

    world.wait(3_601);
    let (request_uri, _) = world.push(facts()).await.unwrap();
    world.consent(&request_uri, "9000001").await.unwrap();
}
