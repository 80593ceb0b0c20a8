//! What is kept of a message after it left: the way, the recipient with the middle covered, and what it
//! said without what opens anything.
//!
//! A message forgets its text when it leaves, because a code in a drawer is a code for whoever opens the
//! drawer. Years later somebody must still be able to show what a person was told. So each row keeps,
//! sealed under the person's key, the values of its text that may be read again: those on a list, and no
//! others. A value that nobody thought of is covered, not kept.

use std::fmt;

use jiff::Timestamp;
use kanuki_domain::{Ctx, Entropy, id::MessageId};
use kanuki_record::{
    RecordError,
    vault::{PersonKey, Sealed, Vault},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::outbox::{Channel, Contact, Content};

/// What stands where a value is not kept.
pub const COVERED: &str = "●●●●";

const PLACE: &str = "message|kept";

/// Values that may be read again: amounts, days, companies, the person's own accounts as notices show
/// them. A name that is not here may be a code, or somebody else's.
const READABLE: [&str; 25] = [
    "account",
    "act",
    "amount",
    "at",
    "bank",
    "case",
    "collector",
    "company",
    "contracts",
    "cooling_until",
    "count",
    "ends_at",
    "linked",
    "locked",
    "month",
    "nickname",
    "numbered",
    "opens_at",
    "partner",
    "ready_at",
    "sum",
    "taken",
    "terms",
    "topic",
    "what",
];

/// Values that are covered, each for a reason: codes open something, and `to`, `from` and `label` name
/// other people.
const CLOSED: [&str; 6] = ["code", "stop_code", "reference", "to", "from", "label"];

/// Whether somebody thought about what a value of this name may tell: for the test of every catalog.
#[must_use]
pub fn is_classified(name: &str) -> bool {
    READABLE.contains(&name) || CLOSED.contains(&name)
}

/// What is kept of one message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The recipient, the middle covered: `t•••@example.jp`. Of a push, the device's name.
    pub to: String,
    /// What it said; what may not be read again is [`COVERED`].
    pub content: Content,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("kind", &self.content.kind).finish_non_exhaustive()
    }
}

impl Kept {
    /// What is kept of a message to `contact` that says `content`.
    #[must_use]
    pub fn of(contact: &Contact, content: &Content) -> Self {
        let mut kept = Content::new(&content.kind);
        for (name, value) in &content.values {
            kept = kept.with(name, if may_be_read(name, value) { value } else { COVERED });
        }
        Self { to: masked(contact), content: kept }
    }

    /// Sealed beside the message with this name. The nonce follows from the name, which no other message
    /// has, so that the row draws no randomness of its own.
    pub(crate) fn seal(
        &self,
        (vault, ctx): (&Vault, &Ctx<'_>),
        person: &PersonKey,
        message_id: MessageId,
    ) -> Result<Sealed, RecordError> {
        let named = Named(message_id);
        let ctx = Ctx { entropy: &named, ..*ctx };
        vault.seal(&ctx, person, PLACE, self)
    }

    /// The inverse.
    pub(crate) fn open(
        vault: &Vault,
        person: &PersonKey,
        sealed: &Sealed,
    ) -> Result<Self, RecordError> {
        vault.open(person, PLACE, sealed)
    }
}

/// A moment tells nobody who is meant, whatever its value is called.
fn may_be_read(name: &str, value: &str) -> bool {
    READABLE.contains(&name) || (!is_code(name) && value.parse::<Timestamp>().is_ok())
}

fn is_code(name: &str) -> bool {
    matches!(name, "code" | "stop_code" | "reference")
}

struct Named(MessageId);

impl Entropy for Named {
    fn fill(&self, bytes: &mut [u8]) {
        let digest = Sha256::digest(format!("{PLACE}|{}", self.0));
        for (byte, known) in bytes.iter_mut().zip(digest) {
            *byte = known;
        }
    }
}

/// A recipient with the middle covered, so that its owner knows which it is and nobody learns it.
#[must_use]
pub fn masked(contact: &Contact) -> String {
    let to = contact.to.trim();
    match contact.channel {
        Channel::Mail => {
            let (name, host) = to.rsplit_once('@').unwrap_or((to, ""));
            // One letter of a name of one letter is the whole name.
            let first = name.chars().next().filter(|_| name.chars().count() > 1);
            format!("{}•••@{host}", first.map(String::from).unwrap_or_default())
        }
        Channel::Sms => {
            let digits: Vec<char> = to.chars().filter(char::is_ascii_digit).collect();
            let shown = digits.len().saturating_sub(4);
            let last: String = digits.get(shown..).unwrap_or_default().iter().collect();
            // Of a number that short, four digits would be most of it.
            if digits.len() < 9 {
                "•••".to_owned()
            } else {
                format!("•••-••••-{last}")
            }
        }
        Channel::Post => format!("{}•••", prefecture(to)),
        Channel::Push => to.to_owned(),
    }
}

/// What an address in Japan begins with: 都道府県, or nothing where it begins otherwise.
fn prefecture(address: &str) -> String {
    let ends = |count: usize| address.chars().nth(count.saturating_sub(1));
    let count = match (ends(3), ends(4)) {
        (Some('都' | '道' | '府' | '県'), _) => 3,
        (_, Some('県')) => 4,
        _ => 0,
    };
    address.chars().take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_is_known_to_its_owner_and_to_nobody_else() {
        for (channel, to, shown) in [
            (Channel::Mail, "taro@example.jp", "t•••@example.jp"),
            (Channel::Mail, "t@example.jp", "•••@example.jp"),
            (Channel::Mail, "a@b@example.jp", "a•••@example.jp"),
            (Channel::Mail, "nobody", "n•••@"),
            (Channel::Sms, "+81 90-1234-5678", "•••-••••-5678"),
            (Channel::Sms, "12345", "•••"),
            (Channel::Post, "神奈川県横浜市1-2-3", "神奈川県•••"),
            (Channel::Post, "京都府京都市1-2-3", "京都府•••"),
            (Channel::Post, "5 Some Street", "•••"),
            (Channel::Push, "pdv_1", "pdv_1"),
        ] {
            let contact = Contact { channel, to: to.to_owned() };
            assert_eq!(masked(&contact), shown, "{to}");
        }
    }

    #[test]
    fn codes_and_other_people_are_covered_and_so_is_what_nobody_thought_of() {
        let contact = Contact { channel: Channel::Mail, to: "taro@example.jp".to_owned() };
        let content = Content::new("received")
            .with("amount", "¥1,000")
            .with("from", "たろう")
            .with("stop_code", "7KQ2-M4XP-9D3T")
            .with("code", "2026-11-29T12:00:00Z")
            .with("ready_at", "2026-11-29T12:00:00Z")
            .with("new_thing", "secret");

        let kept = Kept::of(&contact, &content).content.values;

        for covered in ["from", "stop_code", "code", "new_thing"] {
            assert_eq!(kept[covered], COVERED, "{covered}");
        }
        assert_eq!((&*kept["amount"], &*kept["ready_at"]), ("¥1,000", "2026-11-29T12:00:00Z"));
        let wider = Content::new("mandate_renewed_wider").with("from", "2026-11-29T12:00:00Z");
        assert_ne!(Kept::of(&contact, &wider).content.values["from"], COVERED, "a moment");
    }
}
