//! The shared web server, asked over HTTP, and every component on one page.

#[cfg(test)]
mod check;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod hosts;
#[cfg(test)]
mod kitchen;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod support;
