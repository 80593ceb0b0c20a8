//! A model's score at the desk: on the page of the case that it opened, in words, and nowhere else.

use std::sync::Arc;

use kanuki_desk::{
    case::{Case, CaseKind},
    rule,
};
use kanuki_domain::Yen;
use kanuki_record::Unit;
use kanuki_risk::{
    Engine, Key, Kind, Signal,
    model::{Growth, Leaning, Model, Samples},
};

use crate::{browser::Browser, world::World};

pub(crate) const ONE_TREE: Growth = Growth {
    trees: 1,
    depth: 1,
    rate: 1.0,
    l2: 1.0,
    weight_min: 1.0,
    rows: 1.0,
    columns: 1.0,
    seed: 1,
};

/// One question: whether the amount is above 20,000.
pub(crate) fn model() -> Arc<Model> {
    let names = ["amount", "count of debit per account within 1h"].map(str::to_owned).to_vec();
    let mut samples = Samples::new(names);
    for step in 0..400_u16 {
        let amount = step * 100;
        samples.add(&[amount.into(), (step % 4).into()], amount > 20_000);
    }
    let mut model = samples.grow(&ONE_TREE, &[Leaning::Up]);
    model.describe("a test", "2026-11-01", 7);
    model.grown_on("debit");
    Arc::new(model)
}

/// Puts rules that look at the score of `model` in force.
pub(crate) fn obey(engine: &Engine, model: &Arc<Model>) {
    let version = model.version().unwrap();
    let text = format!(
        "policy \"bank\" version \"tried\"\nbaseline approve\nmodel \"{version}\"\n
         rule often on debit when count of debit per account within 1h > 3 then challenge as often
         rule high on debit when score > 500 and amount > ¥30,000
           then decline as high tell desk\n"
    );
    let policy = kanuki_risk::Policy::parse_with(&text, std::slice::from_ref(model));
    engine.reload(policy.unwrap_or_else(|wrong| panic!("{}", wrong.render("t", &text))));
}

/// A debit that the rule above declines, and the case that it opens.
pub(crate) async fn declined(world: &World, account: &str) -> Case {
    let (bank, moment) = (&world.state.bank, world.state.site.world.moment(""));
    let ctx = moment.ctx();
    let signal = Signal::new(Kind::Debit, ctx.now, vec![Key::Account(account.to_owned())])
        .with_amount(Yen::new(35_000).unwrap());
    let decision = bank.risk.decide(&signal);
    let mut unit = Unit::new();
    let record = bank.risk.record(&signal, &decision);
    rule::tell_desk(&bank.book, &ctx, &mut unit, Some(&record)).await.unwrap();
    bank.book.commit(unit).await.unwrap();
    bank.book.find_by::<Case>("about", "rule|high").await.unwrap().unwrap().into_inner()
}

#[tokio::test]
async fn the_page_of_a_case_says_what_moved_the_score_in_words() {
    let world = World::new().await;
    obey(&world.state.bank.risk, &model());
    let case = declined(&world, "acc_1").await;
    let mut aoki = Browser::new(11);
    let address = format!("/desk/cases/{}", case.case_id);
    let refused = aoki.get(&world, &address).await;
    assert_eq!(refused.status, 303, "nobody who is not at the desk reads it");
    aoki.enter_desk(&world, "STAFFAOKI").await;

    let page = aoki.get(&world, &address).await.body;
    for words in ["モデルのスコア", "<code>amount</code>", "金額", "¥35,000", "不正の側へ", "100%"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("関連する案件"), "there is none");
    let moment = world.state.site.world.moment("");
    let not_me =
        |about| Case::open(&moment.ctx(), CaseKind::NotMe, about, Some("hol_1".to_owned()));
    let (first, second) = (not_me("man_1"), not_me("man_2"));
    let mut unit = Unit::new();
    unit.insert(&first).insert(&second);
    world.state.bank.book.commit(unit).await.unwrap();
    let page = aoki.get(&world, &format!("/desk/cases/{}", first.case_id)).await.body;
    assert!(page.contains("関連する案件") && page.contains("同じ人"), "{page}");
    assert!(page.contains(&format!("/desk/cases/{}\"", second.case_id)), "{page}");
    assert!(!page.contains(&case.case_id.to_string()), "another matter's");
    // What leaves the desk is made of the case, and the case knows nothing of it.
    let kept = serde_json::to_string(&case).unwrap();
    assert!(!kept.contains("said") && !kept.contains("amount"), "{kept}");
}
