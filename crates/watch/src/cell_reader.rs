//! Readers of cells that are used again: to make the tables of one takes longer than to read a small file.
//!
//! `formats` has one of these too. Neither crate imports the other, and there is nothing else of it.

use std::{
    cell::RefCell,
    ops::{Deref, DerefMut},
};

use csv_core::{Reader, ReaderBuilder};

thread_local! {
    /// One for each delimiter of a thread.
    static WAITING: RefCell<Vec<(u8, Reader)>> = const { RefCell::new(Vec::new()) };
}

/// A reader of cells between delimiters, at its beginning. It waits in its thread once it is dropped.
pub(crate) struct CellReader {
    delimiter: u8,
    reader: Reader,
}

impl CellReader {
    pub(crate) fn between(delimiter: u8) -> Self {
        let waiting = WAITING.try_with(|waiting| {
            let mut waiting = waiting.try_borrow_mut().ok()?;
            let place = waiting.iter().position(|(one, _)| *one == delimiter)?;
            Some(waiting.swap_remove(place).1)
        });
        let make = || ReaderBuilder::new().delimiter(delimiter).build();
        Self { delimiter, reader: waiting.ok().flatten().unwrap_or_else(make) }
    }
}

impl Deref for CellReader {
    type Target = Reader;
    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl DerefMut for CellReader {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.reader
    }
}

impl Drop for CellReader {
    fn drop(&mut self) {
        let mut reader = std::mem::take(&mut self.reader);
        reader.reset();
        // Where the thread ends, there is nobody to keep it for.
        let _kept = WAITING.try_with(|waiting| {
            if let Ok(mut waiting) = waiting.try_borrow_mut()
                && waiting.iter().all(|(one, _)| *one != self.delimiter)
            {
                waiting.push((self.delimiter, reader));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use csv_core::ReadRecordResult;

    use super::*;

    fn cells(reader: &mut CellReader, line: &str) -> (bool, usize) {
        let (mut output, mut ends) = ([0; 64], [0; 8]);
        let (done, _, _, count) = reader.read_record(line.as_bytes(), &mut output, &mut ends);
        (matches!(done, ReadRecordResult::Record), count)
    }

    #[test]
    fn one_that_was_left_within_a_cell_reads_as_a_new_one() {
        for _ in 0..3 {
            let mut comma = CellReader::between(b',');
            let mut tab = CellReader::between(b'\t');
            let mut beside = CellReader::between(b',');
            assert_eq!(cells(&mut comma, "a,\"b\n"), (false, 1));
            drop(comma);
            assert_eq!(cells(&mut CellReader::between(b','), "a,b\n"), (true, 2));
            assert_eq!(cells(&mut tab, "a\tb,c\n"), (true, 2));
            assert_eq!(cells(&mut beside, "a,\"b,c\",d\n"), (true, 3));
        }
    }
}
