//! Tables: figures below figures.

use maud::{Markup, html};

/// A column's heading and how its cells stand.
#[derive(Clone, Debug)]
pub struct Column {
    label: String,
    is_number: bool,
}

impl Column {
    /// Words.
    #[must_use]
    pub fn text(label: impl Into<String>) -> Self {
        Self { label: label.into(), is_number: false }
    }

    /// Figures.
    #[must_use]
    pub fn number(label: impl Into<String>) -> Self {
        Self { label: label.into(), is_number: true }
    }
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it is about.
    pub caption: String,
    /// Columns.
    pub head: Vec<Column>,
    /// Cells, as many per row as there are columns; the first one names its row.
    pub rows: Vec<Vec<Markup>>,
}

/// A table that scrolls sideways by itself when it is too wide. On a telephone each row of a desk's
/// table is a card, whose cells stand below each other with their headings.
#[must_use]
pub fn table(table: &Table) -> Markup {
    let class = |place: usize| {
        let column = table.head.get(place);
        column.filter(|column| column.is_number).map(|_| "number")
    };
    html! {
        div.table-box tabindex="0" role="region" aria-label=(table.caption) {
            table role="table" {
                caption { (table.caption) }
                thead {
                    tr {
                        @for (place, column) in table.head.iter().enumerate() {
                            th scope="col" class=[class(place)] { (column.label) }
                        }
                    }
                }
                tbody role="rowgroup" {
                    @for row in &table.rows {
                        tr role="row" {
                            @for (place, cell) in row.iter().enumerate() {
                                @if place == 0 { th scope="row" role="rowheader" class=[class(place)] { (cell) } }
                                @else {
                                    td role="cell" class=[class(place)]
                                        data-label=[table.head.get(place).map(|column| &column.label)] {
                                        (cell)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
