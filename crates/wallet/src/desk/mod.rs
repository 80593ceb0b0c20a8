//! What staff can do: cases, stopping at once, releasing only as two.

mod cases;
mod flow;
mod held;
mod incident;
mod members;
mod off;
mod records;
mod reported;
mod risk;
mod staff;
mod subject;
mod switches;

pub use held::{HELD_RELEASE, HeldMoney, HeldWay};
pub use off::SwitchedOff;
pub use staff::{Activating, StaffSigningIn};
pub use switches::{SWITCHES, Switch};
