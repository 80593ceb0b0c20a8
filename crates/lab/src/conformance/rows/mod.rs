//! The requirements, one row each: what is asked, by whom, how binding it is, and how a pair of
//! companies can show it.
//!
//! The wording is ours and short; the source is the authority. A row that nobody could verify says
//! so and never passes.

mod abroad;
mod banks;
mod lessons;
mod net;
mod profile;
mod wallet;

/// How binding a requirement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Force {
    /// Statute, cabinet order or Cabinet Office order.
    Law,
    /// What the authority looks at (着眼点); failing it leads to reports and orders.
    Sup,
    /// The same, and mandatory (実装及び必須化).
    SupMust,
    /// An example of an appropriate measure: some equivalent is required.
    SupEg,
    /// Desirable (望ましい).
    SupDes,
    /// A request of the authority.
    Request,
    /// An industry's guideline.
    Industry,
    /// What banks do.
    Practice,
    /// No rule: the lesson of something that happened.
    Lesson,
    /// A foreign rule, taken as best practice.
    Abroad,
    /// The project's own profile, which rests on other rows.
    Profile,
    /// Nobody could verify it.
    Unverified,
}

impl Force {
    /// As in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Law => "LAW",
            Self::Sup => "SUP",
            Self::SupMust => "SUP-MUST",
            Self::SupEg => "SUP-EG",
            Self::SupDes => "SUP-DES",
            Self::Request => "request",
            Self::Industry => "IND",
            Self::Practice => "practice",
            Self::Lesson => "INC",
            Self::Abroad => "INTL",
            Self::Profile => "profile",
            Self::Unverified => "UNV",
        }
    }
}

/// How a pair of companies shows that it meets a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// By probes that run, all of which must see it.
    Runs(&'static [&'static str]),
    /// By probes that run, for what the program does, and by what a person shows beside them.
    RunsAnd(&'static [&'static str], &'static str),
    /// By what a person shows.
    Manual(&'static str),
    /// Not at all: it asks nothing of such a pair.
    NotApplicable(&'static str),
    /// Nobody knows whether it is asked at all.
    Unverified(&'static str),
}

impl Shown {
    /// The probes that run for it.
    pub(crate) const fn probes(self) -> &'static [&'static str] {
        match self {
            Self::Runs(ids) | Self::RunsAnd(ids, _) => ids,
            Self::Manual(_) | Self::NotApplicable(_) | Self::Unverified(_) => &[],
        }
    }
}

/// One requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its name.
    pub(crate) id: &'static str,
    /// How binding it is.
    pub(crate) force: Force,
    /// Where it stands.
    pub(crate) source: &'static str,
    /// What it asks, in short.
    pub(crate) about: &'static str,
    /// How it is shown.
    pub(crate) shown: Shown,
}

const fn row(
    id: &'static str,
    force: Force,
    source: &'static str,
    about: &'static str,
    shown: Shown,
) -> Row {
    Row { id, force, source, about, shown }
}

/// Every row, in the order of the sources.
pub(crate) fn all() -> Vec<Row> {
    let groups: [&[Row]; 6] =
        [wallet::ROWS, net::ROWS, banks::ROWS, lessons::ROWS, abroad::ROWS, profile::ROWS];
    groups.concat()
}
