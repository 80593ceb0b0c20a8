//! What both companies' desks share, and each keeps for itself: notices with stop codes, the
//! outbox, cases, staff, acts that need two people, kill switches and rolling caps.
//!
//! Used by `wallet` and `bank`; nothing here knows which of them it serves.

pub mod approval;
pub mod authenticator;
pub mod calibration;
pub mod cap;
pub mod case;
pub mod claim;
pub mod compensation;
pub mod counts;
pub mod delivery;
pub mod drift;
pub mod drill;
pub mod evidence;
pub mod exchange;
mod far;
mod filing;
pub mod gate;
pub mod heard;
pub mod incident;
pub mod journal;
pub mod kept;
pub mod late_word;
pub mod leak;
pub mod leaving;
pub mod lookback;
pub mod matter;
pub mod named;
pub mod never;
pub mod notice;
pub mod officer;
pub mod outbox;
pub mod own;
pub mod owner;
pub mod pack;
pub mod past;
pub mod policy;
pub mod promise;
pub mod push;
pub mod quality;
pub mod reads;
pub mod reconcile;
pub mod recording;
pub mod registry;
pub mod related;
pub mod reopen;
pub mod report;
pub mod retention;
pub mod risk_record;
pub mod rule;
pub mod score;
pub mod screening;
pub mod second_look;
pub mod settings;
pub mod shared;
pub mod signal;
pub mod staff;
pub mod stop_code;
pub mod stopped;
pub mod suspicion;
pub mod tally;
pub mod waiting;
pub mod watch;

use kanuki_record::RecordError;

/// Why an act at the desk, or a gate or cap, did not happen.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The ledger does not answer; nothing was changed.
    #[error("the ledger is not available")]
    Ledger(#[from] kanuki_ledger::LedgerError),
    /// The ledger refused a gate or cap account: a bug, or a damaged ledger.
    #[error("the ledger refused a control account: {0}")]
    Refused(String),
    /// The store does not answer, or somebody was faster.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
    /// The same person cannot ask and agree.
    #[error("a second person must agree")]
    SamePerson,
    /// The waiting time is not over.
    #[error("it is too early for this")]
    TooEarly,
    /// Whoever is to read what nobody else may know of is let in by somebody who may.
    #[error("one of the two must have the role")]
    NeedsOfficer,
    /// The other company says under another number of this person that it paid.
    #[error("the other company says under another number of this person that it paid: join them")]
    JoinFirst,
    /// Two people must be able to work at the desk.
    #[error("two people must remain at the desk")]
    TooFew,
    /// Whoever asked has left the desk since: what they asked for must be asked for anew.
    #[error("who asked for it has left: ask anew")]
    HasLeft,
    /// It was already decided.
    #[error("this was already decided")]
    Decided,
    /// What somebody reported ends with what came of it, and not with "ask the other company".
    #[error("say what came of the report")]
    NeedsOutcome,
    /// It would loosen something, and no whole record of its risks is with it (FT-01, INC-17).
    #[error("a record of the risks is needed")]
    NeedsRiskRecord,
    /// What a record of risks is about was not taken back: what is in force is still looser.
    #[error("it was not taken back: what is in force is still looser")]
    StillLooser,
    /// A review that is due ends when two people have looked, and not as a case is closed (FT-13).
    #[error("make the review, by two people")]
    NeedsReview,
    /// What a refusal is asked by is not what the company's own records show.
    #[error("the records do not show that evidence")]
    NotShown,
    /// What a claim is to be refused by has no number of what was signed, of a movement or of a paper.
    #[error("the evidence is not named")]
    NotNamed,
    /// A second look is for people who did not decide the first time.
    #[error("who decided first does not decide again")]
    SecondLook,
    /// The claim of a case that this one was joined with is about it already.
    #[error("a claim of a joined case is about that movement")]
    Claimed,
    /// The other company says that it paid in this matter: something was lost.
    #[error("the other company says that it paid: something was lost")]
    PaidThere,
    /// A claim is under way: its case goes on.
    #[error("the case has a claim that is under way")]
    ClaimOpen,
    /// A claim is not where this could be done.
    #[error("the claim does not allow this")]
    Claim(#[from] kanuki_domain::claim::WrongState),
    /// The code, key or activation is not valid.
    #[error("not accepted")]
    NotAccepted,
}
