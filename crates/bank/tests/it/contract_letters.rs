//! Letters about contracts made elsewhere: in waves, one per person, never doubled, never with a link.

use kanuki_bank::{
    BankError,
    channel::{LetterOutcome, ReportId},
    contract::{
        Kind, Mail, Standing,
        letter::{ContractLetter, PER_DAY_MAX},
    },
    outgoing::Outgoing,
};
use kanuki_desk::outbox::Channel;
use kanuki_domain::id::StaffId;

use crate::{
    contracts::{OTHER, OURS, TOME, all, list, take},
    core_system::Fault,
    world::World,
};

/// Nobody's account.
const NOBODY: &str = "W-4,0000099999,ベツノウオレツト,001,1,9000009,,active,\n";

async fn world() -> (World, StaffId) {
    let world = World::new().await;
    let text = list(Kind::WebKofuri, "2026-11-01", &[OURS, OTHER, TOME, NOBODY]);
    take(&world, &text).await.unwrap();
    (world, StaffId::derive(&["aoki"]))
}

async fn letters(world: &World) -> Vec<Outgoing> {
    world.bank.due_messages(&world.ctx()).await.unwrap()
}

#[tokio::test]
async fn nothing_is_written_before_somebody_starts_and_never_more_than_a_day_allows() {
    let (mut world, aoki) = world().await;
    assert_eq!(world.bank.write_contract_letters(&world.ctx()).await.unwrap(), 0);
    for per_day in [0, PER_DAY_MAX + 1] {
        let refused = world.bank.start_mailing(&world.ctx(), aoki, per_day).await;
        assert!(matches!(refused, Err(BankError::Amounts)));
    }

    world.bank.start_mailing(&world.ctx(), aoki, 1).await.unwrap();
    world.bank.write_contract_letters(&world.ctx()).await.unwrap();
    world.bank.write_contract_letters(&world.ctx()).await.unwrap();
    assert_eq!(letters(&world).await.len(), 1);
    world.bank.pause_mailing(&world.ctx(), aoki).await.unwrap();
    world.wait(86_400);
    world.bank.write_contract_letters(&world.ctx()).await.unwrap();
    assert_eq!(letters(&world).await.len(), 1);
    world.bank.start_mailing(&world.ctx(), aoki, 1).await.unwrap();
    world.bank.write_contract_letters(&world.ctx()).await.unwrap();

    let progress = world.bank.count_contracts(&world.ctx()).await.unwrap();
    assert_eq!(letters(&world).await.len(), 2);
    assert_eq!((progress.written, progress.silent), (3, 3));
    assert_eq!(progress.no_address + progress.waiting, 1);
}

/// The letter in whose envelope's window this name stands.
async fn named<'a>(world: &World, letters: &'a [Outgoing], name: &str) -> &'a Outgoing {
    for letter in letters {
        let person = world.bank.envelope(&letter.person_id).await.unwrap();
        if person.as_deref() == Some(name) {
            return letter;
        }
    }
    panic!("no letter to {name}");
}

#[tokio::test]
async fn one_person_gets_one_letter_with_all_contracts_a_stop_code_and_no_link() {
    let (world, aoki) = world().await;
    world.bank.start_mailing(&world.ctx(), aoki, 100).await.unwrap();
    world.bank.write_contract_letters(&world.ctx()).await.unwrap();
    world.bank.write_contract_letters(&world.ctx()).await.unwrap();

    let letters = letters(&world).await;
    assert_eq!(letters.len(), 2);
    assert!(letters.iter().all(|letter| letter.contact.channel == Channel::Post));
    let hanako = named(&world, &letters, "山田 花子").await;
    let lines = &hanako.content.values["contracts"];
    assert!(lines.contains("カンヌキ") && lines.contains("ベツノ"), "{lines}");
    assert!(hanako.content.values.values().all(|value| !value.contains("http")));
    let nobody = all(&world).await.into_iter().find(|c| c.account_mask == "***0009").unwrap();
    assert!(matches!(nobody.mail, Some(Mail::NoAddress { .. })));

    // The code on paper stops everything in the letter, without any sign-in, and opens a case.
    let code = hanako.content.values["stop_code"].clone();
    world.bank.preview_stop(&world.ctx(), &code).await.unwrap();
    let case = world.bank.stop(&world.ctx(), &code).await.unwrap();
    assert_eq!(world.bank.stop(&world.ctx(), &code).await.unwrap(), case);
    let stopped =
        all(&world).await.iter().filter(|c| matches!(c.standing, Standing::Stopped { .. })).count();
    assert_eq!(stopped, 2);
    let progress = world.bank.count_contracts(&world.ctx()).await.unwrap();
    assert_eq!((progress.written, progress.stopped, progress.silent), (3, 2, 1));
}

#[tokio::test]
async fn a_letter_that_comes_back_is_noted_and_loosens_nothing() {
    let (world, aoki) = world().await;
    world.bank.start_mailing(&world.ctx(), aoki, 100).await.unwrap();
    world.bank.write_contract_letters(&world.ctx()).await.unwrap();
    let written = world.bank.book.scan::<ContractLetter>("").await.unwrap();
    let one = written.iter().find(|letter| letter.contracts.len() == 1).unwrap();

    let wrong = world.bank.letter_returned(&world.ctx(), aoki, "0000000000").await;
    let typed = one.reference.to_uppercase();
    world.bank.letter_returned(&world.ctx(), aoki, &typed).await.unwrap();
    world.bank.letter_returned(&world.ctx(), aoki, &typed).await.unwrap();

    assert!(matches!(wrong, Err(BankError::NotAvailable)));
    let progress = world.bank.count_contracts(&world.ctx()).await.unwrap();
    assert_eq!((progress.returned, progress.silent), (1, 2));

    // The letter house reports the other one, by the message that it was handed.
    let other = written.iter().find(|letter| letter.contracts.len() == 2).unwrap();
    let message_id = other.message_id.unwrap();
    let back = LetterOutcome::Undeliverable;
    for (report, outcome) in [("1", LetterOutcome::Posted), ("2", back), ("2", back)] {
        let report = ReportId::try_from(report.to_owned()).unwrap();
        let said = (message_id, outcome);
        assert!(world.bank.report_letter(&world.ctx(), &report, said).await.unwrap());
    }
    let progress = world.bank.count_contracts(&world.ctx()).await.unwrap();
    assert_eq!((progress.returned, progress.silent), (3, 0));
    assert!(all(&world).await.iter().all(|c| c.standing == Standing::Listed));
}

#[tokio::test]
async fn who_has_linked_anew_or_said_mine_is_not_written_to() {
    let (mut world, aoki) = world().await;
    world.linked().await;
    world.core.0.lock().unwrap().faults = vec![Fault::None];
    let mine = all(&world).await.into_iter().find(|c| c.collector_code == "0000099999").unwrap();
    let holder =
        world.bank.book.scan::<kanuki_bank::holder::Holder>("").await.unwrap()[0].holder_id;
    for contract in world.bank.contracts_of(holder).await.unwrap() {
        if contract.standing.is_open() {
            world.bank.keep_contract(&world.ctx(), holder, contract.contract_id).await.unwrap();
        }
    }
    let before = letters(&world).await.len();
    world.bank.start_mailing(&world.ctx(), aoki, 100).await.unwrap();
    world.bank.write_contract_letters(&world.ctx()).await.unwrap();

    assert_eq!(letters(&world).await.len(), before + 1, "only Tome is asked");
    assert!(mine.standing.is_open());
    let progress = world.bank.count_contracts(&world.ctx()).await.unwrap();
    assert_eq!((progress.replaced, progress.kept, progress.silent), (1, 1, 1));
}
