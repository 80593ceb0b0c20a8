//! The rules, as data: a script in a page follows the very same ones, so that no answer has to
//! leave it.

use serde::{Serialize, Serializer};

use super::answer::Answer::{
    self, CardNo, CardYes, LinksNone, LinksSome, LinksUnknown, LockOff, LockOn, LockUnknown,
    OnlineBound, OnlineNone, OnlinePassword, OnlineUnknown, OverdraftNo, OverdraftUnknown,
    OverdraftYes, PinEasy, PinUnknown, SeenBook, SeenNever, WhoseFamily, WhoseParent,
};

/// Groups of answers: one of each group must have been given.
pub type When = &'static [&'static [Answer]];

/// What the thief needs of the holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Needs {
    /// Nothing: it happens while they sleep.
    Nothing,
    /// Something of theirs in hand: the number, the mail, the telephone.
    Thing,
    /// That they are deceived into doing something.
    Deceived,
}

/// How somebody else gets at the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// A stranger links the account to a wallet of theirs, as in 2020.
    NewLink,
    /// The wallet that is linked already is taken over.
    OldLink,
    /// A false page passes password and code on to the bank.
    Phished,
    /// A false page, and the holder agrees to what the bank's own app shows.
    Approved,
    /// A caller in a bank's or the police's name fetches the card and the PIN.
    CardTaken,
    /// The holder sends or withdraws the money for somebody who talks to them.
    SentThemselves,
}

/// What to do, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Read the last three months now.
    LookNow,
    /// Ask the bank for every direct debit and link.
    AskLinks,
    /// No debits into the overdraft.
    StopOverdraft,
    /// No new direct debits over the net.
    LockLinks,
    /// Another PIN.
    ChangePin,
    /// End what is not used, protect what is.
    Unlink,
    /// Transaction authentication or a passkey, and a lower limit.
    BindOnline,
    /// A lower limit for the card.
    LowerCard,
    /// A notice of each debit.
    BeTold,
    /// Look together, every month.
    LookTogether,
    /// Never read a code or a PIN to anybody.
    TellNobody,
}

impl Way {
    /// Every way, those that need nothing of the holder first.
    pub const ALL: [Self; 6] = [
        Self::NewLink,
        Self::OldLink,
        Self::Phished,
        Self::Approved,
        Self::CardTaken,
        Self::SentThemselves,
    ];

    /// Its short name.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::NewLink => "new-link",
            Self::OldLink => "old-link",
            Self::Phished => "phished",
            Self::Approved => "approved",
            Self::CardTaken => "card-taken",
            Self::SentThemselves => "sent-themselves",
        }
    }

    /// What it needs of the holder.
    #[must_use]
    pub const fn needs(self) -> Needs {
        match self {
            Self::NewLink => Needs::Nothing,
            Self::OldLink => Needs::Thing,
            Self::Phished | Self::Approved | Self::CardTaken | Self::SentThemselves => {
                Needs::Deceived
            }
        }
    }

    /// When it is open.
    #[must_use]
    pub const fn when(self) -> When {
        match self {
            // Using no wallet is no protection, and neither is having no online banking: what is
            // asked for is what stands on the card, and its PIN.
            Self::NewLink => &[&[CardYes], &[LockOff, LockUnknown]],
            Self::OldLink => &[&[LinksSome, LinksUnknown]],
            Self::Phished => &[&[OnlinePassword, OnlineUnknown]],
            Self::Approved => &[&[OnlineBound]],
            Self::CardTaken => &[&[CardYes]],
            // A passbook is enough: the counter pays out to whoever believes the caller.
            Self::SentThemselves => &[],
        }
    }
}

impl Needs {
    /// Its short name.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Thing => "thing",
            Self::Deceived => "deceived",
        }
    }
}

impl Step {
    /// Every step, the most urgent first: find out, close what is open, then make it a habit.
    pub const ALL: [Self; 11] = [
        Self::LookNow,
        Self::AskLinks,
        Self::StopOverdraft,
        Self::LockLinks,
        Self::ChangePin,
        Self::Unlink,
        Self::BindOnline,
        Self::LowerCard,
        Self::BeTold,
        Self::LookTogether,
        Self::TellNobody,
    ];

    /// Its short name.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::LookNow => "look-now",
            Self::AskLinks => "ask-links",
            Self::StopOverdraft => "stop-overdraft",
            Self::LockLinks => "lock-links",
            Self::ChangePin => "change-pin",
            Self::Unlink => "unlink",
            Self::BindOnline => "bind-online",
            Self::LowerCard => "lower-card",
            Self::BeTold => "be-told",
            Self::LookTogether => "look-together",
            Self::TellNobody => "tell-nobody",
        }
    }

    /// For which accounts it is advised.
    #[must_use]
    pub const fn when(self) -> When {
        match self {
            Self::LookNow => &[&[SeenNever, SeenBook]],
            Self::AskLinks => &[&[LinksUnknown]],
            Self::StopOverdraft => &[&[OverdraftYes, OverdraftUnknown]],
            Self::LockLinks => &[&[CardYes], &[LockOff, LockUnknown]],
            Self::ChangePin => &[&[CardYes], &[PinEasy, PinUnknown]],
            Self::Unlink => &[&[LinksSome]],
            Self::BindOnline => &[&[OnlinePassword, OnlineUnknown]],
            Self::LowerCard => &[&[CardYes]],
            Self::BeTold => {
                &[&[SeenNever, SeenBook], &[OnlinePassword, OnlineBound, OnlineUnknown]]
            }
            Self::LookTogether => &[&[WhoseParent, WhoseFamily]],
            Self::TellNobody => &[],
        }
    }
}

/// An account where what must be safe is kept better than elsewhere: nobody can link it, nothing is
/// linked, it cannot go below zero, and copying a code is not enough.
pub const SAFER: When =
    &[&[LockOn, CardNo], &[LinksNone], &[OverdraftNo], &[OnlineNone, OnlineBound]];

/// What the bank lends by itself counts as exposed unless the holder knows that it does not.
pub const BELOW_ZERO: When = &[&[OverdraftYes, OverdraftUnknown]];

impl Serialize for Way {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// Something with its condition, for a script.
#[derive(Debug, Serialize)]
pub struct Rule<T> {
    /// What.
    pub id: T,
    /// When it holds.
    pub when: When,
}

/// Every rule, for a script.
#[derive(Debug, Serialize)]
pub struct Rules {
    /// Ways.
    pub ways: Vec<Rule<Way>>,
    /// Steps.
    pub steps: Vec<Rule<Step>>,
    /// [`SAFER`]
    pub safer: When,
    /// [`BELOW_ZERO`]
    pub below_zero: When,
}

/// Every rule there is.
#[must_use]
pub fn rules() -> Rules {
    Rules {
        ways: Way::ALL.iter().map(|way| Rule { id: *way, when: way.when() }).collect(),
        steps: Step::ALL.iter().map(|step| Rule { id: *step, when: step.when() }).collect(),
        safer: SAFER,
        below_zero: BELOW_ZERO,
    }
}
