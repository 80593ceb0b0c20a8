//! A policy of one's own: a named policy, without some of its controls, with some that it has not, or
//! with other figures.
//!
//! ```toml
//! name = "our-bank"
//! about = "what we have run since April"
//! from = "default"
//!
//! [controls]
//! step-up = false
//! account-caps = { day = 100000, month = 500000 }
//! ```

use std::collections::BTreeMap;

use kanuki_domain::Yen;
use kanuki_risk::meant;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use toml::{Spanned, Value};

use super::{Changes, Control, Policy};
use crate::{
    fault::{in_words, line_of},
    sim::trace::hex,
};

/// The longest wait that may be written.
const HOURS_MAX: i64 = 24 * 365;

/// A policy as a file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    /// What stands above its column.
    pub name: String,
    /// In one line.
    pub about: String,
    /// Where it was read, as it was asked for.
    pub file: String,
    /// SHA-256 of its text, in hexadecimal digits.
    pub sha256: String,
    pub(crate) from: Policy,
    pub(crate) changes: Changes,
    /// What differs, in words.
    said: Vec<String>,
}

/// What is wrong with a policy file, on which line, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct PolicyFileError {
    /// Counted from 1.
    pub line: usize,
    /// The fault and its remedy.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Spanned<String>,
    about: Spanned<String>,
    from: Spanned<String>,
    #[serde(default)]
    controls: BTreeMap<String, Spanned<Value>>,
}

/// A fault and its remedy, without its line.
type Said<T> = Result<T, String>;

impl PolicyFile {
    /// Reads the policy `text` that stands in `file`.
    ///
    /// # Errors
    ///
    /// [`PolicyFileError`]: the line of the first fault and what to write instead.
    pub fn parse(file: &str, text: &str) -> Result<Self, PolicyFileError> {
        let fault = |at: usize, what: String| PolicyFileError { line: line_of(text, at), what };
        let read: File = toml::from_str(text).map_err(|error| {
            let (line, what) = in_words(text, &error);
            PolicyFileError { line, what }
        })?;
        let name = called(read.name.get_ref()).map_err(|e| fault(read.name.span().start, e))?;
        if read.about.get_ref().trim().is_empty() {
            let what = "`about` is empty; write in one line what it is";
            return Err(fault(read.about.span().start, what.to_owned()));
        }
        let from = known(read.from.get_ref()).map_err(|e| fault(read.from.span().start, e))?;
        let mut lines: Vec<(String, Spanned<Value>)> = read.controls.into_iter().collect();
        lines.sort_by_key(|(_, value)| value.span().start);
        let (mut changes, mut said) = (Changes::default(), Vec::new());
        for (control, value) in lines {
            let at = value.span().start;
            let set = set(from, &mut changes, &control, value.get_ref());
            said.extend(set.map_err(|what| fault(at, what))?);
        }
        Ok(Self {
            name,
            about: read.about.into_inner(),
            file: file.to_owned(),
            sha256: hex(&Sha256::digest(text.as_bytes())),
            from,
            changes,
            said,
        })
    }

    /// The policy that it starts from.
    #[must_use]
    pub const fn from(&self) -> &'static str {
        self.from.name()
    }

    /// What differs from that, in words.
    #[must_use]
    pub fn differences(&self) -> &[String] {
        &self.said
    }
}

fn called(name: &str) -> Said<String> {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(is_word) {
        let what = "`name` is lower-case letters, digits and hyphens, such as \"our-bank\"";
        return Err(what.to_owned());
    }
    if Policy::parse(name).is_some() {
        return Err(format!("{name} is a policy that is built in; write a name of your own"));
    }
    Ok(name.to_owned())
}

fn known(name: &str) -> Said<Policy> {
    let all = Policy::ALL.map(Policy::name);
    Policy::parse(name).ok_or_else(|| {
        let (hint, all) = (meant(name, all), all.join(", "));
        format!("no policy is called {name}; {hint} `from` is one of: {all}")
    })
}

/// Sets one control; what differs then, in words.
fn set(from: Policy, changes: &mut Changes, name: &str, value: &Value) -> Said<Option<String>> {
    let control = Control::parse(name).ok_or_else(|| {
        let hint = meant(name, Control::ALL.map(Control::name));
        format!("no control is called {name}; {hint}")
    })?;
    if from.is_old() && !control.fits_2020() {
        let fits = Control::ALL.into_iter().filter(|control| control.fits_2020());
        let fits: Vec<&str> = fits.map(Control::name).collect();
        return Err(format!(
            "`{name}` cannot be put before the pages of {}, which know no such step; write one of: \
             {}; or start from \"default\" and take others away",
            from.name(),
            fits.join(", ")
        ));
    }
    match value {
        Value::Boolean(is_on) if *is_on == from.is_old() => {
            changes.switch(control, *is_on);
            Ok(Some(format!("{} {name}", if *is_on { "with" } else { "without" })))
        }
        // As it is anyway.
        Value::Boolean(_) => Ok(None),
        Value::Table(table) => {
            let said = figures(changes, control, table)?;
            if from.is_old() {
                changes.switch(control, true);
            }
            Ok(Some(said))
        }
        Value::String(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Datetime(_)
        | Value::Array(_) => Err(format!(
            "`{name}` is neither on nor off; write `{name} = false` to take it away or `{name} = \
             true` to have it"
        )),
    }
}

type Table = toml::map::Map<String, Value>;

/// Other figures of a control; in words.
fn figures(changes: &mut Changes, control: Control, table: &Table) -> Said<String> {
    let name = control.name();
    let known: &[&str] = match control {
        Control::AccountCaps => &["day", "month"],
        Control::PaymentProof => &["above"],
        Control::RecoveryWait | Control::RaiseWait | Control::PayoutWaits => &["hours"],
        _ => &[],
    };
    if known.is_empty() {
        return Err(format!("`{name}` has no figures; write `{name} = false` or `{name} = true`"));
    }
    if let Some(unknown) = table.keys().find(|key| !known.contains(&key.as_str())) {
        let known = known.join("`, `");
        return Err(format!("`{name}` knows no `{unknown}`; its figures are: `{known}`"));
    }
    let figures = changes.figures_mut();
    match control {
        Control::AccountCaps => {
            let (day, month) = (yen(name, table, "day")?, yen(name, table, "month")?);
            if month < day {
                return Err("`month` is less than `day`; write at least as much".to_owned());
            }
            figures.account_caps = Some((day, month));
            Ok(format!("{name}: {day} a day, {month} a month"))
        }
        Control::PaymentProof => {
            let above = yen(name, table, "above")?;
            figures.payment_proof_above = Some(above);
            Ok(format!("{name}: above {above}"))
        }
        _ => {
            let hours = hours(name, table)?;
            let secs = Some(hours.saturating_mul(3_600));
            match control {
                Control::RecoveryWait => figures.recovery_wait_secs = secs,
                Control::RaiseWait => figures.raise_wait_secs = secs,
                _ => figures.payout_wait_secs = secs,
            }
            Ok(format!("{name}: {hours} h"))
        }
    }
}

fn yen(name: &str, table: &Table, key: &str) -> Said<Yen> {
    let amount = table.get(key).and_then(Value::as_integer);
    let amount = amount.and_then(|amount| u64::try_from(amount).ok()).filter(|yen| *yen > 0);
    amount.and_then(|amount| Yen::new(amount).ok()).ok_or_else(|| {
        format!("`{name}` needs `{key}` in whole yen, at least 1, such as {key} = 100000")
    })
}

fn hours(name: &str, table: &Table) -> Said<i64> {
    let hours = table.get("hours").and_then(Value::as_integer);
    hours
        .filter(|hours| (0..=HOURS_MAX).contains(hours))
        .ok_or_else(|| format!("`{name}` needs `hours` from 0 to {HOURS_MAX}, such as hours = 24"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"name = "our-bank"
about = "what we have run since April"
from = "default"

[controls]
step-up = false
own-name = true
account-caps = { day = 100000, month = 500000 }
recovery-wait = { hours = 24 }
"#;

    fn fault(from: &str, to: &str) -> String {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from} is not there");
        PolicyFile::parse("our-bank.toml", &text).unwrap_err().to_string()
    }

    #[test]
    fn good_file_is_read_whole_and_its_digest_is_that_of_its_bytes() {
        let file = PolicyFile::parse("our-bank.toml", GOOD).unwrap();

        assert_eq!((file.name.as_str(), file.from()), ("our-bank", "default"));
        let said = [
            "without step-up",
            "account-caps: ¥100,000 a day, ¥500,000 a month",
            "recovery-wait: 24 h",
        ];
        assert_eq!(file.differences(), said);
        assert!(file.changes.lacks(Control::StepUp) && !file.changes.lacks(Control::OwnName));
        assert_eq!(file.changes.figures().recovery_wait_secs, Some(86_400));
        assert_eq!(file.sha256, hex(&Sha256::digest(GOOD.as_bytes())));
        let other = PolicyFile::parse("our-bank.toml", &format!("{GOOD}\n")).unwrap();
        assert_ne!(other.sha256, file.sha256);
    }

    #[test]
    fn old_policies_take_what_fits_before_their_pages() {
        let old = "name = \"a\"\nabout = \"b\"\nfrom = \"2020\"\n[controls]\nbank-notices = true\n";
        let file = PolicyFile::parse("a.toml", old).unwrap();

        assert!(file.changes.adds(Control::BankNotices));
        assert_eq!(file.differences(), ["with bank-notices"]);
        let wrong = old.replace("bank-notices", "own-name");
        assert_eq!(
            PolicyFile::parse("a.toml", &wrong).unwrap_err().to_string(),
            "line 5: `own-name` cannot be put before the pages of 2020, which know no such step; \
             write one of: account-caps, cooling, new-wallet, no-overdraft, bank-notices, \
             wallet-notices, bank-risk, wallet-risk; or start from \"default\" and take others away"
        );
    }

    /// Golden: what somebody reads who wrote the file by hand.
    #[test]
    fn faults_are_told_with_their_line_and_what_to_write_instead() {
        let told = [
            (
                ("\"our-bank\"", "\"Our Bank\""),
                "line 1: `name` is lower-case letters, digits and hyphens, such as \"our-bank\"",
            ),
            (
                ("\"our-bank\"", "\"2020\""),
                "line 1: 2020 is a policy that is built in; write a name of your own",
            ),
            (
                ("\"what we have run since April\"", "\" \""),
                "line 2: `about` is empty; write in one line what it is",
            ),
            (
                ("\"default\"", "\"defualt\""),
                "line 3: no policy is called defualt; did you mean `default`? `from` is one of: \
                 2020, 2020-after, default",
            ),
            (("step-up", "stepup"), "line 6: no control is called stepup; did you mean `step-up`?"),
            (
                ("step-up = false", "step-up = \"off\""),
                "line 6: `step-up` is neither on nor off; write `step-up = false` to take it away \
                 or `step-up = true` to have it",
            ),
            (
                ("own-name = true", "own-name = { hours = 3 }"),
                "line 7: `own-name` has no figures; write `own-name = false` or `own-name = true`",
            ),
            (
                ("day = 100000", "daily = 100000"),
                "line 8: `account-caps` knows no `daily`; its figures are: `day`, `month`",
            ),
            (
                ("day = 100000", "day = -5"),
                "line 8: `account-caps` needs `day` in whole yen, at least 1, such as day = 100000",
            ),
            (
                ("month = 500000", "month = 5"),
                "line 8: `month` is less than `day`; write at least as much",
            ),
            (
                ("hours = 24", "hours = 240000"),
                "line 9: `recovery-wait` needs `hours` from 0 to 8760, such as hours = 24",
            ),
        ];
        for ((from, to), wanted) in told {
            assert_eq!(fault(from, to), wanted);
        }
        let typo = fault("about =", "abuot =");
        assert!(
            typo.starts_with("line 2: nothing here is called abuot; did you mean `about`?"),
            "{typo}"
        );
        let torn = fault("\"default\"", "\"default");
        assert!(torn.starts_with("line 3: "), "{torn}");
    }
}
