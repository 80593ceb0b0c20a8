//! What would leave by mail, SMS or post lands in the demo's inbox; what is pushed is pushed, and lands there too.

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
use kanuki_wire::{place::origin, push::Subscription};

use crate::push::WebPush;

/// Delivers into an inbox.
pub(crate) struct InboxCourier {
    pub(crate) inbox: DemoInbox,
    pub(crate) push: Option<WebPush>,
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

/// The push service's name, for the inbox: the whole address is the browser's secret.
fn service(to: &str) -> String {
    let endpoint = Subscription::from_text(to).ok().and_then(|to| origin(to.endpoint()));
    endpoint.unwrap_or_default()
}

#[async_trait]
impl Courier for InboxCourier {
    async fn deliver(&self, letter: Letter) -> Result<(), CourierError> {
        let mut letter = letter;
        if letter.channel == Channel::Push {
            let nobody = CourierError::Refused { code: None };
            self.push.as_ref().ok_or(nobody)?.deliver(&letter).await?;
            letter.to = service(&letter.to);
        }
        let person = owner(&letter.to).map_or(letter.person, ToOwned::to_owned);
        self.inbox.deliver(Message {
            channel: match letter.channel {
                Channel::Mail => inbox::Channel::Mail,
                Channel::Sms => inbox::Channel::Sms,
                Channel::Post => inbox::Channel::Post,
                Channel::Push => inbox::Channel::Push,
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
