//! A crime as data: `attacks/<id>/scenario.toml`, read by the list, the report and the docs.
//!
//! What the file says is checked against what the run shows: `meets` names the routes at which the
//! thief must have been answered, so that a playbook whose thief never arrives is no proof.

use kanuki_domain::Yen;
use kanuki_watch::crime::Told;
use serde::{Deserialize, de::IgnoredAny};
use toml::Spanned;

use crate::{
    fault::{in_words, line_of},
    people::CUSTOMERS_MAX,
    policy::Policy,
    report::Start,
    run::CUSTOMERS_MIN,
};

/// A crime in words, and what must stop it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// As on the command line.
    pub id: String,
    /// In one line.
    pub about: String,
    /// What people are told: how it goes, how one would notice, what to do. The pages of both
    /// companies say the same.
    pub told: Told,
    /// Where the crime is known from.
    pub source: String,
    /// What the thief knows and holds.
    pub knowledge: String,
    /// What he can spend: time, addresses, people.
    pub budget: String,
    /// What he does, one after the other.
    pub steps: Vec<String>,
    /// What must stop him.
    pub controls: Vec<String>,
    /// Policies under which it is played.
    pub policies: Vec<String>,
    /// Policies that lose money to it: else the playbook proves nothing.
    pub open_to: Vec<String>,
    /// Why no policy of then can lose money to it, where none is in `open_to`.
    pub closed: Option<String>,
    /// Where the thief starts under `default`.
    pub starts: Vec<Start>,
    /// The most that one victim can lose under `default`, and why.
    pub bound: Option<Bound>,
    /// The same from outside, where that is less than from inside.
    pub bound_outside: Option<Bound>,
    /// Where the thief must have been answered under `default`, from outside.
    pub meets_outside: Vec<Meeting>,
    /// The same from inside.
    pub meets_inside: Vec<Meeting>,
    /// How many honest customers around the attack show what it has to show.
    pub crowd: u32,
}

/// Honest customers around a crime whose file asks for no more: enough to meet every page and every rule,
/// and for the share of those who are refused to be read.
const CROWD: u32 = 100;

/// The most that one victim can lose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// From where the thief starts.
    pub from: Vec<Start>,
    /// The most.
    pub most: Yen,
    /// Which defaults it follows from.
    pub why: String,
}

/// A route at which the thief must have been answered: `POST /stop 422`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// `GET` or `POST`.
    pub method: String,
    /// The path or its beginning.
    pub path: String,
    /// The status.
    pub status: u16,
}

impl std::fmt::Display for Meeting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.method, self.path, self.status)
    }
}

/// What is wrong with a scenario file, on which line, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ScenarioError {
    /// Counted from 1.
    pub line: usize,
    /// The fault and its remedy.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: Spanned<String>,
    about: Spanned<String>,
    source: Spanned<String>,
    knowledge: Spanned<String>,
    budget: Spanned<String>,
    steps: Spanned<Vec<String>>,
    controls: Spanned<Vec<String>>,
    policies: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    open_to: Vec<Spanned<String>>,
    closed: Option<Spanned<String>>,
    starts: Spanned<Vec<Spanned<String>>>,
    bound: Option<BoundFile>,
    bound_outside: Option<OutsideFile>,
    #[serde(default)]
    meets: MeetsFile,
    crowd: Option<CrowdFile>,
    // What people are told; [`Told`] reads it.
    #[serde(rename = "sign")]
    _sign: IgnoredAny,
    #[serde(rename = "guide")]
    _guide: Option<IgnoredAny>,
    #[serde(rename = "ja")]
    _ja: IgnoredAny,
    #[serde(rename = "ja_how")]
    _ja_how: IgnoredAny,
    #[serde(rename = "ja_notice")]
    _ja_notice: IgnoredAny,
    #[serde(rename = "ja_act")]
    _ja_act: IgnoredAny,
    #[serde(rename = "en")]
    _en: IgnoredAny,
    #[serde(rename = "en_how")]
    _en_how: IgnoredAny,
    #[serde(rename = "en_notice")]
    _en_notice: IgnoredAny,
    #[serde(rename = "en_act")]
    _en_act: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BoundFile {
    from: Vec<Spanned<String>>,
    yen: Spanned<u64>,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutsideFile {
    yen: Spanned<u64>,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CrowdFile {
    customers: Spanned<u32>,
    why: Spanned<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MeetsFile {
    #[serde(default)]
    outside: Vec<Spanned<String>>,
    #[serde(default)]
    inside: Vec<Spanned<String>>,
}

/// The text that places in it are counted in.
struct Source<'a>(&'a str);

impl Source<'_> {
    fn fault(&self, at: usize, what: impl Into<String>) -> ScenarioError {
        ScenarioError { line: line_of(self.0, at), what: what.into() }
    }

    /// A text that says something.
    fn said(&self, name: &str, text: Spanned<String>) -> Result<String, ScenarioError> {
        if text.get_ref().trim().is_empty() {
            let what = format!("`{name}` is empty; write one sentence");
            return Err(self.fault(text.span().start, what));
        }
        Ok(text.into_inner())
    }

    fn listed(&self, name: &str, list: Spanned<Vec<String>>) -> Result<Vec<String>, ScenarioError> {
        if list.get_ref().iter().all(|line| line.trim().is_empty()) {
            let what = format!("`{name}` is empty; write at least one sentence in the list");
            return Err(self.fault(list.span().start, what));
        }
        Ok(list.into_inner())
    }

    fn id(&self, id: Spanned<String>) -> Result<String, ScenarioError> {
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.get_ref().is_empty() || !id.get_ref().chars().all(is_word) {
            let what = "`id` is lower-case letters, digits and hyphens, such as \"relink\"";
            return Err(self.fault(id.span().start, what));
        }
        Ok(id.into_inner())
    }

    fn policies(&self, names: Vec<Spanned<String>>) -> Result<Vec<String>, ScenarioError> {
        let known = Policy::ALL.map(Policy::name).join(", ");
        let one = |name: Spanned<String>| {
            if Policy::parse(name.get_ref()).is_some() {
                return Ok(name.into_inner());
            }
            let what = format!("no policy is called {}; write one of: {known}", name.get_ref());
            Err(self.fault(name.span().start, what))
        };
        names.into_iter().map(one).collect()
    }

    /// Every crime loses money under a policy of then, or says why it cannot.
    fn closed(
        &self,
        policies: &Spanned<Vec<Spanned<String>>>,
        (open_to, closed): (&[Spanned<String>], Option<Spanned<String>>),
    ) -> Result<Option<String>, ScenarioError> {
        match (open_to.first(), closed) {
            (None, None) => {
                let what = "no policy loses money to this crime; name one in `open_to`, or write in \
                            `closed` why none can";
                Err(self.fault(policies.span().start, what))
            }
            (Some(_), Some(closed)) => {
                let what = "`closed` says why no policy loses money, and `open_to` names one that \
                            does; keep one of them";
                Err(self.fault(closed.span().start, what))
            }
            (Some(open), None) if Policy::parse(open.get_ref()) == Some(Policy::Default) => {
                let what = "`open_to` names `default`, which promises that nobody is robbed; write \
                            \"2020\" or \"2020-after\"";
                Err(self.fault(open.span().start, what))
            }
            (_, closed) => closed.map(|closed| self.said("closed", closed)).transpose(),
        }
    }

    fn starts(&self, names: Vec<Spanned<String>>) -> Result<Vec<Start>, ScenarioError> {
        let one = |name: Spanned<String>| match name.get_ref().as_str() {
            "outside" => Ok(Start::Outside),
            "inside" => Ok(Start::Inside),
            other => {
                let what = format!("{other} is no start; write \"outside\" or \"inside\"");
                Err(self.fault(name.span().start, what))
            }
        };
        names.into_iter().map(one).collect()
    }

    fn meetings(&self, lines: Vec<Spanned<String>>) -> Result<Vec<Meeting>, ScenarioError> {
        let one = |line: Spanned<String>| {
            let mut words = line.get_ref().split(' ');
            let method = words.next().filter(|method| ["GET", "POST"].contains(method));
            let path = words.next().filter(|path| path.starts_with('/'));
            let status = words.next().and_then(|status| status.parse::<u16>().ok());
            let status = status.filter(|status| (100..600).contains(status));
            if let (Some(method), Some(path), Some(status), None) =
                (method, path, status, words.next())
            {
                return Ok(Meeting { method: method.to_owned(), path: path.to_owned(), status });
            }
            let what = "a meeting is a method, a path and a status, such as \
                        \"POST /enrol/code 422\"";
            Err(self.fault(line.span().start, what))
        };
        lines.into_iter().map(one).collect()
    }

    fn bound(&self, file: BoundFile) -> Result<Bound, ScenarioError> {
        let most = self.yen(&file.yen)?;
        Ok(Bound { from: self.starts(file.from)?, most, why: file.why })
    }

    fn bound_outside(&self, file: OutsideFile) -> Result<Bound, ScenarioError> {
        Ok(Bound { from: vec![Start::Outside], most: self.yen(&file.yen)?, why: file.why })
    }

    /// How many people the file asks for, and that it says why.
    fn crowd(&self, file: Option<CrowdFile>) -> Result<u32, ScenarioError> {
        let Some(CrowdFile { customers, why }) = file else { return Ok(CROWD) };
        let (at, customers) = (customers.span().start, customers.into_inner());
        self.said("why", why)?;
        if (CUSTOMERS_MIN..=CUSTOMERS_MAX).contains(&customers) {
            return Ok(customers);
        }
        let what = format!("`customers` is from {CUSTOMERS_MIN} to {CUSTOMERS_MAX}, such as 200");
        Err(self.fault(at, what))
    }

    fn yen(&self, yen: &Spanned<u64>) -> Result<Yen, ScenarioError> {
        let what = "`yen` is too large; write whole yen, such as 50000";
        Yen::new(*yen.get_ref()).map_err(|_| self.fault(yen.span().start, what))
    }
}

impl Scenario {
    /// Reads a scenario file.
    ///
    /// # Errors
    ///
    /// [`ScenarioError`]: the line of the first fault and what to write instead.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let source = Source(text);
        let file: File = toml::from_str(text).map_err(|error| {
            let (line, what) = in_words(text, &error);
            ScenarioError { line, what }
        })?;
        let told = Told::read(text).map_err(|error| source.fault(error.at, error.what))?;
        if file.starts.get_ref().is_empty() {
            let what = "`starts` is empty; write [\"outside\"], [\"inside\"] or both";
            return Err(source.fault(file.starts.span().start, what));
        }
        let bound_at = file.bound_outside.as_ref().map_or(0, |bound| bound.yen.span().start);
        let first_open = file.open_to.first().map_or(0, |name| name.span().start);
        let scenario = Self {
            id: source.id(file.id)?,
            about: source.said("about", file.about)?,
            told,
            source: source.said("source", file.source)?,
            knowledge: source.said("knowledge", file.knowledge)?,
            budget: source.said("budget", file.budget)?,
            steps: source.listed("steps", file.steps)?,
            controls: source.listed("controls", file.controls)?,
            closed: source.closed(&file.policies, (&file.open_to, file.closed))?,
            policies: source.policies(file.policies.into_inner())?,
            open_to: source.policies(file.open_to)?,
            starts: source.starts(file.starts.into_inner())?,
            bound: file.bound.map(|bound| source.bound(bound)).transpose()?,
            bound_outside: file.bound_outside.map(|b| source.bound_outside(b)).transpose()?,
            meets_outside: source.meetings(file.meets.outside)?,
            meets_inside: source.meetings(file.meets.inside)?,
            crowd: source.crowd(file.crowd)?,
        };
        if scenario.open_to.iter().any(|name| !scenario.policies.contains(name)) {
            let what = "`open_to` names a policy that `policies` does not; write it in both";
            return Err(source.fault(first_open, what));
        }
        if scenario.bound_outside.is_some() && !scenario.starts.contains(&Start::Outside) {
            let what =
                "`bound_outside` bounds a start that `starts` does not name; add \"outside\"";
            return Err(source.fault(bound_at, what));
        }
        Ok(scenario)
    }

    /// What must be met from `start` under `default`.
    #[must_use]
    pub fn meets(&self, start: Start) -> &[Meeting] {
        match start {
            Start::Outside => &self.meets_outside,
            Start::Inside => &self.meets_inside,
        }
    }

    /// The bound of a run from `start` under `default`, if it may lose anything at all.
    #[must_use]
    pub fn bound_from(&self, start: Start) -> Option<&Bound> {
        let bounds = [self.bound_outside.as_ref(), self.bound.as_ref()];
        bounds.into_iter().flatten().find(|bound| bound.from.contains(&start))
    }
}

#[cfg(test)]
mod tests;
