//! The profiles that come with Kanuki: the incident's parties, mostly as history.
//!
//! They say what public sources said and nothing more. What holds today is for whoever looks it up
//! at the institution and writes it down with its day.

use super::{Profile, ProfileError, read};

/// Every file by its id.
macro_rules! files {
    ($($id:literal)*) => {
        [$(($id, include_str!(concat!("../../data/profiles/", $id, ".json"))),)*]
    };
}

const FILES: [(&str, &str); 20] = files! {
    "0001" "0009" "0010" "0040" "0118" "0125" "0126" "0152" "0157" "0163" "0166" "0168" "0173"
    "0512" "0532" "0546" "9900" "docomo-koza" "mijica" "paypay"
};

/// The ids of the profiles there are.
pub fn ids() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(id, _)| *id)
}

/// The profile of this id, if there is one.
pub fn find(id: &str) -> Option<Result<Profile, ProfileError>> {
    FILES.iter().find(|(name, _)| *name == id).map(|(_, text)| read(text.as_bytes()))
}

/// All of them.
pub fn all() -> Result<Vec<Profile>, ProfileError> {
    FILES.iter().map(|(_, text)| read(text.as_bytes())).collect()
}
