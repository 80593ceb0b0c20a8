//! `kanuki assess`: what an attacker would need of whoever keeps one's money, what nobody says, and
//! how old the evidence is.

mod print;

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result, bail};
use jiff::civil::Date;
use kanuki_desk::registry::profile;
use kanuki_domain::{
    agreement::{self, Standard},
    bank_account::BankCode,
    barrier::{AttackPath, Barrier},
};
use kanuki_formats::directory::Directory;
use kanuki_site::Clock as _;
use kanuki_watch::{
    Lang,
    profile::{Assessment, Changed, Comparison, Profile, since, starter},
};

use crate::{
    Outcome,
    args::Assess,
    bounded,
    out::{out, write_private},
    real::SystemClock,
};

/// More than a profile can be; what is shorter and still too long its reader refuses.
const PROFILE_MAX: u64 = 2 << 20;

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
    let required = args.require.iter().map(|text| required(text)).collect::<Result<Vec<_>>>()?;
    let day = args.as_of.unwrap_or_else(|| agreement::today(SystemClock.now()));
    if args.agreement {
        return for_agreement(args, &required, day);
    }
    let profiles = profiles(args)?;
    let assessments: Vec<Assessment<'_>> =
        profiles.iter().map(|profile| Assessment::of(profile, day)).collect();
    let changed = changed(args, &profiles, day)?;
    let missed = missed(&assessments, &required);
    let look = Look { assessments: &assessments, changed, missed, lang };
    if let Some(file) = &args.html {
        let page =
            Comparison { assessments: look.assessments, changed: &look.changed, lang }.page();
        let read = args.files.iter().chain(&args.since).map(std::path::PathBuf::as_path);
        write_private(file, page.as_bytes(), read)?;
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

fn profiles(args: &Assess) -> Result<Vec<Profile>> {
    let files = args.files.iter().map(|file| from_file(file));
    let banks = args.bank.iter().map(|code| of_bank(code));
    let wallets = args.wallet.iter().map(|id| of_wallet(id));
    let profiles: Vec<Profile> = files.chain(banks).chain(wallets).collect::<Result<_>>()?;
    if profiles.is_empty() {
        bail!("no profile: name files, or --bank CODE or --wallet ID of those that --list shows");
    }
    for (place, profile) in profiles.iter().enumerate() {
        if profiles.iter().skip(place.saturating_add(1)).any(|other| other.id == profile.id) {
            bail!("{} is named twice; use --since for an older file of it", profile.id);
        }
    }
    Ok(profiles)
}

fn from_file(file: &Path) -> Result<Profile> {
    let bytes = bounded::read(file, PROFILE_MAX)?;
    profile::read(&bytes).map_err(|error| {
        anyhow::anyhow!("{} was refused, nothing of it was used: {error}", file.display())
    })
}

/// The part of an agreement that a profile's file fills in, by the very reading that both companies'
/// desks compute again.
fn for_agreement(args: &Assess, required: &[Required], day: Date) -> Result<Outcome> {
    let [file] = args.files.as_slice() else {
        bail!(
            "--agreement: name one file, the profile of the company that something is required of"
        );
    };
    let bytes = bounded::read(file, PROFILE_MAX)?;
    let refused = |error: profile::ProfileFault| {
        anyhow::anyhow!("{} was refused, nothing of it was used: {error}", file.display())
    };
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

fn of_bank(code: &str) -> Result<Profile> {
    let Ok(known) = BankCode::parse(code) else {
        bail!("--bank {code}: write the bank's code of four digits");
    };
    if let Some(profile) = starter::find(code) {
        return Ok(profile?);
    }
    let directory = Directory::get();
    match directory.find(known) {
        Some(bank) => bail!(
            "--bank {code} ({}): no profile comes with Kanuki, so everything about it is unknown; \
             write one (docs/institution-profile.md) and name its file; there are {}",
            bank.name,
            ids()
        ),
        None if directory.is_retired(known) => {
            let former = directory.former(known);
            let was = former.map(|former| format!(" ({})", former.institution.display_name()));
            let now = former.and_then(|former| directory.successor(former));
            let now = now.map(|now| format!(", into {} {}", now.code, now.display_name()));
            bail!(
                "--bank {code}{}: this bank has merged or closed{}; there are {}",
                was.unwrap_or_default(),
                now.unwrap_or_default(),
                ids()
            )
        }
        None => bail!("--bank {code}: no such bank in the list of {}", directory.as_of()),
    }
}

fn of_wallet(id: &str) -> Result<Profile> {
    match starter::find(id) {
        Some(profile) => Ok(profile?),
        None => bail!("--wallet {id}: no profile of this name; there are {}", ids()),
    }
}

fn ids() -> String {
    starter::ids().collect::<Vec<_>>().join(", ")
}

/// `link=device`
fn required(text: &str) -> Result<Required> {
    let words = |names: Vec<&str>| names.join(", ");
    let path = || words(AttackPath::ALL.map(AttackPath::name).to_vec());
    let barrier = || words(Barrier::ALL.into_iter().skip(1).map(Barrier::name).collect());
    let known = text.split_once('=').and_then(|(path, barrier)| {
        let barrier = Barrier::parse(barrier).filter(|barrier| *barrier != Barrier::Unknown)?;
        Some(Required { path: AttackPath::parse(path)?, barrier })
    });
    known.with_context(|| {
        format!("--require {text}: write PATH=BARRIER, with {} and {}", path(), barrier())
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

fn changed(args: &Assess, profiles: &[Profile], day: Date) -> Result<Vec<Changed>> {
    let mut all = Vec::new();
    for file in &args.since {
        let old = from_file(file)?;
        let Some(place) = profiles.iter().position(|profile| profile.id == old.id) else {
            bail!("--since {}: it is of {}, which is not looked at", file.display(), old.id);
        };
        let Some(new) = profiles.get(place) else { continue };
        if old.data_date > new.data_date {
            bail!("--since {}: it is newer than the file that is looked at", file.display());
        }
        let changes = since::changes(&old, new, day);
        all.push(Changed { place, since: old.data_date, changes });
    }
    Ok(all)
}
