//! What everybody may read while something is stopped (FT-26 e): which services, since when, and
//! what the company says about it.
//!
//! What stands still is never written by hand: it is read from the gates, so that the page cannot
//! say that something runs which does not. Beside it stands what a partner told that it stopped
//! itself. Only the widest gates are told. A gate of one person, one
//! account or one link is nobody else's business, and would tell a thief that they were seen.
//!
//! The words beside it are people's: one member of staff writes them, another agrees. They are as
//! public as anything the company says, so they name nobody and lead nowhere.

mod number;

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId, decode_base32},
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{approval::Approval, evidence::hex};

/// The act of saying something to everybody.
pub const SAY: &str = "incident.say";

/// One proposal waits at a time, so that nobody agrees to one text and another appears.
const SUBJECT: &str = "public";

/// The most that is said in one language.
pub const WORDS_CHARS: u16 = 1_000;

/// A service that a gate stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Connecting an account.
    NewLinks,
    /// Money from a bank account to a wallet, old links included (INC-12).
    TopUps,
    /// Money from a wallet to a bank account.
    Payouts,
    /// Wallet to shop.
    Payments,
    /// Wallet to wallet.
    Sends,
}

impl Service {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NewLinks => "new-links",
            Self::TopUps => "top-ups",
            Self::Payouts => "payouts",
            Self::Payments => "payments",
            Self::Sends => "sends",
        }
    }
}

/// Whose stop it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A gate of ours.
    Us,
    /// The partner told us that it stopped.
    Them,
}

/// One gate that is closed, here or at a partner, as everybody may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt {
    /// The partner that it is about; none where it is about everything.
    pub with: Option<String>,
    /// Whose it is.
    pub by: By,
    /// Since when.
    pub since: Timestamp,
    /// What stands still.
    pub services: Vec<Service>,
}

/// What the company says, once a second person agreed to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Words {
    /// The request that a second person must agree to.
    pub approval_id: ApprovalId,
    /// In Japanese; empty in both languages: what was said is taken down.
    pub ja: String,
    /// In English.
    pub en: String,
    /// Since when everybody can read it.
    pub from: Option<Timestamp>,
    /// Until when they could.
    pub until: Option<Timestamp>,
}

record! { Words => "incident_words" by |w| w.approval_id.to_string();
    unique live = |w| (w.from.is_some() && w.until.is_none()).then(|| LIVE.to_owned());
}

const LIVE: &str = "live";

impl Words {
    /// True for a proposal to say nothing any more.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ja.is_empty() && self.en.is_empty()
    }

    /// SHA-256 of what is said, for the audit log: what stood there can be proven later.
    fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        for text in [&self.ja, &self.en] {
            hasher.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(text.as_bytes());
        }
        hex(hasher.finalize().into())
    }
}

/// Why words cannot be said to everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is said, and nothing stands there that could be taken down.
    Empty,
    /// Whoever reads one language alone would be told nothing.
    OneLanguage,
    /// Nobody reads that much on a telephone in a hurry.
    TooLong,
    /// A web address: people are to come by their own bookmark or app (FT-41), and whoever copies
    /// our page leads them elsewhere.
    Address,
    /// The name of a person's link, wallet, case or the like.
    Names,
    /// Digits that could be somebody's account.
    Number,
}

impl Fault {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::OneLanguage => "one-language",
            Self::TooLong => "too-long",
            Self::Address => "address",
            Self::Names => "names",
            Self::Number => "number",
        }
    }
}

/// Why a proposal was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The words cannot be said to everybody.
    #[error("these words cannot be public")]
    Words(Fault),
    /// Another proposal waits, and is decided first.
    #[error("another text waits")]
    Waiting,
    /// The store does not answer.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
}

/// Asks that something be said to everybody, or, with nothing in both languages, that what was said
/// be taken down.
pub async fn propose(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    (ja, en): (&str, &str),
    reason: &str,
) -> Result<ApprovalId, Refused> {
    let (ja, en) = (ja.trim(), en.trim());
    if let Some(fault) = fault(ja, en) {
        return Err(Refused::Words(fault));
    }
    if ja.is_empty() && live(book).await?.is_none() {
        return Err(Refused::Words(Fault::Empty));
    }
    let approval = Approval::ask(ctx, by, SAY, SUBJECT, reason);
    let approval_id = approval.approval_id;
    let words =
        Words { approval_id, ja: ja.to_owned(), en: en.to_owned(), from: None, until: None };
    let mut unit = Unit::new();
    unit.insert(&approval).insert(&words).audit(
        AuditEntry::new(ctx.now, by, "incident.words_proposed", approval_id)
            .with("sha256", words.digest())
            .with("reason", reason),
    );
    match book.commit(unit).await {
        Ok(()) => Ok(approval_id),
        Err(RecordError::Duplicate { .. }) => Err(Refused::Waiting),
        Err(error) => Err(error.into()),
    }
}

/// Adds to `unit`, which holds `approval` as agreed to by `by`, that everybody can read it.
pub async fn publish(
    (book, ctx): (&Book, &Ctx<'_>),
    unit: &mut Unit,
    by: StaffId,
    approval: &Approval,
) -> Result<(), RecordError> {
    let mut words = book.load::<Words>(approval.approval_id).await?;
    if let Some(mut before) = live(book).await? {
        before.edit().until = Some(ctx.now);
        unit.update(&before);
    }
    let is_empty = words.is_empty();
    let row = words.edit();
    row.from = Some(ctx.now);
    row.until = is_empty.then_some(ctx.now);
    unit.update(&words).audit(
        AuditEntry::new(ctx.now, by, "incident.words_published", approval.approval_id)
            .with("asked_by", approval.asked_by)
            .with("sha256", words.digest()),
    );
    Ok(())
}

/// What the company says now.
pub async fn live(book: &Book) -> Result<Option<Stored<Words>>, RecordError> {
    book.find_by(LIVE, LIVE).await
}

/// What is proposed under `approval_id`.
pub async fn proposed(
    book: &Book,
    approval_id: ApprovalId,
) -> Result<Option<Stored<Words>>, RecordError> {
    book.find(approval_id).await
}

fn fault(ja: &str, en: &str) -> Option<Fault> {
    if ja.is_empty() != en.is_empty() {
        return Some(Fault::OneLanguage);
    }
    [ja, en].into_iter().find_map(|text| {
        if text.chars().count() > usize::from(WORDS_CHARS) {
            return Some(Fault::TooLong);
        }
        let plain = text.to_ascii_lowercase();
        if ["://", "www.", "http"].iter().any(|mark| plain.contains(mark)) {
            return Some(Fault::Address);
        }
        if plain.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(is_name) {
            return Some(Fault::Names);
        }
        number::has_account(text).then_some(Fault::Number)
    })
}

/// True for what looks like an id: three letters and twenty-six.
fn is_name(word: &str) -> bool {
    word.split_once('_').is_some_and(|(kind, rest)| kind.len() == 3 && decode_base32(rest).is_ok())
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::Arc,
        task::{Context, Poll, Waker},
    };

    use kanuki_record::MemoryRecords;

    use super::*;
    use crate::DeskError;

    struct Counting(std::sync::atomic::AtomicU8);
    impl kanuki_domain::Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }

    /// Memory never waits, so one poll is enough.
    fn now<F: Future>(future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("the memory store waited"),
        }
    }

    fn agree(book: &Book, ctx: &Ctx<'_>, id: ApprovalId, by: StaffId) -> Result<(), DeskError> {
        let mut approval = now(book.load::<Approval>(id)).unwrap();
        approval.edit().approve(by, ctx.now)?;
        let mut unit = Unit::new();
        unit.update(&approval);
        now(publish((book, ctx), &mut unit, by, &approval)).unwrap();
        now(book.commit(unit)).unwrap();
        Ok(())
    }

    #[test]
    fn words_are_public_when_two_people_agreed_and_until_two_take_them_down() {
        let book = Book::new(Arc::new(MemoryRecords::default()));
        let entropy = Counting(std::sync::atomic::AtomicU8::new(0));
        let ctx =
            Ctx { now: Timestamp::UNIX_EPOCH, entropy: &entropy, address_block: "", address: "" };
        let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
        let say = |ja, en| now(propose(&book, &ctx, aoki, (ja, en), "r"));

        assert!(matches!(say("", ""), Err(Refused::Words(Fault::Empty))));
        let first = say("確認しています", "We are looking into it").unwrap();
        assert!(now(live(&book)).unwrap().is_none());
        assert!(matches!(say("別の文", "another"), Err(Refused::Waiting)));
        assert!(matches!(agree(&book, &ctx, first, aoki), Err(DeskError::SamePerson)));
        agree(&book, &ctx, first, baba).unwrap();
        assert_eq!(now(live(&book)).unwrap().unwrap().approval_id, first);

        let second = say("再開しました", "It goes on").unwrap();
        agree(&book, &ctx, second, baba).unwrap();
        assert_eq!(now(live(&book)).unwrap().unwrap().approval_id, second);

        let gone = say("", " ").unwrap();
        assert!(now(live(&book)).unwrap().is_some(), "one person takes nothing down");
        agree(&book, &ctx, gone, baba).unwrap();
        assert!(now(live(&book)).unwrap().is_none());
    }

    #[test]
    fn what_names_somebody_or_leads_elsewhere_is_never_public() {
        let id = kanuki_domain::id::MandateId::derive(&["m"]).to_string();
        let long = "あ".repeat(usize::from(WORDS_CHARS) + 1);
        for (text, why) in [
            ("こちら https://example.jp", Fault::Address),
            ("WWW.example.jp をご覧ください", Fault::Address),
            (format!("契約 {id} を止めました").as_str(), Fault::Names),
            ("口座 1234567 の方へ", Fault::Number),
            ("口座 １２３４５６７ の方へ", Fault::Number),
            ("支店と口座 001-1234567", Fault::Number),
            (long.as_str(), Fault::TooLong),
        ] {
            assert_eq!(fault(text, "x"), Some(why), "{text}");
            assert_eq!(fault("x", text), Some(why), "{text}");
        }
        assert_eq!(fault("書いた", ""), Some(Fault::OneLanguage));
        assert_eq!(fault("電話 0120-000-000、03-1234-5678", "¥1,234,567 and 090-1234-5678"), None);
    }
}
