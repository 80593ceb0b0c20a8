//! What thieves can do, whatever their plan: the pieces that playbooks are made of.

pub(crate) mod doors;
mod names;
pub(crate) mod old;
pub(crate) mod stolen;
