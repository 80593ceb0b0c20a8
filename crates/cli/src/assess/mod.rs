//! `kanuki assess`: what an attacker would need of whoever keeps one's money, what nobody says, and
//! how old the evidence is.

mod find;
mod print;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use jiff::civil::Date;
use kanuki_desk::registry::profile;
use kanuki_domain::{
    agreement::{self, Standard},
    barrier::{AttackPath, Barrier},
};
use kanuki_site::Clock as _;
use kanuki_watch::{
    Lang,
    profile::{Assessment, Changed, Comparison, Profile, since},
};

use crate::{
    Outcome,
    args::Assess,
    out::{out, write_private},
    real::SystemClock,
};

/// What a way must ask of an attacker at least.
struct Required {
    path: AttackPath,
    barrier: Barrier,
}

/// A requirement that an institution does not meet.
struct Missed {
    place: usize,
    path: AttackPath,
    required: Barrier,
    found: Barrier,
}

/// One look at the profiles.
struct Look<'a> {
    assessments: &'a [Assessment<'a>],
    changed: Vec<Changed>,
    missed: Vec<Missed>,
    lang: Lang,
}

/// Looks at profiles, alone or side by side.
pub(crate) fn run(args: &Assess) -> Result<Outcome> {
    let lang = if args.english { Lang::En } else { Lang::Ja };
    if args.list {
        return print::list(args.json, lang);
    }
    let required =
        args.require.iter().map(|text| required(text, lang)).collect::<Result<Vec<_>>>()?;
    let day = args.as_of.unwrap_or_else(|| agreement::today(SystemClock.now()));
    if args.agreement {
        return for_agreement(args, &required, day, lang);
    }
    let profiles = find::all(args, lang)?;
    let assessments: Vec<Assessment<'_>> =
        profiles.iter().map(|profile| Assessment::of(profile, day)).collect();
    let changed = changed(args, &profiles, day, lang)?;
    let missed = missed(&assessments, &required);
    let look = Look { assessments: &assessments, changed, missed, lang };
    if let Some(file) = &args.html {
        let publisher = args.publisher.as_deref();
        let page =
            Comparison { assessments: look.assessments, changed: &look.changed, publisher, lang }
                .page();
        let read = args.files.iter().chain(&args.since).map(std::path::PathBuf::as_path);
        write_private(file, page.as_bytes(), read).map_err(|fault| fault.told(lang))?;
    }
    if args.json {
        print::json(&look)?;
    } else {
        print::table(&look);
    }
    Ok(look.outcome())
}

impl Look<'_> {
    fn outcome(&self) -> Outcome {
        let is_sound = self.assessments.iter().all(|each| each.problems.is_empty());
        let is_worse = self.changed.iter().flat_map(|c| &c.changes).any(since::Change::is_worse);
        if is_sound && !is_worse && self.missed.is_empty() { Outcome::Well } else { Outcome::Bad }
    }
}

/// The part of an agreement that a profile's file fills in, by the very reading that both companies'
/// desks compute again.
fn for_agreement(args: &Assess, required: &[Required], day: Date, lang: Lang) -> Result<Outcome> {
    let [file] = args.files.as_slice() else {
        bail!(lang.pick(
            "--agreement: 求める相手の会社の記録を、1つのファイルで書いてください",
            "--agreement: name one file, the profile of the company that something is required of"
        ));
    };
    let bytes = find::bytes(file, lang)?;
    let refused = |fault: profile::ProfileFault| find::refused(file, lang, &fault);
    let is_bank = profile::is_of_bank(&bytes).map_err(refused)?;
    let least = required.iter().map(|each| (each.path, each.barrier));
    let mut standard = Standard { required: least.collect(), ..Standard::default() };
    profile::look(&mut standard, std::str::from_utf8(&bytes)?, day).map_err(refused)?;
    let missed = standard.missed().next().is_some();
    let side = if is_bank { "of_bank" } else { "of_wallet" };
    let part = BTreeMap::from([("standards", BTreeMap::from([(side, standard)]))]);
    out!("{}", toml::to_string(&part)?);
    Ok(if missed { Outcome::Bad } else { Outcome::Well })
}

/// `link=device`
fn required(text: &str, lang: Lang) -> Result<Required> {
    let words = |names: Vec<&str>| names.join(", ");
    let path = || words(AttackPath::ALL.map(AttackPath::name).to_vec());
    let barrier = || words(Barrier::ALL.into_iter().skip(1).map(Barrier::name).collect());
    let known = text.split_once('=').and_then(|(path, barrier)| {
        let barrier = Barrier::parse(barrier).filter(|barrier| *barrier != Barrier::Unknown)?;
        Some(Required { path: AttackPath::parse(path)?, barrier })
    });
    known.with_context(|| {
        let (path, barrier) = (path(), barrier());
        match lang {
            Lang::Ja => {
                format!("--require {text}: 道すじ=水準 と書いてください。道すじ: {path}、水準: {barrier}")
            }
            Lang::En => format!("--require {text}: write PATH=BARRIER, with {path} and {barrier}"),
        }
    })
}

fn missed(assessments: &[Assessment<'_>], required: &[Required]) -> Vec<Missed> {
    let mut missed = Vec::new();
    for (place, assessment) in assessments.iter().enumerate() {
        for Required { path, barrier } in required {
            let found = assessment.barrier(*path);
            if !found.meets(*barrier) {
                missed.push(Missed { place, path: *path, required: *barrier, found });
            }
        }
    }
    missed
}

fn changed(args: &Assess, profiles: &[Profile], day: Date, lang: Lang) -> Result<Vec<Changed>> {
    let mut all = Vec::new();
    for file in &args.since {
        let (name, old) = (file.display(), find::from_file(file, lang)?);
        let id = &old.id;
        let Some(place) = profiles.iter().position(|profile| profile.id == *id) else {
            match lang {
                Lang::Ja => {
                    bail!("--since {name}: {id}の記録ですが、{id}は見る相手に入っていません")
                }
                Lang::En => bail!("--since {name}: it is of {id}, which is not looked at"),
            }
        };
        let Some(new) = profiles.get(place) else { continue };
        if old.data_date > new.data_date {
            match lang {
                Lang::Ja => bail!("--since {name}: 見る相手のファイルより新しい記録です"),
                Lang::En => bail!("--since {name}: it is newer than the file that is looked at"),
            }
        }
        let changes = since::changes(&old, new, day);
        all.push(Changed { place, since: old.data_date, changes });
    }
    Ok(all)
}
