//! What a measurement found, row by row, and whether it is what the project asks of itself.

use std::{fs, process::ExitCode, time::Duration};

use serde_json::{Value, json};

/// What a row is compared with.
#[derive(Clone, Copy)]
pub(crate) enum Bar {
    AtLeast(u64),
    AtMost(u64),
    /// It is stated, and nothing is asked of it.
    Stated,
}

struct Row {
    what: &'static str,
    /// In thousandths of the unit.
    is: Option<u64>,
    bar: Bar,
    unit: &'static str,
}

impl Row {
    /// Nothing where nothing is asked, or nothing was measured.
    fn is_met(&self) -> Option<bool> {
        match self.bar {
            Bar::AtLeast(bar) => Some(self.is? >= bar),
            Bar::AtMost(bar) => Some(self.is? <= bar),
            Bar::Stated => None,
        }
    }
}

/// All rows of one measurement.
#[derive(Default)]
pub(crate) struct Bars(Vec<Row>);

impl Bars {
    /// Adds what was measured, in thousandths of `unit` as the bar is; nothing where it could not be.
    pub(crate) fn add(
        &mut self,
        what: &'static str,
        (is, unit): (Option<u64>, &'static str),
        bar: Bar,
    ) {
        self.0.push(Row { what, is, bar, unit });
    }

    /// Prints the rows, or as JSON the rows and `details`; a failure where a bar is missed.
    pub(crate) fn print(&self, is_json: bool, details: &Value) -> ExitCode {
        if is_json {
            let rows: Vec<Value> = self.0.iter().map(Row::to_json).collect();
            println!("{}", json!({ "rows": rows, "load": load(), "details": details }));
        } else {
            for row in &self.0 {
                println!("{}", row.to_line());
            }
            println!("{details}");
            println!("load of the machine: {}", load());
        }
        let is_missed = self.0.iter().any(|row| row.is_met() == Some(false));
        if is_missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

impl Row {
    fn to_json(&self) -> Value {
        let (least, most) = match self.bar {
            Bar::AtLeast(bar) => (Some(decimal(bar)), None),
            Bar::AtMost(bar) => (None, Some(decimal(bar))),
            Bar::Stated => (None, None),
        };
        json!({
            "what": self.what, "is": self.is.map(decimal), "unit": self.unit,
            "at_least": least, "at_most": most, "met": self.is_met(),
        })
    }

    fn to_line(&self) -> String {
        let is = self.is.map_or_else(|| "not measured".to_owned(), decimal);
        let bar = match self.bar {
            Bar::AtLeast(bar) => format!("at least {}", decimal(bar)),
            Bar::AtMost(bar) => format!("at most {}", decimal(bar)),
            Bar::Stated => String::new(),
        };
        let met = match self.is_met() {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        };
        format!("{:<62} {is:>14} {:<6} {bar:<16} {met}", self.what, self.unit)
    }
}

/// Thousandths as people write them.
fn decimal(thousandths: u64) -> String {
    let (whole, rest) = (thousandths.div_euclid(1_000), thousandths.rem_euclid(1_000));
    let text = format!("{whole}.{rest:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How much others ask of the machine, as the kernel says it.
fn load() -> String {
    let told = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// Processor time of this thread as the kernel charges it, so that other work on the machine does not
/// count; nothing where the kernel does not say.
pub(crate) fn charged() -> Option<Duration> {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(told.split(' ').next()?.parse().ok()?))
}

/// So many in `took`, in thousandths of one a second.
pub(crate) fn per_second(count: usize, took: Duration) -> Option<u64> {
    let count = u128::try_from(count).ok()?.checked_mul(1_000_000_000_000)?;
    u64::try_from(count.checked_div(took.as_nanos())?).ok()
}

/// `one` by `other`, in thousandths.
pub(crate) fn times(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one?.checked_mul(1_000)?.checked_div(other?)
}

/// Sorts, and says what `percent` of them are below.
pub(crate) fn at(each: &mut [Duration], percent: usize) -> Option<u64> {
    each.sort_unstable();
    let place = each.len().saturating_mul(percent).checked_div(100)?;
    u64::try_from(each.get(place)?.as_nanos()).ok()
}
