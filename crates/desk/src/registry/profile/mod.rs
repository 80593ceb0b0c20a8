//! What a company requires of the other's institution profile: computed from the profile's file,
//! when a version is proposed and again whenever it is judged (FT-10, FT-16, ZG-01).
//!
//! The file is kept with the version, word for word, and two people sign it with the rest. So what
//! was found is never believed: whoever changes it, or the file, changes what comes out.

use jiff::civil::Date;
use kanuki_domain::{
    agreement::{Agreement, Gap, Lack, Standard},
    bank_account::BankCode,
};
use kanuki_formats::directory::{Called, Directory};
use kanuki_watch::{
    Lang,
    profile::{self, InstitutionKind, Level, Profile, ProfileError},
};
use sha2::{Digest as _, Sha256};

use crate::evidence::hex;

/// The longest file that is kept beside an agreement: three times the longest there is, and two of them
/// fit into one form.
pub const FILE_MAX: usize = 16 * 1024;

/// Why a profile was not taken; its `Display` is English.
#[derive(Debug, thiserror::Error)]
pub enum ProfileFault {
    /// Longer than what is kept beside an agreement.
    #[error("longer than what is kept beside an agreement (16 KB)")]
    TooLong,
    /// Not one.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// Code and name are of two institutions.
    #[error("\"id\" {code} is {is} in the list of {as_of}, and \"name\" says {said}")]
    Misnamed {
        /// The code.
        code: String,
        /// Whose it is.
        is: String,
        /// As what list says.
        as_of: Date,
        /// What the file calls it.
        said: String,
    },
    /// Nobody has looked yet.
    #[error("\"data_date\" is a day that has not come yet")]
    Ahead,
}

impl ProfileFault {
    /// The same for one reader: whoever mends the file need not read English.
    #[must_use]
    pub fn say(&self, lang: Lang) -> String {
        match (lang, self) {
            (_, Self::Profile(error)) => error.say(lang),
            (Lang::En, _) => self.to_string(),
            (Lang::Ja, Self::TooLong) => "取り決めに添えるには長すぎます(16 KBまで)".to_owned(),
            (Lang::Ja, Self::Ahead) => "\"data_date\" がまだ来ていない日です".to_owned(),
            (Lang::Ja, Self::Misnamed { code, is, as_of, said }) => format!(
                "\"id\" {code}は、{}の一覧では{is}ですが、\"name\" は{said}です",
                lang.date(*as_of)
            ),
        }
    }
}

/// Reads a profile, and compares code and name of a bank with the directory, retired and renamed
/// ones by their names too. A code of which no list says the name is taken as it is.
pub fn read(bytes: &[u8]) -> Result<Profile, ProfileFault> {
    let profile = profile::read(bytes)?;
    let code = match profile.kind {
        InstitutionKind::Bank => BankCode::parse(&profile.id).ok(),
        InstitutionKind::Wallet => None,
    };
    let directory = Directory::get();
    match code.map(|code| directory.called(code, &profile.name)) {
        Some(Called::Otherwise(is)) => Err(ProfileFault::Misnamed {
            code: profile.id,
            is,
            as_of: directory.as_of(),
            said: profile.name.chars().take(60).collect(),
        }),
        Some(Called::So | Called::Unknown) | None => Ok(profile),
    }
}

/// Whether a profile is of a bank, and not of a wallet.
pub fn is_of_bank(bytes: &[u8]) -> Result<bool, ProfileFault> {
    Ok(read(bytes)?.kind == InstitutionKind::Bank)
}

/// Fills in what a profile's file comes to on a day. What is required stays as it is.
pub fn look(standard: &mut Standard, file: &str, on: Date) -> Result<Profile, ProfileFault> {
    if file.len() > FILE_MAX {
        return Err(ProfileFault::TooLong);
    }
    let profile = read(file.as_bytes())?;
    if profile.data_date > on {
        return Err(ProfileFault::Ahead);
    }
    let required = std::mem::take(&mut standard.required);
    let ways: Vec<_> = required.keys().copied().collect();
    let level = Level::of(&profile, on, &ways);
    *standard = Standard {
        required,
        found: level.found,
        profile: format!("{} {}, {}", profile.id, profile.name, profile.data_date),
        sha256: hex(Sha256::digest(file).into()),
        file: file.to_owned(),
        looked_on: Some(on),
        expires: Some(level.expires),
    };
    Ok(profile)
}

/// The profile behind a standard, if what was found is what its file comes to.
fn proven(standard: &Standard) -> Option<Profile> {
    let mut again = Standard { required: standard.required.clone(), ..Standard::default() };
    let profile = look(&mut again, &standard.file, standard.looked_on?).ok()?;
    (again == *standard).then_some(profile)
}

/// Computes what was found anew wherever it is not what the file comes to, or holds no more. What is
/// true and holds stays as it was looked at, so that another change needs nobody to look again.
pub fn settle(agreement: &mut Agreement, today: Date) {
    for standard in [&mut agreement.standards.of_bank, &mut agreement.standards.of_wallet] {
        let required = standard.required.clone();
        let file = std::mem::take(&mut standard.file);
        let kept = Standard { file: file.clone(), ..standard.clone() };
        *standard = Standard { required, ..Standard::default() };
        if !standard.is_asked() || file.is_empty() {
            continue;
        }
        let holds = kept.looked_on.is_some_and(|on| on <= today)
            && kept.expires.is_some_and(|day| day >= today);
        if holds && proven(&kept).is_some() {
            *standard = kept;
        } else if look(standard, &file, today).is_err() {
            // The gap says that nothing follows from it.
            standard.file = file;
        }
    }
}

/// What is wrong with the profiles behind an agreement: not what their files come to, or of another
/// company. `bank` is the bank's code, where it is known.
#[must_use]
pub fn gaps(agreement: &Agreement, bank: Option<BankCode>) -> Vec<Gap> {
    let bank = bank.map(|code| code.to_string());
    let standards = &agreement.standards;
    let mut gaps = Vec::new();
    for (standard, row, at, kind, id) in [
        (&standards.of_bank, "FT-10", "standards.of_bank.file", InstitutionKind::Bank, bank),
        (&standards.of_wallet, "ZG-01", "standards.of_wallet.file", InstitutionKind::Wallet, None),
    ] {
        if !standard.is_asked() || standard.file.is_empty() {
            continue;
        }
        match proven(standard) {
            None => gaps.push(Gap::new(row, at, Lack::Untrue)),
            Some(profile) => {
                let is_other = id.is_some_and(|id| id != profile.id);
                if profile.kind != kind || is_other {
                    gaps.push(Gap::new(row, at, Lack::Stranger));
                }
            }
        }
    }
    gaps
}

#[cfg(test)]
mod tests;
