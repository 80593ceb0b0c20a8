//! What would leave by mail, SMS or post lands in the demo's inbox.

use std::sync::Arc;

use async_trait::async_trait;
use kanuki_demo::{
    inbox::{self, DemoInbox, Message},
    people::PEOPLE,
};
use kanuki_site::{
    Clock,
    courier::{Channel, Courier, CourierError, Letter},
};

/// Delivers into an inbox.
pub(crate) struct InboxCourier {
    pub(crate) inbox: DemoInbox,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Whose address it is, for the inbox's filter: the demo knows its people.
fn owner(to: &str) -> Option<&'static str> {
    let digits: String = to.chars().filter(char::is_ascii_digit).collect();
    let is_theirs = |p: &&kanuki_demo::people::Person| {
        p.email == to || p.address == to || (!digits.is_empty() && p.phone == digits)
    };
    PEOPLE.iter().find(is_theirs).map(|person| person.name)
}

#[async_trait]
impl Courier for InboxCourier {
    async fn deliver(&self, letter: Letter) -> Result<(), CourierError> {
        let person = owner(&letter.to).map_or(letter.person, ToOwned::to_owned);
        self.inbox.deliver(Message {
            channel: match letter.channel {
                Channel::Mail => inbox::Channel::Mail,
                Channel::Sms => inbox::Channel::Sms,
                Channel::Post => inbox::Channel::Post,
            },
            person: if person.is_empty() { letter.to.clone() } else { person },
            to: letter.to,
            subject: letter.subject,
            body: letter.body,
            at: self.clock.now(),
        });
        Ok(())
    }
}
