//! One line of a CSV file as its cells, for the lists that staff load.

use csv_core::ReadRecordResult;

use crate::{cell_reader::CellReader, text::safe_line};

/// The longest line, in bytes.
pub(crate) const LINE_MAX: usize = 4_096;
const CELLS_MAX: usize = 16;

/// Why a line has no cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellsFault {
    /// It is too long, or quotation marks do not close.
    TooLong,
    /// Not UTF-8.
    Encoding,
}

/// The cells of one line, without what hides or reorders.
pub(crate) fn cells(line: &str) -> Result<Vec<String>, CellsFault> {
    if line.len() >= LINE_MAX {
        return Err(CellsFault::TooLong);
    }
    let (mut output, mut ends) = (vec![0; LINE_MAX], vec![0; CELLS_MAX]);
    let ended = format!("{line}\n");
    let mut reader = CellReader::default();
    let (done, _, _, count) = reader.read_record(ended.as_bytes(), &mut output, &mut ends);
    if !matches!(done, ReadRecordResult::Record) {
        return Err(CellsFault::TooLong);
    }
    let mut from = 0;
    let mut cells = Vec::with_capacity(count);
    for end in ends.iter().take(count) {
        let bytes = output.get(from..*end).unwrap_or_default();
        let text = std::str::from_utf8(bytes).map_err(|_| CellsFault::Encoding)?;
        cells.push(safe_line(text, LINE_MAX));
        from = *end;
    }
    Ok(cells)
}
