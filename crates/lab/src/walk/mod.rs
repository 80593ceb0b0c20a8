//! What people click: the same pages for the honest and for thieves.

pub(crate) mod bank;
pub(crate) mod desk;
pub(crate) mod fill;
pub(crate) mod wallet;
pub(crate) mod y2020;
