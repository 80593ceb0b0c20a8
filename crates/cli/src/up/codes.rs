//! The codes that the demo's staff were handed: the same in every demo, and worth nothing
//! anywhere else.

use kanuki_demo::{
    guide::StaffCode,
    people::{Desk, STAFF},
};

fn code(key: &str) -> String {
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("DESK-{}", plain.to_ascii_uppercase())
}

/// Activation codes of the staff at `desk`.
pub(crate) fn staff_at(desk: Desk) -> Vec<(&'static str, String)> {
    let there = STAFF.iter().filter(|staff| staff.desk == desk);
    there.map(|staff| (staff.name, code(staff.key))).collect()
}

/// Everybody's, for the guide.
pub(crate) fn staff() -> Vec<StaffCode> {
    STAFF.iter().map(|staff| StaffCode { staff: staff.key, code: code(staff.key) }).collect()
}
