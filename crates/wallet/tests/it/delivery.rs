//! A notice that reaches a customer in no way that they gave goes to the address on their card.

use kanuki_desk::{
    case::{Case, CaseKind},
    outbox::{Channel, Message},
};
use kanuki_domain::delivery::{Said, Tried};

use crate::world::{Person, World};

const GONE: Tried = Tried { said: Said::Refused, code: Some(550) };

impl World {
    /// Every message that is due ends like this, but letters, which are taken; how many there were by each way.
    async fn end_all(&self, end: Tried) -> Vec<Channel> {
        let mut by = Vec::new();
        for due in self.wallet.due_messages(&self.ctx()).await.unwrap() {
            let channel = due.contact.channel;
            let end = if channel == Channel::Post { Tried::TAKEN } else { end };
            self.wallet.note_message(&self.ctx(), due, end).await.unwrap();
            by.push(channel);
        }
        by.sort_unstable();
        by
    }

    async fn unreached(&self, person: &Person) -> Vec<Case> {
        let about = format!("unreached|{}", person.id);
        let cases = self.wallet.book.list::<Case>("about", &about).await.unwrap();
        let cases = cases.into_iter().map(kanuki_record::Stored::into_inner);
        cases.filter(|case| case.kind == CaseKind::Unreached).collect()
    }
}

#[tokio::test]
async fn a_proven_customer_is_written_to_and_an_unproven_one_becomes_a_case() {
    let world = World::new().await;
    let (hanako, taro) = (world.open("hanako").await, world.open("taro").await);
    world.prove(&hanako, &World::card("hanako", 1)).await.unwrap();
    world.end_all(Tried::TAKEN).await;
    world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    world.wallet.freeze(&world.ctx(), taro.id).await.unwrap();

    let first = world.end_all(GONE).await;
    let second = world.end_all(GONE).await;

    assert_eq!(first, [Channel::Mail, Channel::Mail, Channel::Sms, Channel::Sms]);
    assert_eq!(second, [Channel::Post], "hers");
    assert_eq!(world.unreached(&hanako).await.len(), 0);
    assert_eq!(world.unreached(&taro).await.len(), 1, "nobody knows where he lives");
    assert_eq!(world.end_all(GONE).await, []);
}

#[tokio::test]
async fn a_second_notice_that_arrives_nowhere_stands_in_the_same_case() {
    let world = World::new().await;
    let taro = world.open("taro").await;
    world.end_all(Tried::TAKEN).await;
    for _ in 0..2 {
        world.wallet.freeze(&world.ctx(), taro.id).await.unwrap();
        world.end_all(GONE).await;
    }

    let cases = world.unreached(&taro).await;
    assert_eq!(cases.len(), 1);
    let given_up = world.wallet.book.list::<Message>("state", "given_up").await.unwrap();
    assert_eq!(given_up.len(), cases[0].steps.len() * 2, "mail and SMS of each");
    assert!(!cases[0].steps.is_empty(), "{:?}", cases[0]);
}
