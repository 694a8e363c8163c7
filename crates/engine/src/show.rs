//! `df.show()`: a table of text, to the character as Spark prints it.

use crate::Frame;
use crate::resolve::Column;
use arrow::array::{Array, StringArray};
use brickyard_error::Result;
use brickyard_functions::format::{Style, to_strings};
use brickyard_functions::time_zone;

/// Cells as text, by row; `has_more` when there are rows beyond.
struct Grid {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
    has_more: bool,
}

pub(crate) async fn show_string(frame: &Frame, rows: usize, truncate: usize, vertical: bool) -> Result<String> {
    let grid = grid(frame, rows, truncate).await?;
    Ok(if vertical { vertical_text(&grid, rows) } else { table_text(&grid, rows, truncate) })
}

async fn grid(frame: &Frame, rows: usize, truncate: usize) -> Result<Grid> {
    let batches = frame.take(rows.saturating_add(1)).await?;
    let style = Style { zone: time_zone(&frame.session().conf().time_zone())?, is_pretty: true };
    let mut all: Vec<Vec<String>> = Vec::new();
    for batch in &batches {
        let columns: Vec<StringArray> =
            batch.columns().iter().map(|column| to_strings(column, style)).collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            let cell = |column: &StringArray| match column.is_null(row) {
                true => "NULL".to_owned(),
                false => cut(&escaped(column.value(row)), truncate),
            };
            all.push(columns.iter().map(cell).collect());
        }
    }
    let has_more = all.len() > rows;
    all.truncate(rows);
    let names = frame.resolved().columns.iter().map(|column: &Column| escaped(&column.name)).collect();
    Ok(Grid { names, rows: all, has_more })
}

/// Control characters as escapes, so that a cell stays on its line.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            other => out.push(other),
        }
    }
    out
}

/// At most `truncate` characters, as Java counts them, with dots at the end where there is room; 0: whole.
fn cut(text: &str, truncate: usize) -> String {
    if truncate == 0 || utf16_length(text) <= truncate {
        return text.to_owned();
    }
    let (keep, dots) = if truncate < 4 { (truncate, "") } else { (truncate - 3, "...") };
    let mut kept = String::new();
    let mut length = 0;
    for character in text.chars() {
        length += character.len_utf16();
        if length > keep {
            break;
        }
        kept.push(character);
    }
    kept + dots
}

fn utf16_length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Columns on the screen: characters of East Asian scripts take two, as Spark counts.
fn width(text: &str) -> usize {
    let is_wide = |c: char| {
        matches!(c as u32, 0x1100..=0x115F | 0x2E80..=0x303E | 0x3041..=0x33FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
            | 0xA000..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6)
    };
    text.chars().map(|c| if is_wide(c) { 2 } else { c.len_utf16() }).sum()
}

fn table_text(grid: &Grid, rows: usize, truncate: usize) -> String {
    const LEAST: usize = 3;
    let columns = grid.names.len();
    let mut widths: Vec<usize> = grid.names.iter().map(|name| width(name).max(LEAST)).collect();
    for row in &grid.rows {
        for (index, cell) in row.iter().enumerate() {
            widths[index] = widths[index].max(width(cell));
        }
    }
    let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let line = format!("+{}+\n", dashes.join("+"));
    let row_text = |cells: &[String]| {
        let padded: Vec<String> = (0..columns)
            .map(|index| {
                let padding = " ".repeat(widths[index] - width(&cells[index]));
                // Numbers and text alike are on the right where cells are cut.
                if truncate > 0 { padding + &cells[index] } else { format!("{}{padding}", cells[index]) }
            })
            .collect();
        format!("|{}|\n", padded.join("|"))
    };
    let mut text = line.clone() + &row_text(&grid.names) + &line;
    // A table without columns has rows without cells.
    grid.rows.iter().for_each(|row| text.push_str(&row_text(row)));
    text.push_str(&line);
    if grid.has_more {
        text.push_str(&more(rows));
    }
    text
}

fn more(rows: usize) -> String {
    format!("only showing top {rows} {}", if rows == 1 { "row" } else { "rows" })
}

fn vertical_text(grid: &Grid, rows: usize) -> String {
    const LEAST: usize = 3;
    let name_width = grid.names.iter().map(|name| width(name)).max().unwrap_or(0).max(LEAST);
    let cell_width = grid.rows.iter().flatten().map(|cell| width(cell)).max().unwrap_or(0).max(LEAST);
    let mut text = String::new();
    for (index, row) in grid.rows.iter().enumerate() {
        let header = format!("-RECORD {index}");
        // The header reaches over both columns and the bar between.
        let total = name_width + cell_width + 5;
        text.push_str(&format!("{header:-<total$}\n"));
        for (name, cell) in grid.names.iter().zip(row) {
            let name = format!("{name}{}", " ".repeat(name_width - width(name)));
            let cell = format!("{cell}{}", " ".repeat(cell_width - width(cell)));
            text.push_str(&format!(" {name} | {cell} \n"));
        }
    }
    if grid.has_more {
        text.push_str(&more(rows));
    } else if grid.rows.is_empty() {
        text.push_str("(0 rows)\n");
    }
    text
}

/// An HTML table, as notebooks show it.
pub(crate) async fn html_string(frame: &Frame, rows: usize, truncate: usize) -> Result<String> {
    let grid = grid(frame, rows, truncate).await?;
    let entity =
        |text: &String| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let cells = |row: &[String], tag: &str| {
        row.iter().map(|cell| format!("<{tag}>{}</{tag}>", entity(cell))).collect::<Vec<_>>().join("")
    };
    let mut html = format!("<table border='1'>\n<tr>{}</tr>\n", cells(&grid.names, "th"));
    for row in &grid.rows {
        html.push_str(&format!("<tr>{}</tr>\n", cells(row, "td")));
    }
    html.push_str("</table>\n");
    if grid.has_more {
        html.push_str(&more(rows));
        html.push('\n');
    }
    Ok(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(has_more: bool) -> Grid {
        let cells = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
        Grid { names: cells("id", "city"), rows: vec![cells("1", "東京"), cells("22", "NULL")], has_more }
    }

    #[test]
    fn tables_are_aligned_on_the_right_when_cut() {
        let wanted = "+---+----+\n| id|city|\n+---+----+\n|  1|東京|\n| 22|NULL|\n+---+----+\n";
        assert_eq!(table_text(&grid(false), 20, 20), wanted);
        let wanted = "+---+----+\n|id |city|\n+---+----+\n|1  |東京|\n|22 |NULL|\n+---+----+\nonly showing top 2 rows";
        assert_eq!(table_text(&grid(true), 2, 0), wanted);
    }

    #[test]
    fn long_cells_are_cut() {
        assert_eq!(cut("abcdefghijklmnopqrstu", 20), "abcdefghijklmnopq...");
        assert_eq!(cut("abcdefgh", 3), "abc");
        assert_eq!(cut("abc", 0), "abc");
        assert_eq!(escaped("a\nb"), "a\\nb");
    }
}
