//! The attack lab: crimes replayed against the running system on a simulated clock.
//!
//! ```text
//!  playbook ─ puts ─▶ thieves ─┐
//!  honest ─── put ──▶ people ──┼─ browser: HTTP as bytes ─▶ world: the servers that `up` runs
//!  sim ────── clock, chance, order                            │
//!  report ◀── measure: yen lost, what the honest met ◀────────┘
//! ```
//!
//! [`check()`] looks at the same companies row by row of what the rules ask, and says which it could see.
//!
//! [`run()`] builds one world for each playbook, policy and starting point and answers a [`Report`];
//! [`list()`] says what there is. The same seed gives the same report and the same event trace, byte
//! for byte: `docs/adr/0002-lab-clock.md` says how.
//!
//! **Invariant:** an actor reaches a company through its browser alone, and people away from the web
//! through a telephone, a teller machine or a counter. What the lab knows beyond that, it only counts.

mod ablate;
mod browser;
mod conformance;
mod fared;
mod fault;
mod honest;
mod hunt;
mod measure;
mod net;
mod people;
mod playbook;
mod policy;
mod report;
mod run;
mod sim;
mod speed;
mod sweep;
mod target;
mod walk;
mod weather;
mod world;

pub use ablate::{Ablation, Theft, Trial, Without, Worth, ablate};
pub use conformance::{Checked, Conformance, Force, Running, State, check, check_at};
pub use hunt::{Found, Hunt, HuntOptions, Story, StoryError, hunt, replay};
pub use playbook::{Bound, Meeting, Scenario, ScenarioError};
pub use policy::{PolicyFile, PolicyFileError, y2020::PATHS_2020};
pub use report::{
    Bar, Day, Friction, KindFriction, Loss, Mark, Moment, OwnPolicy, Report, RouteFriction,
    RuleFired, Run, Seen, Start,
};
pub use run::{LabError, Listed, Listing, Options, Progress, list, run, run_telling};
pub use speed::{Lap, Work, crowd, live};
pub use sweep::{Starts, Sweep, Swept, sweep};
pub use target::{Books, Foray, NotPlayed, OutsideIn, Target, TargetError, Verdict, run_at};
