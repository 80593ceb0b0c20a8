//! What commands print. Whoever reads it may have seen enough (`kanuki assess … | head`): that ends
//! nothing and says nothing, and the exit code stays the answer's. A disk that is full is an error.

use std::{
    fmt,
    io::{self, Write as _},
    sync::atomic::{AtomicBool, Ordering},
};

static IS_LOST: AtomicBool = AtomicBool::new(false);

/// Prints a line on standard output, as `println!` does, but never panics.
macro_rules! out {
    () => { $crate::out::line(format_args!("")) };
    ($($words:tt)*) => { $crate::out::line(format_args!($($words)*)) };
}

pub(crate) use out;

pub(crate) fn line(words: fmt::Arguments<'_>) {
    if let Err(error) = writeln!(io::stdout().lock(), "{words}")
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        IS_LOST.store(true, Ordering::Relaxed);
    }
}

/// True when something could not be written though somebody was there to read it.
pub(crate) fn is_lost() -> bool {
    IS_LOST.load(Ordering::Relaxed)
}
