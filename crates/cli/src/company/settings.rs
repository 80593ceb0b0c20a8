//! What a company's file says is compared with what counted before, and a looser one starts nothing
//! that two people did not sign (FT-01, INC-17).

use anyhow::{Result, anyhow};
use kanuki_desk::{
    evidence::hex,
    settings::{self, Refused},
};
use kanuki_domain::{
    Yen,
    limits::{BANK_PER_DAY, BANK_PER_MONTH},
    settings::{Change, Setting, Settings, place_shown, shown},
};
use kanuki_record::Book;
use kanuki_site::World;
use kanuki_wire::jcs;
use serde::Serialize;

/// What a bank with these caps is started with, before its file says more.
pub(crate) fn of_bank(tightened: Option<(Yen, Yen)>) -> Settings {
    let (per_day, per_month) = tightened.unwrap_or((BANK_PER_DAY, BANK_PER_MONTH));
    Settings::of_bank()
        .with("cap-per-day", Setting::UpTo(per_day))
        .with("cap-per-month", Setting::UpTo(per_month))
}

/// What stands for something that is long, or secret.
pub(crate) fn hash_of(what: &impl Serialize) -> String {
    jcs::digest(what).map(hex).unwrap_or_default()
}

/// The company that keeps `book` starts with `settings`, or says why not and what to do. `partners` have a
/// say in what is loosened.
pub(crate) async fn start(
    book: &Book,
    world: &World,
    settings: &Settings,
    partners: &[String],
) -> Result<()> {
    match settings::start(book, &world.moment("").ctx(), settings, partners).await {
        Ok(changes) => {
            for change in changes {
                let effect = change.effect.name();
                tracing::info!(effect, "{}", told(&change));
            }
            Ok(())
        }
        Err(Refused::Loosens(looser)) => Err(refusal(&looser)),
        Err(Refused::Record(error)) => Err(error.into()),
    }
}

/// The company's first start is about to serve: from now on its file founds nothing any more. The demo has
/// no file and is founded anew with each start, on whatever ports.
pub(crate) async fn founded(book: &Book) -> Result<()> {
    Ok(settings::founded(book).await?)
}

/// Whether the company has never served from a file: the demo brings its people to no other.
pub(crate) async fn is_founding(book: &Book) -> Result<bool> {
    Ok(settings::is_founding(book).await?)
}

fn refusal(looser: &[Change]) -> anyhow::Error {
    let all: Vec<String> = looser.iter().map(told).collect();
    anyhow!(
        "unsafe: this file is looser than what counted before, and no two people signed a record of \
         the risks (FT-01, INC-17): {}. Nothing was served and nothing has changed. Start with the file \
         of before; what this one loosens waits at /desk/settings, where one writes the record and \
         another agrees. Then start with this file again. What only tightens needs nobody",
        all.join("; ")
    )
}

fn told(change: &Change) -> String {
    let (before, after) = (value(change.before.as_ref()), value(change.after.as_ref()));
    format!("{} from {before} to {after}", change.name)
}

fn value(setting: Option<&Setting>) -> String {
    match setting {
        None => "unknown".to_owned(),
        Some(Setting::UpTo(yen)) => yen.to_string(),
        Some(Setting::Waits(secs)) => format!("{secs} s"),
        Some(Setting::Opens(is_open)) => if *is_open { "open" } else { "closed" }.to_owned(),
        Some(Setting::Believes(what)) => what.as_deref().map_or_else(|| "none".to_owned(), shown),
        Some(Setting::Watches(all)) => format!("{} accounts watched", all.len()),
        Some(Setting::Trusts(all) | Setting::Does(all)) => {
            all.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
        }
        Some(Setting::AtMost(number) | Setting::AtLeast(number)) => number.to_string(),
        Some(Setting::Noted(what)) => place_shown(what),
    }
}
