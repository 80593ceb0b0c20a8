//! The lab as its users see it.

#[cfg(test)]
mod docomo_2020;
#[cfg(test)]
mod playbooks;
