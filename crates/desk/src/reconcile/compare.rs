//! What two statements do not agree about.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kanuki_domain::{Yen, limits::ASK_AGAIN_SECS};
use serde::Serialize;

use super::statement::{Kind, Line, Standing, Statement, StatementError};

/// What does not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The other company does not know it.
    MissingThere,
    /// We do not know it.
    MissingHere,
    /// Other sums.
    Amount,
    /// Another way.
    Kind,
    /// Booked for one, and not for the other.
    Standing,
}

impl What {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::MissingThere, Self::MissingHere, Self::Amount, Self::Kind, Self::Standing];

    /// As it is written, and as part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MissingThere => "missing_there",
            Self::MissingHere => "missing_here",
            Self::Amount => "amount",
            Self::Kind => "kind",
            Self::Standing => "standing",
        }
    }
}

/// One movement that the two companies have differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The id.
    pub id: String,
    /// What does not agree.
    pub what: What,
    /// How we have it.
    pub ours: Option<Line>,
    /// How they have it.
    pub theirs: Option<Line>,
}

impl Difference {
    /// Since when it is under way, by whoever knows it longer.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        self.ours.iter().chain(&self.theirs).map(|line| line.asked_at).min()
    }
}

/// What was booked, added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Which way.
    pub kind: Kind,
    /// Here.
    pub ours: Yen,
    /// There.
    pub theirs: Yen,
}

/// Two statements side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// What agrees: the ids.
    #[serde(skip)]
    pub agreed: BTreeSet<String>,
    /// What is younger than a day, or younger than the other's statement: it may yet agree.
    pub in_transit: u64,
    /// What was booked.
    pub booked: Vec<Sums>,
    /// What does not agree, by id.
    pub differences: Vec<Difference>,
}

/// Why two statements cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// They are not two companies' statements about each other.
    #[error("the two statements are not about each other")]
    Companies,
    /// They are of two days.
    #[error("the two statements are of different days")]
    Days,
}

/// Why what somebody sent was not compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCompared {
    /// It is no statement.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// It is not one to compare with ours.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
}

/// Lays `theirs` beside `ours`.
///
/// A movement that only one of them knows and that it refused is none: the other was never asked, or
/// never heard. What is still open is given the day in which it is asked about again.
pub fn compare(ours: &Statement, theirs: &Statement) -> Result<Compared, Mismatch> {
    if ours.by != theirs.about || ours.about != theirs.by {
        return Err(Mismatch::Companies);
    }
    if let (Some(one), Some(other)) = (ours.day, theirs.day)
        && one != other
    {
        return Err(Mismatch::Days);
    }
    let older = ours.made_at.min(theirs.made_at);
    // Once for a million lines: to find a day's instants takes longer than to compare a line.
    let days = [ours.span(), theirs.span()];
    let mut compared = Compared {
        agreed: BTreeSet::new(),
        in_transit: 0,
        booked: Kind::ALL.map(|kind| Sums { kind, ours: Yen::ZERO, theirs: Yen::ZERO }).to_vec(),
        differences: Vec::new(),
    };
    let ids: BTreeSet<&String> = ours.lines.keys().chain(theirs.lines.keys()).collect();
    for id in ids {
        let pair = (ours.lines.get(id), theirs.lines.get(id));
        let of_the_day = |line: &&Line| days.iter().all(|day| day.contains(&line.asked_at));
        if !pair.0.iter().chain(&pair.1).any(of_the_day) {
            continue;
        }
        add_up(&mut compared.booked, pair);
        match judge(pair, older) {
            Verdict::Agrees => {
                compared.agreed.insert(id.clone());
            }
            Verdict::InTransit => compared.in_transit = compared.in_transit.saturating_add(1),
            Verdict::Differs(what) => compared.differences.push(Difference {
                id: id.clone(),
                what,
                ours: pair.0.cloned(),
                theirs: pair.1.cloned(),
            }),
        }
    }
    Ok(compared)
}

fn add_up(booked: &mut [Sums], (ours, theirs): (Option<&Line>, Option<&Line>)) {
    let sum_of = |line: Option<&Line>, kind: Kind| {
        let is_counted = |line: &&Line| line.kind == kind && line.standing == Standing::Booked;
        line.filter(is_counted).map_or(Yen::ZERO, |line| line.amount)
    };
    for sums in booked {
        sums.ours = sums.ours.plus(sum_of(ours, sums.kind)).unwrap_or(Yen::MAX);
        sums.theirs = sums.theirs.plus(sum_of(theirs, sums.kind)).unwrap_or(Yen::MAX);
    }
}

enum Verdict {
    Agrees,
    InTransit,
    Differs(What),
}

/// `older` is when the older of the two statements was written.
fn judge(pair: (Option<&Line>, Option<&Line>), older: Timestamp) -> Verdict {
    let is_fresh = |line: &Line| older.duration_since(line.asked_at).as_secs() < ASK_AGAIN_SECS;
    let alone = |line: &Line, what| match line.standing {
        Standing::Refused => Verdict::Agrees,
        // Asked for after the other's statement was written, or about to be asked.
        Standing::Open if is_fresh(line) => Verdict::InTransit,
        Standing::Booked if line.asked_at >= older => Verdict::InTransit,
        Standing::Open | Standing::Booked => Verdict::Differs(what),
    };
    match pair {
        (None, None) => Verdict::Agrees,
        (Some(line), None) => alone(line, What::MissingThere),
        (None, Some(line)) => alone(line, What::MissingHere),
        (Some(ours), Some(theirs)) if ours.kind != theirs.kind => Verdict::Differs(What::Kind),
        (Some(ours), Some(theirs)) if ours.amount != theirs.amount => {
            Verdict::Differs(What::Amount)
        }
        (Some(ours), Some(theirs)) if ours.standing == theirs.standing => Verdict::Agrees,
        (Some(ours), Some(theirs)) => {
            let is_open = [ours, theirs].iter().any(|line| line.standing == Standing::Open);
            if is_open && is_fresh(ours) && is_fresh(theirs) {
                Verdict::InTransit
            } else {
                Verdict::Differs(What::Standing)
            }
        }
    }
}
