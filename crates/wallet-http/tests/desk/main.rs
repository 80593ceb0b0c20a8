//! What staff, shops, scripts, banks and passers-by meet at a wallet, over HTTP in one process.

#[cfg(test)]
mod api;
#[cfg(test)]
mod banks;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod incident;
#[cfg(test)]
mod public;
#[cfg(test)]
mod shops;
#[cfg(test)]
mod signals;
#[cfg(test)]
mod staff;
#[cfg(test)]
mod support;
#[cfg(test)]
mod switches;
