//! What a person knows about one of their bank accounts, as answers to few questions.

use serde::{Serialize, Serializer};

macro_rules! answers {
    ($($question:ident $qid:literal { $($(#[$doc:meta])* $answer:ident = $id:literal,)+ })+) => {
        /// One question about one account.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Question {
            $(
                #[doc = concat!("The question `", $qid, "`.")]
                $question,
            )+
        }

        /// One answer to one question.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Answer {
            $($($(#[$doc])* $answer,)+)+
        }

        impl Question {
            /// Every question, in the order in which a page asks them.
            pub const ALL: &'static [Self] = &[$(Self::$question),+];

            /// Its short name, as in a form.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$question => $qid,)+ }
            }

            /// Its answers. The first is what counts when nobody answers: the cautious one.
            #[must_use]
            pub const fn answers(self) -> &'static [Answer] {
                match self { $(Self::$question => &[$(Answer::$answer),+],)+ }
            }
        }

        impl Answer {
            /// Its short name.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $($(Self::$answer => $id,)+)+ }
            }

            /// What it answers.
            #[must_use]
            pub const fn question(self) -> Question {
                match self { $($(Self::$answer)|+ => Question::$question,)+ }
            }
        }
    };
}

answers! {
    Whose "whose" {
        /// The person's own account.
        WhoseMine = "whose-mine",
        /// A parent's.
        WhoseParent = "whose-parent",
        /// Of somebody else in the family.
        WhoseFamily = "whose-family",
    }
    Card "card" {
        /// There is a cash card, so there is a four-digit PIN.
        CardYes = "card-yes",
        /// There is none.
        CardNo = "card-no",
    }
    Online "online" {
        /// Nobody knows.
        OnlineUnknown = "online-unknown",
        /// No online banking.
        OnlineNone = "online-none",
        /// A password and codes to copy, which somebody else can copy too.
        OnlinePassword = "online-password",
        /// An app or device that shows payee and amount before it agrees (取引認証), or a passkey.
        OnlineBound = "online-bound",
    }
    Overdraft "overdraft" {
        /// Nobody knows.
        OverdraftUnknown = "overdraft-unknown",
        /// The bank lends by itself below zero (総合口座の当座貸越).
        OverdraftYes = "overdraft-yes",
        /// It does not.
        OverdraftNo = "overdraft-no",
    }
    Links "links" {
        /// Nobody knows whether an app is linked.
        LinksUnknown = "links-unknown",
        /// At least one is.
        LinksSome = "links-some",
        /// None is: the bank's list was looked at.
        LinksNone = "links-none",
    }
    Lock "lock" {
        /// Nobody knows.
        LockUnknown = "lock-unknown",
        /// Direct debits can be agreed to on the net.
        LockOff = "lock-off",
        /// The bank was asked to take no new ones.
        LockOn = "lock-on",
    }
    Pin "pin" {
        /// Nobody says.
        PinUnknown = "pin-unknown",
        /// A birthday, a telephone number, or the same as elsewhere.
        PinEasy = "pin-easy",
        /// One of its own.
        PinOwn = "pin-own",
    }
    Seen "seen" {
        /// Hardly ever looks.
        SeenNever = "seen-never",
        /// A passbook now and then.
        SeenBook = "seen-book",
        /// Looks at the statement online every month.
        SeenMonthly = "seen-monthly",
        /// Is told of every debit.
        SeenTold = "seen-told",
    }
}

impl Answer {
    /// Reads its short name.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        let all = Question::ALL.iter().flat_map(|question| question.answers());
        all.copied().find(|answer| answer.id() == id)
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
