//! The attack lab: crimes replayed on a simulated clock.

mod browser;
mod honest;
mod measure;
mod net;
mod people;
mod playbook;
mod policy;
mod report;
mod run;
mod sim;
mod walk;
mod world;

pub use policy::y2020::PATHS_2020;
pub use report::{Bar, Day, Friction, Loss, Mark, Report, Run, Start};
pub use run::{LabError, Listed, Listing, Options, list, run};
