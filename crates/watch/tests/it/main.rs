//! Statements as banks hand them out, whole and broken; and what is found in them.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod broken;
#[cfg(test)]
mod dates;
#[cfg(test)]
mod files;
#[cfg(test)]
mod findings;
#[cfg(test)]
mod layouts;
#[cfg(test)]
mod passbooks;
#[cfg(test)]
mod profiles;
#[cfg(test)]
mod stated;
