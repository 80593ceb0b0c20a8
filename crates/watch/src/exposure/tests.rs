use super::{
    Answer::{
        self, CardNo, LinksNone, LinksSome, LockOn, OnlineBound, OnlineNone, OnlinePassword,
        OverdraftNo, OverdraftYes, PinOwn, SeenTold, WhoseParent,
    },
    *,
};

fn account(answers: &[Answer]) -> Account {
    answers.iter().fold(Account::default(), |account, answer| account.with(*answer))
}

const KEPT_WELL: [Answer; 7] =
    [OnlineNone, OverdraftNo, LinksNone, LockOn, PinOwn, SeenTold, Answer::CardYes];

#[test]
fn who_uses_no_wallet_and_no_online_banking_is_exposed_as_in_2020() {
    let mother = account(&[WhoseParent, OnlineNone, LinksNone, OverdraftYes]);
    let mother = Account { balance: Some(Yen::ZERO), room: Some(Yen::of(170_000)), ..mother };

    let exposed = mother.exposed();

    assert_eq!(exposed.reach, Reach::Exactly(Yen::of(170_000)));
    assert_eq!(exposed.below_zero, Reach::Exactly(Yen::of(170_000)));
    assert_eq!(exposed.ways, [Way::NewLink, Way::CardTaken, Way::SentThemselves]);
    assert_eq!(exposed.ways.first().unwrap().needs(), Needs::Nothing);
    for step in [Step::StopOverdraft, Step::LockLinks, Step::LookNow, Step::LookTogether] {
        assert!(exposed.steps.contains(&step), "{step:?}");
    }
}

#[test]
fn each_answer_opens_or_closes_its_ways() {
    let table: &[(&[Answer], &[Way])] = &[
        (&KEPT_WELL, &[Way::CardTaken, Way::SentThemselves]),
        (&[CardNo, OnlineNone, LinksNone], &[Way::SentThemselves]),
        (&[CardNo, OnlineNone, LinksSome], &[Way::OldLink, Way::SentThemselves]),
        (&[CardNo, OnlineBound, LinksNone], &[Way::Approved, Way::SentThemselves]),
        (&[CardNo, OnlinePassword, LinksNone], &[Way::Phished, Way::SentThemselves]),
        (&[LockOn, OnlineNone, LinksNone], &[Way::CardTaken, Way::SentThemselves]),
        (&[], &[Way::NewLink, Way::OldLink, Way::Phished, Way::CardTaken, Way::SentThemselves]),
    ];
    for (answers, ways) in table {
        assert_eq!(account(answers).exposed().ways, *ways, "{answers:?}");
    }
}

#[test]
fn what_nobody_knows_counts_as_the_worse() {
    for question in Question::ALL {
        let unanswered = account(&[]).exposed();
        for answer in question.answers() {
            let answered = account(&[*answer]).exposed();
            let is_milder = answered.ways.iter().all(|way| unanswered.ways.contains(way));
            // Knowing that an app shows payee and amount only trades one way for a harder one.
            assert!(is_milder || *answer == OnlineBound, "{answer:?}");
        }
    }
}

#[test]
fn money_is_what_is_there_and_what_the_bank_lends() {
    let amounts = |balance, room, answer| {
        let exposed = Account { balance, room, ..account(&[answer]) }.exposed();
        assert_eq!(exposed.reach, exposed.balance.plus(exposed.below_zero));
        (exposed.reach, exposed.below_zero)
    };
    let (some, more) = (Some(Yen::of(50_000)), Some(Yen::of(300_000)));
    let (exactly, at_least) =
        (|yen| Reach::Exactly(Yen::of(yen)), |yen| Reach::AtLeast(Yen::of(yen)));

    assert_eq!(amounts(some, more, OverdraftYes), (exactly(350_000), exactly(300_000)));
    assert_eq!(amounts(some, more, OverdraftNo), (exactly(50_000), exactly(0)));
    assert_eq!(amounts(some, None, OverdraftYes), (at_least(50_000), Reach::Unknown));
    assert_eq!(amounts(some, None, Answer::OverdraftUnknown), (at_least(50_000), Reach::Unknown));
    assert_eq!(amounts(None, more, OverdraftYes), (at_least(300_000), exactly(300_000)));
    let most = amounts(Some(Yen::MAX), Some(Yen::MAX), OverdraftYes).0;
    assert_eq!(most, Reach::Exactly(Yen::MAX));
}

/// "¥0 or more" is no answer.
#[test]
fn where_nothing_is_known_there_is_no_amount() {
    let account = |balance, room, answer| Account { balance, room, ..account(&[answer]) };
    let empty = account(Some(Yen::ZERO), None, OverdraftNo);
    let lent = account(Some(Yen::ZERO), None, OverdraftYes);
    let unknown = account(None, None, OverdraftNo);
    let rich = account(Some(Yen::of(1)), None, OverdraftNo);
    let all = |accounts: &[&Account]| {
        Exposure::of(&accounts.iter().copied().cloned().collect::<Vec<_>>()).reach
    };

    assert!(all(&[&empty]).is_nothing() && all(&[]).is_nothing());
    assert_eq!(all(&[&lent]), Reach::Unknown, "nothing is there, and nobody knows what is lent");
    assert_eq!(all(&[&unknown]), Reach::Unknown);
    assert_eq!(all(&[&empty, &unknown, &lent]), Reach::Unknown);
    assert_eq!(all(&[&unknown, &rich]), Reach::AtLeast(Yen::of(1)));
    assert!(!Reach::Unknown.is_nothing() && Reach::Unknown.known().is_zero());
}

#[test]
fn only_an_account_that_nobody_can_reach_alone_is_called_safer() {
    assert!(account(&KEPT_WELL).exposed().is_safer);
    for worse in [
        Answer::LockOff,
        LinksSome,
        Answer::LinksUnknown,
        OverdraftYes,
        Answer::OverdraftUnknown,
        OnlinePassword,
        Answer::OnlineUnknown,
    ] {
        assert!(!account(&KEPT_WELL).with(worse).exposed().is_safer, "{worse:?}");
    }
}

#[test]
fn the_whole_household_is_added_up_and_each_step_names_its_accounts() {
    let mine = Account { balance: Some(Yen::of(1_000)), ..account(&KEPT_WELL) };
    let hers = Account { balance: Some(Yen::of(2_000)), ..account(&[WhoseParent]) };

    let exposure = Exposure::of(&[mine, hers]);

    assert_eq!(exposure.reach, Reach::AtLeast(Yen::of(2_000)), "not what is kept well");
    assert_eq!(exposure.safer, Some(Reach::Exactly(Yen::of(1_000))));
    assert_eq!(exposure.steps.first().unwrap(), &(Step::LookNow, vec![1]));
    assert_eq!(exposure.steps.last().unwrap(), &(Step::TellNobody, vec![0, 1]));
    assert!(exposure.steps.is_sorted_by_key(|(step, _)| *step));
    assert!(Exposure::of(&[]).steps.is_empty());
}

#[test]
fn every_short_name_is_read_back_and_every_answer_belongs_to_one_question() {
    for question in Question::ALL {
        for answer in question.answers() {
            assert_eq!(Answer::parse(answer.id()), Some(*answer));
            assert_eq!(answer.question(), *question);
            assert!(answer.id().starts_with(&format!("{}-", question.id())), "{answer:?}");
        }
    }
    assert_eq!(Answer::parse("card-maybe"), None);
}
