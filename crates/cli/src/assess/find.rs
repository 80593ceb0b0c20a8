//! The profiles that are looked at: files, and those that come with Kanuki.

use std::path::Path;

use anyhow::{Result, bail};
use kanuki_desk::registry::profile::{self, ProfileFault};
use kanuki_domain::bank_account::BankCode;
use kanuki_formats::directory::{Directory, Institution, Meant};
use kanuki_watch::{
    Lang,
    profile::{Profile, starter},
};

use crate::{args::Assess, bounded};

/// More than a profile can be, in MB; what is shorter and still too long its reader refuses.
const PROFILE_MEGA: u64 = 2;
/// As many names as one looks through for the one that was meant.
const CANDIDATES: usize = 5;

/// Everything that was named, each once.
pub(super) fn all(args: &Assess, lang: Lang) -> Result<Vec<Profile>> {
    let files = args.files.iter().map(|file| from_file(file, lang));
    let banks = args.bank.iter().map(|code| of_bank(code, lang));
    let wallets = args.wallet.iter().map(|id| of_wallet(id, lang));
    let profiles: Vec<Profile> = files.chain(banks).chain(wallets).collect::<Result<_>>()?;
    if profiles.is_empty() {
        bail!(lang.pick(
            "だれを見るかがありません。ファイルか、--list に出る --bank 番号、--wallet 名前を書いてください",
            "no profile: name files, or --bank CODE or --wallet ID of those that --list shows"
        ));
    }
    for (place, profile) in profiles.iter().enumerate() {
        let id = &profile.id;
        if profiles.iter().skip(place.saturating_add(1)).any(|other| other.id == *id) {
            match lang {
                Lang::Ja => {
                    bail!("{id}が2回あります。前の記録と比べるには --since を使ってください")
                }
                Lang::En => bail!("{id} is named twice; use --since for an older file of it"),
            }
        }
    }
    Ok(profiles)
}

/// What stands in a file, for a reader of profiles.
pub(super) fn bytes(file: &Path, lang: Lang) -> Result<Vec<u8>> {
    bounded::read_for(lang, file, PROFILE_MEGA)
}

/// That a file cannot be used, and why.
pub(super) fn refused(file: &Path, lang: Lang, fault: &ProfileFault) -> anyhow::Error {
    let (name, why) = (file.display(), fault.say(lang));
    match lang {
        Lang::Ja => anyhow::anyhow!("{name}は使えません。中身は何も使っていません: {why}"),
        Lang::En => anyhow::anyhow!("{name} was refused, nothing of it was used: {why}"),
    }
}

/// The profile in a file.
pub(super) fn from_file(file: &Path, lang: Lang) -> Result<Profile> {
    profile::read(&bytes(file, lang)?).map_err(|fault| refused(file, lang, &fault))
}

fn of_bank(code: &str, lang: Lang) -> Result<Profile> {
    let Ok(known) = BankCode::parse(code) else { bail!(no_code(code, lang)) };
    if let Some(profile) = starter::find(code) {
        return Ok(profile?);
    }
    let directory = Directory::get();
    if let Some(bank) = directory.find(known) {
        let (name, ids) = (&bank.name, ids());
        match lang {
            Lang::Ja => bail!(
                "--bank {code}({name}): Kanukiに入っている記録はなく、すべて不明です。自分で書いて\
                 (docs/institution-profile.md)、そのファイルを選んでください。入っているもの: {ids}"
            ),
            Lang::En => bail!(
                "--bank {code} ({name}): no profile comes with Kanuki, so everything about it is \
                 unknown; write one (docs/institution-profile.md) and name its file; there are {ids}"
            ),
        }
    }
    if directory.is_retired(known) {
        bail!(gone(directory, known, lang));
    }
    match lang {
        Lang::Ja => bail!(
            "--bank {code}: この番号の銀行は、{}の一覧にありません",
            lang.date(directory.as_of())
        ),
        Lang::En => bail!("--bank {code}: no such bank in the list of {}", directory.as_of()),
    }
}

/// That a bank is named by its code, and which codes may be meant.
fn no_code(typed: &str, lang: Lang) -> String {
    let directory = Directory::get();
    let meant = match directory.meant(typed) {
        Meant::One(bank) => vec![bank],
        Meant::Several(several) => several,
        Meant::Nobody => directory.close(typed, CANDIDATES),
    };
    let name = |bank: &&Institution| format!("{} {}", bank.code, bank.display_name());
    let names: Vec<String> = meant.iter().take(CANDIDATES).map(name).collect();
    let names = names.join(lang.pick("、", ", "));
    let more = if meant.len() > CANDIDATES { lang.pick("、ほか", ", and more") } else { "" };
    match (lang, names.as_str()) {
        (Lang::Ja, "") => format!(
            "--bank {typed}: 銀行の番号を4けたで書いてください。`kanuki formats bank` で調べられます"
        ),
        (Lang::En, "") => format!(
            "--bank {typed}: write the bank's code of four digits; `kanuki formats bank` finds it"
        ),
        (Lang::Ja, _) => {
            format!("--bank {typed}: 銀行の番号を4けたで書いてください。もしかして: {names}{more}")
        }
        (Lang::En, _) => {
            format!("--bank {typed}: write the bank's code of four digits; perhaps {names}{more}")
        }
    }
}

fn gone(directory: &Directory, code: BankCode, lang: Lang) -> String {
    let former = directory.former(code);
    let was = former.map(|former| former.institution.display_name());
    let now = former.and_then(|former| directory.successor(former));
    let ids = ids();
    match lang {
        Lang::Ja => {
            let was = was.map(|was| format!("({was})")).unwrap_or_default();
            let now = now.map(|now| format!("いまは{} {}です。", now.code, now.display_name()));
            format!(
                "--bank {code}{was}: この銀行は合併したか、なくなりました。{}入っているもの: {ids}",
                now.unwrap_or_default()
            )
        }
        Lang::En => {
            let was = was.map(|was| format!(" ({was})")).unwrap_or_default();
            let now = now.map(|now| format!(", into {} {}", now.code, now.display_name()));
            format!(
                "--bank {code}{was}: this bank has merged or closed{}; there are {ids}",
                now.unwrap_or_default()
            )
        }
    }
}

fn of_wallet(id: &str, lang: Lang) -> Result<Profile> {
    match (starter::find(id), lang) {
        (Some(profile), _) => Ok(profile?),
        (None, Lang::Ja) => {
            bail!("--wallet {id}: この名前の記録はありません。入っているもの: {}", ids())
        }
        (None, Lang::En) => bail!("--wallet {id}: no profile of this name; there are {}", ids()),
    }
}

fn ids() -> String {
    starter::ids().collect::<Vec<_>>().join(", ")
}
