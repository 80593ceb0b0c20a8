//! What happens around every request.

pub mod assets;
pub(crate) mod compress;
pub(crate) mod flow;
pub(crate) mod hosts;
pub mod metrics;
pub mod ops;
pub mod rate;
pub(crate) mod security;
