//! Every promise of the record port, kept on a real file.

#[cfg(test)]
mod file;
#[cfg(test)]
mod group;
#[cfg(test)]
mod place;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod redis;
