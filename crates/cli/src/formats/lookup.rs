//! Small questions: which bank is that, how is that name written, what does that code say.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use kanuki_domain::bank_account::BankCode;
use kanuki_formats::{
    directory::{Directory, Former, Institution},
    name::{self, Change, NameError},
    yucho,
};
use serde_json::json;

use super::{
    args::{BankQuery, BranchQuery, NameQuery, YuchoQuery},
    refused,
};
use crate::{Outcome, out::out};

/// As many answers as fit on a screen.
const ANSWERS: usize = 20;

fn directory(corrections: Option<&Path>) -> Result<Directory> {
    let Some(file) = corrections else { return Ok(Directory::with(Vec::new())) };
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Directory::corrected(&text).with_context(|| file.display().to_string())
}

/// Looks an institution up: those of today, then names that were given up. Only one of today is a
/// place to which money can be sent.
pub(super) fn bank(args: &BankQuery) -> Result<Outcome> {
    let directory = directory(args.corrections.as_deref())?;
    let found = directory.search(&args.query, ANSWERS);
    let former = directory.search_former(&args.query, ANSWERS);
    let code = BankCode::parse(args.query.trim()).ok();
    let is_retired = code.is_some_and(|code| directory.is_retired(code));
    if args.json {
        let named = |bank: &Institution| json!({"code": bank.code, "name": bank.display_name()});
        let banks: Vec<_> = found
            .iter()
            .map(|bank| json!({"code": bank.code, "name": bank.display_name(), "kana": bank.kana}))
            .collect();
        let former: Vec<_> = former
            .iter()
            .map(|former| {
                let was = &former.institution;
                json!({
                    "code": was.code, "name": was.display_name(), "kana": was.kana,
                    "listed_until": former.listed_until, "gone_by": former.gone_by,
                    "into": directory.successor(former).map(named),
                })
            })
            .collect();
        let as_of = directory.as_of();
        out!(
            "{}",
            json!({"as_of": as_of, "banks": banks, "former": former, "retired": is_retired})
        );
    } else {
        for bank in &found {
            out!("{} {} ({})", bank.code, bank.display_name(), bank.kana);
        }
        for former in &former {
            out!("{}", gone(&directory, former));
        }
        if is_retired && former.is_empty() {
            let since = directory.former_since();
            out!("{} merged or closed before {since}: no list has its name", args.query.trim());
        } else if found.is_empty() && former.is_empty() {
            out!("nothing like it is on the list");
        }
        out!("(list of {})", directory.as_of());
    }
    // A bank of another name today still has its code.
    let is_there = !found.is_empty() || former.iter().any(|former| former.is_renamed());
    Ok(if is_there { Outcome::Well } else { Outcome::Bad })
}

/// What became of a name that was given up.
fn gone(directory: &Directory, former: &Former) -> String {
    let was = &former.institution;
    let (name, kana, last, gone) =
        (was.display_name(), &was.kana, former.listed_until, former.gone_by);
    let days = format!("on the list of {last}, no longer on that of {gone}");
    match directory.successor(former) {
        Some(now) if former.is_renamed() => {
            format!("{} {name} ({kana}): is now called {} ({days})", was.code, now.display_name())
        }
        Some(now) => format!(
            "{} {name} ({kana}): gone; merged into {} {} ({days})",
            was.code,
            now.code,
            now.display_name()
        ),
        None => {
            format!("{} {name} ({kana}): gone; the lists do not say where to ({days})", was.code)
        }
    }
}

/// Looks a branch up.
pub(super) fn branch(args: &BranchQuery) -> Result<Outcome> {
    let directory = directory(args.corrections.as_deref())?;
    let Ok(bank) = BankCode::parse(args.bank.trim()) else {
        bail!("{}: a bank is four digits; `formats bank` finds them", args.bank);
    };
    let found = directory.search_branches(bank, &args.query, ANSWERS);
    if args.json {
        let branches: Vec<_> = found
            .iter()
            .map(|b| json!({"code": b.code, "name": b.display_name(), "kana": b.kana}))
            .collect();
        out!("{}", json!({"as_of": directory.as_of(), "branches": branches}));
    } else {
        for branch in &found {
            out!("{bank} {} {} ({})", branch.code, branch.display_name(), branch.kana);
        }
        if found.is_empty() {
            out!("nothing like it is on the list");
        }
        out!("(list of {}; a new branch may be missing)", directory.as_of());
    }
    Ok(if found.is_empty() { Outcome::Bad } else { Outcome::Well })
}

const fn rule(change: Change) -> &'static str {
    match change {
        Change::Form => "width, hiragana or case",
        Change::SmallKana => "small kana became large",
        Change::LongVowel => "a long vowel or dash became -",
        Change::Separator => "a dot became a space, or spaces were joined",
        Change::Wo => "ヲ, ヰ or ヱ became ｵ, ｲ or ｴ",
    }
}

/// Folds a name, or compares two.
pub(super) fn name(args: &NameQuery) -> Result<Outcome> {
    if let Some(other) = &args.same_as {
        let matched = match name::kana_match(&args.name, other) {
            Ok(matched) => matched.map(|rule| format!("{rule:?}")),
            Err(error) => return refused(args.json, &error),
        };
        if args.json {
            out!("{}", json!({"same": matched.is_some(), "rule": matched}));
        } else {
            out!("{}", matched.as_deref().unwrap_or("different"));
        }
        return Ok(if matched.is_some() { Outcome::Well } else { Outcome::Bad });
    }
    let folded = match name::fold_kana(&args.name) {
        Ok(folded) => folded,
        Err(error) => return refused(args.json, &unwritable(&args.name, error)),
    };
    let changes = || folded.changes().map(|change| (rule(change), change.is_material()));
    let fits = folded.byte_len() <= 30;
    if args.json {
        let changes: Vec<_> = changes()
            .map(|(rule, is_material)| json!({"rule": rule, "material": is_material}))
            .collect();
        let (text, bytes) = (folded.as_str(), folded.byte_len());
        out!("{}", json!({"ok": fits, "name": text, "bytes": bytes, "changes": changes}));
    } else {
        out!("{} ({} bytes of 30)", folded.as_str(), folded.byte_len());
        if !fits {
            out!("  too long for a record, and a bank cuts nothing off: shorten it as they say");
        }
        for (rule, is_material) in changes() {
            out!("  {rule}{}", if is_material { " — cannot be undone" } else { "" });
        }
    }
    Ok(if fits { Outcome::Well } else { Outcome::Bad })
}

/// Passbook numbers as account numbers, or back.
pub(super) fn yucho(args: &YuchoQuery) -> Result<Outcome> {
    if args.first.trim().chars().count() == 3 {
        return match yucho::write(&args.first, &args.second) {
            Err(error) => refused(args.json, &error),
            Ok(printed) => {
                if args.json {
                    out!("{}", json!({"symbol": printed.symbol, "number": printed.number}));
                } else {
                    out!(
                        "記号 {} 番号 {} (□: the passbook's own digit)",
                        printed.symbol,
                        printed.number
                    );
                }
                Ok(Outcome::Well)
            }
        };
    }
    let passbook = match yucho::read(&args.first, &args.second) {
        Ok(passbook) => passbook,
        Err(error) => return refused(args.json, &error),
    };
    let deposit = match passbook.deposit {
        yucho::Deposit::Ordinary => "普通",
        yucho::Deposit::Current => "当座",
    };
    let (branch, number) = (passbook.account.branch(), passbook.account.number());
    if args.json {
        let is_listed = passbook.is_branch_listed;
        out!(
            "{}",
            json!({"branch": branch, "deposit": deposit, "number": number, "listed": is_listed})
        );
    } else {
        out!("店番 {branch} {deposit} 口座番号 {number}");
        if !passbook.is_branch_listed {
            out!("  no such 店番 is on the list: look at the 記号 again");
        }
    }
    Ok(Outcome::Well)
}

/// What is wrong with a name, with the letter that is: on the terminal of whoever typed it.
fn unwritable(name: &str, error: NameError) -> String {
    match error {
        NameError::Character(place) => match name.chars().nth(place) {
            Some(letter) => format!("{error}: {letter}"),
            None => error.to_string(),
        },
        NameError::Empty | NameError::TooLong => error.to_string(),
    }
}
