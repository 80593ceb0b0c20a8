//! Where the demo's mail, SMS, calls and letters end up, instead of with people.
//!
//! Each server has its own inbox, because each company sends its own messages. Codes that a
//! company "posted" are read here.

mod page;
mod store;

use std::{fmt, path::Path, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use page::router;
use store::Store;

/// How many messages an inbox shows and remembers; older ones stay in the file.
pub const MESSAGES_MAX: usize = 2_000;

/// How a message would travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// E-mail.
    Mail,
    /// SMS.
    Sms,
    /// A call by a machine that reads the text out.
    Phone,
    /// A letter (転送不要・本人限定).
    Post,
    /// A few words on the screen of a device.
    Push,
}

/// One message, as plain text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// How it would travel.
    pub channel: Channel,
    /// Where to: a mail address, a telephone number or a postal address.
    pub to: String,
    /// Whose it is, for the filter: a person's name.
    pub person: String,
    /// What it is about.
    pub subject: String,
    /// The text.
    pub body: String,
    /// When it was sent.
    pub at: Timestamp,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names, addresses and codes belong in no log, in the demo neither.
        f.debug_struct("Message")
            .field("channel", &self.channel)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// The messages of one server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct DemoInbox(Arc<Store>);

impl DemoInbox {
    /// An inbox that forgets at the end of the process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self(Arc::new(Store::default()))
    }

    /// An inbox that keeps its messages in `file`, one JSON object a line. A line that was cut
    /// short by a crash is left out.
    pub fn open(file: &Path) -> std::io::Result<Self> {
        Ok(Self(Arc::new(Store::open(file)?)))
    }

    /// Takes a message in. It never refuses: when the file cannot be written, the message is
    /// kept in memory and the failure is logged.
    pub fn deliver(&self, message: Message) {
        self.0.add(message);
    }

    /// The messages of `person`, or everybody's; newest first.
    #[must_use]
    pub fn list(&self, person: Option<&str>) -> Vec<Message> {
        self.0.list(person)
    }

    /// Everybody who has a message, by name.
    #[must_use]
    pub fn people(&self) -> Vec<String> {
        self.0.people()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn message(person: &str, second: i64) -> Message {
        Message {
            channel: Channel::Mail,
            to: "a@example.jp".to_owned(),
            person: person.to_owned(),
            subject: "s".to_owned(),
            body: "line one\nline two".to_owned(),
            at: Timestamp::from_second(second).unwrap(),
        }
    }

    #[test]
    fn newest_comes_first_and_people_are_told_apart() {
        let inbox = DemoInbox::in_memory();
        for (person, second) in [("a", 1), ("b", 2), ("a", 3)] {
            inbox.deliver(message(person, second));
        }

        assert_eq!(inbox.list(Some("a")), [message("a", 3), message("a", 1)]);
        assert_eq!(inbox.list(None).len(), 3);
        assert_eq!(inbox.people(), ["a", "b"]);
    }

    #[test]
    fn messages_survive_a_restart_and_a_cut_line() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("inbox.jsonl");
        DemoInbox::open(&file).unwrap().deliver(message("a", 1));
        let mut cut = std::fs::OpenOptions::new().append(true).open(&file).unwrap();
        cut.write_all(br#"{"channel":"mail","to":"#).unwrap();

        DemoInbox::open(&file).unwrap().deliver(message("a", 2));

        let again = DemoInbox::open(&file).unwrap();
        assert_eq!(again.list(None), [message("a", 2), message("a", 1)]);
    }

    #[test]
    fn memory_is_bounded() {
        let inbox = DemoInbox::in_memory();
        for second in 0..=i64::try_from(MESSAGES_MAX).unwrap() {
            inbox.deliver(message("a", second));
        }

        assert_eq!(inbox.list(None).len(), MESSAGES_MAX);
        assert_eq!(inbox.list(None).last(), Some(&message("a", 1)));
    }
}
