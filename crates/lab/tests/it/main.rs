//! The lab as its users see it.

#[cfg(test)]
mod ablate;
#[cfg(test)]
mod docomo_2020;
#[cfg(test)]
mod hunt;
#[cfg(test)]
mod playbooks;
#[cfg(test)]
mod policy_file;
#[cfg(test)]
mod seeds;
#[cfg(test)]
mod weather;
