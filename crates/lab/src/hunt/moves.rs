//! What a thief can do in one move, and how a story's file writes it.

use kanuki_domain::Yen;

use crate::sim::chance::Chance;

/// What a thief can do in one move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// Debit so many yen.
    Debit,
    /// Six debits of so many yen in one instant.
    Race,
    /// Ask for so many yen and sign it at the bank, where it wants that.
    Approve,
    /// The same with a wrong number typed at the bank.
    Tired,
    /// Pay so many yen at a shop.
    Pay,
    /// Send so many yen to a mule, who takes them at once.
    Send,
    /// Send so many yen by a link that nobody gets yet.
    Keep,
    /// The mule takes the oldest of those.
    Claim,
    /// Take the newest of those back.
    TakeBack,
    /// Pay what a mule requests: so many yen.
    Request,
    /// Pay so many yen out to the victim's account.
    PayOut,
    /// Call the newest payout off.
    PayBack,
    /// Wait so many seconds.
    Wait,
    /// Come back from elsewhere with another device.
    Skin,
    /// Change where the bank writes to.
    Mail,
    /// End the link.
    Unlink,
    /// Link the victim's account again.
    Link,
    /// Open another wallet, in the victim's name with the telephone, in an accomplice's without, and link.
    Second,
    /// Renew the link, with a day's cap of so many yen.
    Renew,
    /// Link an account at another bank that was opened in the victim's name with a forged document.
    OtherBank,
    /// Debit so many yen from it.
    OtherDebit,
    /// Pay so many yen out to it.
    OtherPayOut,
    /// Link an accomplice's own account to the wallet that is there.
    OwnBank,
    /// Raise the day's cap to so many yen.
    Raise,
    /// Lower it.
    Lower,
    /// Stop the wallet.
    Freeze,
    /// Ask for the end of that.
    Unfreeze,
    /// The holder types the newest stop code.
    Stop,
    /// Stop everything at the bank, with what signs there.
    StopAll,
    /// Lock the account against new links.
    Lock,
    /// Ask for the end of that.
    Unlock,
    /// Hear of less.
    Alerts,
    /// Say at the bank that the oldest passkey is lost.
    LostKey,
    /// Look and stop without a passkey, by a code that the holder reads out.
    Look,
    /// Type the code of the bank's newest letter, which the holder reads out.
    Letter,
    /// Every door that somebody without a key can find.
    Knock,
    /// Codes that nobody told: 0 the wallet's stop, 1 the bank's, 2 a recovery, 3 a delegate's invitation.
    Guess,
    /// A passkey at the bank by codes that the holder reads out: 0 machine, 1 call, 2 branch.
    Enrol,
    /// Link as the victim from a wallet in a true name.
    LinkAs,
    /// A top-up from a link of somebody else.
    Strange,
    /// Ask for the recovery of the victim's wallet.
    Recover,
    /// Go on with it: a card, and a passkey.
    Reclaim,
    /// Add a passkey to the wallet on another device.
    Device,
    /// End the oldest passkey of the wallet.
    DropKey,
    /// Make an accomplice the one who looks after the victim's accounts.
    Delegate,
    /// What that one may do, and may not: 0 to 8.
    DelegateActs,
    /// End that.
    DelegateEnd,
    /// Become the delegate by the invitation in the newest letter.
    DelegateLetter,
    /// Somebody calls the bank's telephone desk: 0 to 8.
    Call,
    /// The first at each desk asks for the end of every stop.
    Release,
    /// The second agrees to whatever waits.
    Agree,
    /// The wallet's desk gives so many yen back, as far as two people go.
    Refund,
    /// Report a theft: 0 at the wallet, 1 at the bank.
    Report,
    /// The holder, at home: 0 to 6.
    Home,
}

/// Amounts on both sides of what the defaults know.
const AMOUNTS: [u64; 9] = [500, 1_000, 5_000, 9_000, 10_000, 20_000, 30_000, 50_000, 100_000];
/// Waits on both sides of every window.
const WAITS: [u64; 9] =
    [5, 600, 3_600, 43_200, 86_390, 86_410, 3 * 86_400, 7 * 86_400 + 60, 29 * 86_400];
/// Ways to do one thing.
const WAYS: [u64; 9] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

/// As a file writes it, and how many ways there are to do it, where it is not a sum or a time.
const NAMES: [(What, &str, usize); 54] = [
    (What::Debit, "debit", 0),
    (What::Race, "race", 0),
    (What::Approve, "approve", 0),
    (What::Tired, "tired", 0),
    (What::Pay, "pay", 0),
    (What::Send, "send", 0),
    (What::Keep, "keep", 0),
    (What::Claim, "claim", 0),
    (What::TakeBack, "take_back", 0),
    (What::Request, "request", 0),
    (What::PayOut, "payout", 0),
    (What::PayBack, "pay_back", 0),
    (What::Wait, "wait", 0),
    (What::Skin, "skin", 0),
    (What::Mail, "mail", 0),
    (What::Unlink, "unlink", 0),
    (What::Link, "link", 0),
    (What::Second, "second", 0),
    (What::Renew, "renew", 0),
    (What::OtherBank, "other_bank", 0),
    (What::OtherDebit, "other_debit", 0),
    (What::OtherPayOut, "other_payout", 0),
    (What::OwnBank, "own_bank", 0),
    (What::Raise, "raise", 0),
    (What::Lower, "lower", 0),
    (What::Freeze, "freeze", 0),
    (What::Unfreeze, "unfreeze", 0),
    (What::Stop, "stop", 0),
    (What::StopAll, "stop_all", 0),
    (What::Lock, "lock", 0),
    (What::Unlock, "unlock", 0),
    (What::Alerts, "alerts", 0),
    (What::LostKey, "lost_key", 0),
    (What::Look, "look", 0),
    (What::Letter, "letter", 0),
    (What::Knock, "knock", 0),
    (What::Guess, "guess", 4),
    (What::Enrol, "enrol", 3),
    (What::LinkAs, "link_as", 0),
    (What::Strange, "strange", 0),
    (What::Recover, "recover", 0),
    (What::Reclaim, "reclaim", 0),
    (What::Device, "device", 0),
    (What::DropKey, "drop_key", 0),
    (What::Delegate, "delegate", 0),
    (What::DelegateActs, "delegate_acts", 9),
    (What::DelegateEnd, "delegate_end", 0),
    (What::DelegateLetter, "delegate_letter", 0),
    (What::Call, "call", 9),
    (What::Release, "release", 0),
    (What::Agree, "agree", 0),
    (What::Refund, "refund", 0),
    (What::Report, "report", 2),
    (What::Home, "home", 7),
];

impl What {
    /// What may stand behind it.
    pub(super) fn numbers(self) -> &'static [u64] {
        match self {
            Self::Debit
            | Self::Race
            | Self::Approve
            | Self::Tired
            | Self::Pay
            | Self::Send
            | Self::Keep
            | Self::Request
            | Self::PayOut
            | Self::Renew
            | Self::OtherDebit
            | Self::OtherPayOut
            | Self::Refund
            | Self::Raise
            | Self::Lower => &AMOUNTS,
            Self::Wait => &WAITS,
            _ => {
                let known = NAMES.iter().find(|(what, ..)| *what == self);
                WAYS.get(..known.map_or(0, |(.., ways)| *ways)).unwrap_or_default()
            }
        }
    }
}

/// One move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Move {
    pub(crate) what: What,
    /// Yen, seconds or a way; 0 where nothing stands behind it.
    pub(crate) number: u64,
}

impl Move {
    pub(super) fn drawn(chance: &mut Chance) -> Option<Self> {
        // Without time and money nothing comes of the rest, so those are drawn more often.
        let (what, ..) = match chance.below(12) {
            0 => (What::Wait, "", 0),
            1 => (What::Debit, "", 0),
            _ => *chance.pick(&NAMES)?,
        };
        let number = chance.pick(what.numbers()).copied().unwrap_or(0);
        Some(Self { what, number })
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, number) = text.split_once(' ').unwrap_or((text, "0"));
        let (what, ..) = NAMES.into_iter().find(|(_, known, _)| *known == name)?;
        let number: u64 = number.parse().ok()?;
        let is_known = what.numbers().is_empty() != text.contains(' ');
        is_known.then_some(Self { what, number })
    }

    /// Every name, for whoever wrote another.
    pub(super) fn names() -> String {
        NAMES.map(|(_, name, _)| name).join(", ")
    }

    pub(super) fn text(self) -> String {
        let name = self.named();
        if self.what.numbers().is_empty() {
            return name.to_owned();
        }
        format!("{name} {}", self.number)
    }

    /// What it is, whatever sum or time stands behind it.
    pub(super) fn kind(self) -> String {
        let numbers = self.what.numbers();
        let is_sum = numbers == AMOUNTS || numbers == WAITS;
        if is_sum { self.named().to_owned() } else { self.text() }
    }

    fn named(self) -> &'static str {
        let name = NAMES.into_iter().find(|(what, ..)| *what == self.what);
        name.map_or("", |(_, name, _)| name)
    }

    /// The number as an amount.
    pub(crate) fn yen(self) -> Yen {
        Yen::new(self.number).unwrap_or(Yen::ZERO)
    }
}
