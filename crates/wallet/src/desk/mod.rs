//! What staff can do: cases, stopping at once, releasing only as two.

mod cases;
mod flow;
mod incident;
mod members;
mod records;
mod reported;
mod risk;
mod staff;
mod switches;

pub use staff::{Activating, StaffSigningIn};
pub use switches::{SWITCHES, Switch};
