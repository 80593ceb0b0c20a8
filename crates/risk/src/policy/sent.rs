//! What each company tells its engine, and which rules of a text wait for what it never tells.
//!
//! The language is one for both companies and for whoever uses the engine alone. A text that one of the
//! companies is to obey is held against what that one sends: a rule that could never hold would look
//! like a wall and be none.

use super::{
    Input, Policy, Rule,
    error::{Mistake, Span, Words, words},
};
use crate::{Kind, Measure, Outcome, Signal, Subject, Who};

/// Whose engine it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Company {
    /// The bank.
    Bank,
    /// The wallet.
    Wallet,
}

/// What a signal of one kind says at a company.
struct Sent {
    keys: &'static [Subject],
    facts: &'static [Input],
}

const fn sent(keys: &'static [Subject], facts: &'static [Input]) -> Sent {
    Sent { keys, facts }
}

impl Company {
    /// The company whose policies have this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "bank" => Some(Self::Bank),
            "wallet" => Some(Self::Wallet),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Bank => "bank",
            Self::Wallet => "wallet",
        }
    }

    /// The harshest outcome that it acts on for such a signal: what has happened already is only noted,
    /// and money that comes says nothing of who would be frozen.
    const fn obeys(self, kind: Kind) -> Outcome {
        match (self, kind) {
            (
                _,
                Kind::NoticeAnswered | Kind::PartnerEvent | Kind::FraudConfirmed | Kind::KeyFlood,
            )
            | (Self::Bank, Kind::SignedIn | Kind::ContactChanged | Kind::Consented)
            // It is refused already, and the right proof always goes on.
            | (Self::Wallet, Kind::SignInRefused) => Outcome::Approve,
            (Self::Wallet, Kind::Received) => Outcome::Decline,
            _ => Outcome::Freeze,
        }
    }

    fn sends(self, kind: Kind) -> Option<Sent> {
        match self {
            Self::Bank => of_bank(kind),
            Self::Wallet => of_wallet(kind),
        }
    }

    /// Whether signals of this kind say whom of `subject` they are about.
    #[must_use]
    pub fn tells(self, kind: Kind, subject: Subject) -> bool {
        self.sends(kind).is_some_and(|sent| sent.keys.contains(&subject))
    }

    /// Whether a signal says nothing but what is declared here.
    #[must_use]
    pub fn may_send(self, signal: &Signal) -> bool {
        self.sends(signal.kind)
            .is_some_and(|sent| signal.keys.iter().all(|key| sent.keys.contains(&key.subject())))
    }
}

fn of_bank(kind: Kind) -> Option<Sent> {
    use Subject as S;
    const LINK: &[Subject] =
        &[S::Account, S::Person, S::Partner, S::Wallet, S::Device, S::Block, S::Address];
    const DEBIT: &[Subject] = &[S::Account, S::Person, S::Partner, S::Wallet, S::Device, S::Block];
    const TYPED: &[Subject] = &[S::Account, S::Device, S::Secret, S::Block, S::Address];
    Some(match kind {
        Kind::EnrolmentStarted => sent(&[S::Account, S::Device, S::Block, S::Address], &[]),
        Kind::CodeRefused | Kind::CardRefused | Kind::CardOfAnother => sent(TYPED, &[]),
        Kind::StopCodeRefused => sent(&[S::Secret, S::Block, S::Address], &[]),
        Kind::SignInRefused => sent(&[S::Block, S::Address], &[]),
        Kind::LinkRequested | Kind::Consented => sent(LINK, &[]),
        Kind::LinkMismatch => sent(&[S::Person, S::Device, S::Partner, S::Block, S::Address], &[]),
        Kind::PartnerMismatch => sent(&[S::Partner, S::Person], &[]),
        Kind::LinkCompared | Kind::PartnerEvent => sent(&[S::Partner], &[]),
        Kind::Failed => sent(&[S::Block, S::Secret, S::Everyone], &[]),
        Kind::Debit => sent(
            DEBIT,
            &[
                Input::LinkAge,
                Input::NewDevice,
                Input::NewPlace,
                Input::Signed,
                Input::Leaked,
                Input::KnownElsewhere,
            ],
        ),
        Kind::Payout => sent(&[S::Account, S::Person, S::Partner, S::Wallet], &[Input::LinkAge]),
        Kind::SignedIn => sent(&[S::Person, S::Block, S::Address], &[]),
        Kind::ContactChanged => {
            sent(&[S::Person, S::Block, S::Address, S::Phone, S::Email, S::EmailDomain], &[])
        }
        Kind::NoticeAnswered => sent(&[S::Person], &[]),
        Kind::PersonNamed => {
            sent(&[S::Person, S::Partner, S::Wallet, S::Device, S::Block, S::Address], &[])
        }
        // Its network is the partner's own, whom no fraud should be counted for by that.
        Kind::FraudConfirmed => {
            sent(&[S::Account, S::Person, S::Partner, S::Wallet, S::Device], &[])
        }
        Kind::KeyFlood => sent(&[S::Everyone], &[]),
        Kind::WalletOpened | Kind::Topup | Kind::Remittance | Kind::Received | Kind::Payment => {
            return None;
        }
    })
}

fn of_wallet(kind: Kind) -> Option<Sent> {
    keys_of_wallet(kind).map(|keys| sent(keys, facts_of_wallet(kind)))
}

fn keys_of_wallet(kind: Kind) -> Option<&'static [Subject]> {
    use Subject as S;
    const WHO: &[Subject] = &[S::Wallet, S::Person, S::Device, S::Block, S::Address];
    const OPENS: &[Subject] = &[
        S::Wallet,
        S::Person,
        S::Device,
        S::Block,
        S::Address,
        S::Phone,
        S::Email,
        S::EmailDomain,
    ];
    const FRAUD: &[Subject] =
        &[S::Wallet, S::Person, S::Account, S::Device, S::Block, S::Address, S::Partner];
    Some(match kind {
        Kind::WalletOpened => OPENS,
        Kind::SignedIn | Kind::SignInRefused => WHO,
        Kind::LinkRequested => &[S::Wallet, S::Person, S::Partner, S::Device, S::Block, S::Address],
        Kind::Topup | Kind::Payout => {
            &[S::Wallet, S::Person, S::Account, S::Device, S::Block, S::Address]
        }
        Kind::Remittance => &[S::Wallet, S::Person, S::Payee, S::Device, S::Block, S::Address],
        Kind::Payment => &[S::Wallet, S::Person, S::Merchant, S::Device, S::Block, S::Address],
        Kind::Received => &[S::Wallet, S::Payee],
        Kind::NoticeAnswered => &[S::Wallet, S::Person],
        Kind::PersonNamed => &[S::Person, S::Wallet, S::Block, S::Address],
        Kind::PartnerEvent => &[S::Partner],
        Kind::FraudConfirmed => FRAUD,
        Kind::KeyFlood => &[S::Everyone],
        Kind::EnrolmentStarted
        | Kind::CodeRefused
        | Kind::StopCodeRefused
        | Kind::CardRefused
        | Kind::CardOfAnother
        | Kind::LinkCompared
        | Kind::LinkMismatch
        | Kind::PartnerMismatch
        | Kind::Consented
        | Kind::Failed
        | Kind::Debit
        | Kind::ContactChanged => return None,
    })
}

const fn facts_of_wallet(kind: Kind) -> &'static [Input] {
    use Input as I;
    match kind {
        Kind::SignedIn => &[I::WalletAge, I::NewDevice],
        Kind::LinkRequested => &[I::WalletAge, I::KnownElsewhere],
        Kind::Topup => &[I::LinkAge, I::WalletAge, I::NewPlace, I::KnownElsewhere],
        Kind::Remittance => &[
            I::Balance,
            I::DayBalance,
            I::WalletAge,
            I::Signed,
            I::Leaked,
            I::KnownElsewhere,
            I::NewPayee,
        ],
        Kind::Payout => &[
            I::Balance,
            I::DayBalance,
            I::WalletAge,
            I::Signed,
            I::Leaked,
            I::KnownElsewhere,
            I::LinkAge,
        ],
        Kind::Payment => &[I::WalletAge, I::Signed, I::Leaked, I::KnownElsewhere],
        Kind::EnrolmentStarted
        | Kind::CodeRefused
        | Kind::StopCodeRefused
        | Kind::SignInRefused
        | Kind::CardRefused
        | Kind::CardOfAnother
        | Kind::LinkMismatch
        | Kind::PartnerMismatch
        | Kind::LinkCompared
        | Kind::Failed
        | Kind::Debit
        | Kind::WalletOpened
        | Kind::ContactChanged
        | Kind::Consented
        | Kind::NoticeAnswered
        | Kind::PartnerEvent
        | Kind::FraudConfirmed
        | Kind::KeyFlood
        | Kind::Received
        | Kind::PersonNamed => &[],
    }
}

impl Policy {
    /// What in it waits for something that `company` never tells or does; nothing where all of it can
    /// hold there.
    #[must_use]
    pub fn unsent(&self, company: Company) -> Vec<Mistake> {
        let of = |rule: &Rule| {
            let span = self.header_of(rule);
            let wrong =
                move |(message, help): (Words, &'static str)| Mistake::new(span, message, help);
            self.unsent_of(rule, company).into_iter().map(wrong).collect::<Vec<_>>()
        };
        self.rules.iter().flat_map(of).collect()
    }

    fn unsent_of(&self, rule: &Rule, company: Company) -> Vec<(Words, &'static str)> {
        let (name, who) = (rule.name.as_str(), company.name());
        let mut wrong = Vec::new();
        for kind in rule.on.iter().filter(|kind| company.sends(**kind).is_none()) {
            let message =
                words!("no {} tells of a {}, so `{}` is never asked", who, kind.name(), name);
            wrong.push((message, "what each company sends is in docs/rules.md"));
        }
        // Written down only, it promises no wall.
        let is_obeyed = |kind: &&Kind| rule.is_shadow || rule.outcome <= company.obeys(**kind);
        for kind in rule.on.iter().filter(|kind| !is_obeyed(kind)) {
            wrong.push(disobeyed(rule, *kind, company));
        }
        let mut seen: Vec<usize> = rule.program.slots().collect();
        seen.sort_unstable();
        seen.dedup();
        for input in seen.into_iter().filter_map(|slot| self.names.slots.get(slot)) {
            if let Some(message) = unknown(input, rule, company) {
                wrong.push((message, "leave it out; what each company sends is in docs/rules.md"));
            }
        }
        if rule.tell.contains(&Who::Partner) {
            let message = words!("nobody tells a partner what `{}` held for", name);
            wrong.push((
                message,
                "leave `partner` out and write `tell desk`: its case says whom to call",
            ));
        }
        if rule.tell.contains(&Who::Customer) && !reaches_customer(rule, company) {
            let message = words!("nobody writes to a customer about what `{}` does", name);
            wrong.push((
                message,
                "leave `customer` out: only a hold of money that leaves and a freeze are told",
            ));
        }
        wrong
    }

    /// Where the rule begins in the text.
    fn header_of(&self, rule: &Rule) -> Span {
        let is_it = |line: &&str| {
            let mut words = line.split_whitespace();
            words.next() == Some("rule") && words.next() == Some(rule.name.as_str())
        };
        let line = self.source.lines().find(is_it).unwrap_or_default();
        let start = self.source.find(line).unwrap_or_default();
        Span { start, end: start.saturating_add(line.len()) }
    }
}

/// That such a signal stops nothing, or names nobody who could be frozen.
fn disobeyed(rule: &Rule, kind: Kind, company: Company) -> (Words, &'static str) {
    let (name, who, kind_name) = (rule.name.as_str(), company.name(), kind.name());
    if company.obeys(kind) == Outcome::Approve {
        let message =
            words!("no {} stops a {}: `{}` would be a wall and is none", who, kind_name, name);
        return (
            message,
            "write `then approve` and `tell desk`, and count it in a rule on what follows",
        );
    }
    let message = words!(
        "a {} freezes nobody at a {}, so `{}` would be a wall and is none",
        kind_name,
        who,
        name
    );
    (message, "write `then decline`, or freeze on what that person does next")
}

/// Money that waits, and whatever is frozen, is told to whose it is; what is refused says so itself.
fn reaches_customer(rule: &Rule, company: Company) -> bool {
    let waits = |kind: &Kind| matches!(kind, Kind::Payout | Kind::Remittance | Kind::Received);
    match rule.outcome {
        Outcome::Freeze => true,
        Outcome::Hold => company == Company::Wallet && rule.on.iter().any(waits),
        Outcome::Approve | Outcome::Challenge | Outcome::Decline => false,
    }
}

/// That no signal of the rule tells something of an input.
fn unknown(input: &Input, rule: &Rule, company: Company) -> Option<Words> {
    let never = |form: &'static str, of: &[&str]| {
        let parts = std::iter::once(company.name()).chain(of.iter().copied());
        Words::new(form, parts.chain([rule.name.as_str()]).map(str::to_owned).collect())
    };
    let carries = |subject: Subject| {
        let sent = |kind: &Kind| company.sends(*kind);
        subject == Subject::Everyone
            || rule.on.iter().filter_map(sent).any(|sent| sent.keys.contains(&subject))
    };
    let whose = |subject: Subject| {
        (!carries(subject)).then(|| {
            never(
                "no {} tells the {} of such a signal, so this of `{}` is never known",
                &[subject.name()],
            )
        })
    };
    match input {
        Input::Feature(feature) => {
            let Some(counted) = company.sends(feature.kind) else {
                let kind = feature.kind.name();
                return Some(never("no {} tells of a {}, so this of `{}` is never known", &[kind]));
            };
            let counts = |subject: Subject| {
                let is_kept = subject == Subject::Everyone || counted.keys.contains(&subject);
                (!is_kept).then(|| {
                    never(
                        "no {} tells the {} of a {}, so this of `{}` is never known",
                        &[subject.name(), feature.kind.name()],
                    )
                })
            };
            let other = match feature.measure {
                Measure::Distinct(what) => counts(what),
                Measure::Count
                | Measure::Sum
                | Measure::Age
                | Measure::Idle
                | Measure::RatioOfCount { .. }
                | Measure::RatioOfSum { .. } => None,
            };
            counts(feature.subject).or(other).or_else(|| whose(feature.subject))
        }
        Input::InList(subject, _) | Input::Drained(subject, _) => whose(*subject),
        Input::Balance
        | Input::LinkAge
        | Input::WalletAge
        | Input::NewDevice
        | Input::NewPlace
        | Input::NewPayee
        | Input::DayBalance
        | Input::Signed
        | Input::Leaked
        | Input::KnownElsewhere => {
            let sent = |kind: &Kind| company.sends(*kind);
            let is_known = rule.on.iter().filter_map(sent).any(|sent| sent.facts.contains(input));
            (!is_known).then(|| {
                never(
                    "no {} tells `{}` of such a signal, so this of `{}` is never known",
                    &[&input.text(&[], &[])],
                )
            })
        }
        Input::Given(..) => Some(never(
            "no {} tells what a text declares itself, so this of `{}` is never known",
            &[],
        )),
        Input::Amount | Input::TimeOfDay | Input::Day(_) | Input::Score => None,
    }
}
