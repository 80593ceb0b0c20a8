//! The codes that the demo's people were handed: the same in every demo, and worth nothing
//! anywhere else.

use kanuki_demo::{
    guide::{HolderCode, StaffCode},
    people::{BANKS, Desk, PEOPLE, STAFF},
};

fn code(kind: &str, key: &str) -> String {
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{kind}-{}", plain.to_ascii_uppercase())
}

/// Activation codes of the staff at `desk`.
pub(crate) fn staff_at(desk: Desk) -> Vec<(&'static str, String)> {
    let there = STAFF.iter().filter(|staff| staff.desk == desk);
    there.map(|staff| (staff.name, code("DESK", staff.key))).collect()
}

/// Everybody's, for the guide.
pub(crate) fn staff() -> Vec<StaffCode> {
    STAFF
        .iter()
        .map(|staff| StaffCode { staff: staff.key, code: code("DESK", staff.key) })
        .collect()
}

/// Codes from a branch: for holders with online banking, at each of their banks.
pub(crate) fn holders() -> Vec<HolderCode> {
    let mut codes = Vec::new();
    for person in PEOPLE.iter().filter(|person| person.has_online_banking) {
        for bank in BANKS {
            if person.accounts_at(bank.code).next().is_some() {
                let code = code("BRANCH", &format!("{}{}", person.key, bank.code));
                codes.push(HolderCode { person: person.key, bank: bank.code, code });
            }
        }
    }
    codes
}
