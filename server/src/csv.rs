//! Tables as CSV: RFC 4180, in UTF-8, harmless to open in a spreadsheet, and streamed.
//!
//! The file begins with a byte order mark, because Excel takes it for the local code page otherwise; `LibreOffice` and
//! Numbers skip the mark. Values are separated by commas and decimals by a point, as programs expect it.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};

use crate::error::{Error, Result};

/// One value of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text from people: what a spreadsheet would run as a formula is written so that it stays text.
    Text(String),
    /// What the server has written itself: a number, a date, a code.
    Plain(String),
    /// Nothing.
    Empty,
}

impl Cell {
    /// Text, or nothing.
    pub fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.into()))
    }

    /// Something that the server has written itself.
    pub fn plain(value: &impl ToString) -> Self {
        Self::Plain(value.to_string())
    }
}

/// How many bytes are gathered before they are sent.
const CHUNK: usize = 32 * 1024;

/// Answers with a file of this name (ASCII, without the ending), row by row as they come, so that a table of any length
/// takes little memory. The caller should fetch rows by the page and hold no connection in between: a client may be slow.
///
/// # Errors
/// That of the first row, if it has one. A later one ends the connection, because the answer has begun by then.
pub async fn download(
    name: &str,
    header: &[&str],
    rows: impl Stream<Item = Result<Vec<Cell>>> + Send + 'static,
) -> Result<Response> {
    let mut rows = Box::pin(rows);
    let first = rows.try_next().await?;
    let mut table = Table::new();
    table.row(header.iter().map(Cell::plain))?;
    let rows = stream::iter(first.map(Ok)).chain(rows);
    let chunks = stream::try_unfold(Some((table, Box::pin(rows))), async |state| {
        let Some((mut table, mut rows)) = state else {
            return Ok(None);
        };
        while table.len() < CHUNK {
            match rows.try_next().await? {
                Some(row) => table.row(row)?,
                None => return Ok(Some((table.take()?, None))),
            }
        }
        Ok::<_, Error>(Some((table.take()?, Some((table, rows)))))
    });
    let body = Body::from_stream(chunks.map_err(|error| {
        tracing::error!(?error, "a table ends too early");
        std::io::Error::other("the table ends too early")
    }));
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.csv\""),
        ),
        (VARY, "accept".to_owned()),
    ];
    Ok((headers, body).into_response())
}

/// Rows as bytes, up to where they were taken away.
struct Table(csv::Writer<Vec<u8>>);

impl Table {
    fn new() -> Self {
        Self::writer("\u{feff}".into())
    }

    fn writer(bytes: Vec<u8>) -> Self {
        let writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .flexible(true)
            .from_writer(bytes);
        Self(writer)
    }

    fn row(&mut self, cells: impl IntoIterator<Item = Cell>) -> Result<()> {
        let cells = cells.into_iter().map(|cell| match cell {
            Cell::Text(text) => harmless(text),
            Cell::Plain(text) => text,
            Cell::Empty => String::new(),
        });
        self.0.write_record(cells).map_err(anyhow::Error::from)?;
        self.0.flush().map_err(anyhow::Error::from)?;
        Ok(())
    }

    fn len(&self) -> usize {
        self.0.get_ref().len()
    }

    fn take(&mut self) -> Result<Bytes> {
        let Self(full) = std::mem::replace(self, Self::writer(Vec::new()));
        let bytes = full.into_inner().map_err(|error| {
            anyhow::anyhow!("a table in memory cannot be finished: {}", error.error())
        })?;
        Ok(bytes.into())
    }
}

/// Puts an apostrophe before text that a spreadsheet would run (OWASP, "CSV injection"). A plain number stays one.
fn harmless(text: String) -> String {
    let begins = text.trim_start().chars().next();
    // The wide forms count as the plain ones where East Asian text is usual.
    let is_formula = begins
        .is_some_and(|first| matches!(first, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'));
    let is_control = text.starts_with(['\t', '\r', '\n']);
    if (is_formula && !is_number(&text)) || is_control {
        format!("'{text}")
    } else {
        text
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_stays_text() {
        for formula in [
            "=1+1",
            "+49 30 123",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "  =1",
            "＝1",
            "-",
            "-1e5",
            "=HYPERLINK(\"https://outlay.example\")",
        ] {
            assert_eq!(harmless(formula.to_owned()), format!("'{formula}"));
        }
    }

    #[test]
    fn what_is_harmless_is_left_alone() {
        for text in [
            "", "Bakery", "-12.50", "+5", "7", "a=b", "e-mail", "'quoted'",
        ] {
            assert_eq!(harmless(text.to_owned()), text);
        }
    }

    #[tokio::test]
    async fn rows_are_quoted_where_needed_and_arrive_whole() {
        let rows = vec![
            Ok(vec![
                Cell::text(Some("a, \"b\"\nc")),
                Cell::plain(&-5),
                Cell::Empty,
            ]),
            Ok(vec![
                Cell::text(Some("=1")),
                Cell::Empty,
                Cell::plain(&"2026-01-31"),
            ]),
        ];
        let response = download("t", &["x", "y", "z"], stream::iter(rows))
            .await
            .unwrap();
        let body = axum::body::to_bytes(response.into_body(), 1000)
            .await
            .unwrap();
        assert_eq!(
            std::str::from_utf8(&body).unwrap(),
            "\u{feff}x,y,z\r\n\"a, \"\"b\"\"\nc\",-5,\r\n'=1,,2026-01-31\r\n"
        );
    }

    #[tokio::test]
    async fn a_long_table_is_sent_in_parts() {
        let row = || Ok(vec![Cell::text(Some("x".repeat(1000)))]);
        let rows = stream::iter((0..200).map(move |_| row()));
        let response = download("t", &["x"], rows).await.unwrap();
        let parts: Vec<_> = response.into_body().into_data_stream().collect().await;
        let sizes: Vec<_> = parts
            .iter()
            .map(|part| part.as_ref().unwrap().len())
            .collect();
        assert!(sizes.len() > 5, "{sizes:?}");
        assert!(sizes.iter().all(|size| *size < CHUNK + 1100), "{sizes:?}");
        assert_eq!(sizes.iter().sum::<usize>(), 3 + 3 + 200 * 1002);
    }

    #[tokio::test]
    async fn a_table_that_fails_at_once_is_a_problem() {
        let rows = stream::iter([Err(crate::error::Code::Unavailable.error())]);
        assert!(download("t", &["x"], rows).await.is_err());
    }
}
