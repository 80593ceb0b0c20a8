//! What thieves can do, whatever their plan: the pieces that playbooks are made of.

pub(super) mod doors;
mod names;
pub(super) mod old;
pub(super) mod stolen;
