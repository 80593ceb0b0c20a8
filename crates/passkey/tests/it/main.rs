//! Whole ceremonies between a relying party and an authenticator in software.

#[cfg(test)]
mod ceremonies;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod support;
