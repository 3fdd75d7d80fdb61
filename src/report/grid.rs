//! Tables that fit the width: cells wrap, wide characters line up, colours take no room.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};

use crate::lang::Text;

use super::style::{Role, Style};

/// A column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// What stands above it.
    pub head: Text,
    /// Whether its cells end at the right edge, as numbers do.
    pub right: bool,
    /// Whether it is the one that gives way when there is not enough room.
    pub wraps: bool,
}

impl Column {
    /// A column of short words.
    pub(super) const fn words(head: Text) -> Self {
        Self { head, right: false, wraps: false }
    }

    /// A column of numbers.
    pub(super) const fn numbers(head: Text) -> Self {
        Self { head, right: true, wraps: false }
    }

    /// A column of longer text.
    pub(super) const fn prose(head: Text) -> Self {
        Self { head, right: false, wraps: true }
    }
}

/// The table. A cell may hold several lines; every cell must have gone through [`Style::guard`] already.
pub(super) fn grid(style: &Style, columns: &[Column], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    let width = u16::try_from(style.width).unwrap_or(u16::MAX);
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.set_header(columns.iter().map(|column| style.paint(Role::Muted, style.say(column.head))));
    for row in rows {
        table.add_row(row);
    }
    for (index, column) in columns.iter().enumerate() {
        let Some(laid_out) = table.column_mut(index) else { continue };
        laid_out.set_padding((if index == 0 { 2 } else { 1 }, 1));
        if column.right {
            laid_out.set_cell_alignment(CellAlignment::Right);
        }
        if !column.wraps {
            laid_out.set_constraint(ColumnConstraint::ContentWidth);
        } else if style.width < 50 {
            laid_out.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(16)));
        }
    }
    table.to_string().lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}
