//! A share of a file: the lines that begin in a range of its bytes. Shares are dealt to partitions in the order of the
//! files, so that rows keep their order.

use super::dialect::Dialect;
use crate::paths::unreadable;
use brickyard_error::{Failure, Result};
use datafusion::common::parsers::CompressionTypeVariant;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Ranges smaller than this are not worth a task.
const LEAST_BYTES: u64 = 1 << 20;
const BUFFER_BYTES: usize = 1 << 18;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Share {
    pub path: PathBuf,
    bytes: Range<u64>,
}

impl Share {
    pub(super) fn whole(path: PathBuf) -> Self {
        Self { path, bytes: 0..u64::MAX }
    }

    /// Deals the files' bytes to at most `partitions` lists of shares. Compressed files, and files whose rows may hold
    /// line ends, are not cut.
    pub(super) fn deal(files: &[PathBuf], dialect: &Dialect, partitions: usize) -> Result<Vec<Vec<Share>>> {
        let sizes = files.iter().map(|path| path.metadata().map_err(|error| unreadable(path, error)));
        let sizes = sizes.map(|metadata| Ok(metadata?.len())).collect::<Result<Vec<u64>>>()?;
        let total: u64 = sizes.iter().sum();
        let wanted = total.div_ceil(partitions.max(1) as u64).max(LEAST_BYTES);
        let (mut dealt, mut free) = (Vec::from([Vec::new()]), wanted);
        for (path, size) in files.iter().zip(sizes) {
            let is_whole = dialect.multi_line || compression(path) != FileCompressionType::UNCOMPRESSED;
            let mut start = 0;
            while start < size {
                let end = if is_whole { size } else { size.min(start + free) };
                if let Some(last) = dealt.last_mut() {
                    let bytes = if end == size { start..u64::MAX } else { start..end };
                    last.push(Share { path: path.clone(), bytes });
                }
                free = free.saturating_sub(end - start);
                start = end;
                if free == 0 {
                    dealt.push(Vec::new());
                    free = wanted;
                }
            }
        }
        dealt.retain(|shares| !shares.is_empty());
        Ok(dealt)
    }

    /// The rows' lines, without the header.
    pub(super) fn open<'a>(&self, dialect: &'a Dialect) -> Result<Lines<'a>> {
        let mut lines = self.open_with_header(dialect)?;
        if self.bytes.start == 0 && dialect.has_header {
            lines.next().map_err(|error| unreadable(&self.path, error))?;
        }
        Ok(lines)
    }

    pub(super) fn open_with_header<'a>(&self, dialect: &'a Dialect) -> Result<Lines<'a>> {
        let failed = |error| unreadable(&self.path, error);
        let mut file = File::open(&self.path).map_err(failed)?;
        // A line that begins with the range follows the line end before it.
        let position = self.bytes.start.saturating_sub(1);
        file.seek(SeekFrom::Start(position)).map_err(failed)?;
        let source = compression(&self.path).convert_read(file).map_err(|error| {
            let text = format!("{} cannot be decompressed", self.path.display());
            Failure::new(&brickyard_error::codes::data::UNREADABLE, text).because(error)
        })?;
        let mut lines =
            Lines { dialect, source, position, end: self.bytes.end, buffer: Vec::new(), line: 0..0, next: 0 };
        if self.bytes.start > 0 {
            lines.piece(0).map_err(failed)?;
        } else {
            lines.fill().map_err(failed)?;
            lines.next = if lines.buffer.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        }
        Ok(lines)
    }
}

/// Rows' lines, one after the other, without their ends.
pub(super) struct Lines<'a> {
    dialect: &'a Dialect,
    source: Box<dyn Read + Send>,
    /// Of the buffer's first byte in the file.
    position: u64,
    end: u64,
    buffer: Vec<u8>,
    line: Range<usize>,
    /// Where the next line begins in the buffer.
    next: usize,
}

impl Lines<'_> {
    /// The next row's line, or none at the end of the share.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        while self.position + (self.next as u64) < self.end && self.piece(0)? {
            while self.dialect.multi_line && self.dialect.is_open(&self.buffer[self.line.clone()]) {
                if !self.piece(self.next - self.line.start)? {
                    break;
                }
            }
            let line = &self.buffer[self.line.clone()];
            if self.dialect.is_row(line) {
                let end = if line.last() == Some(&b'\r') { self.line.end - 1 } else { self.line.end };
                return Ok(Some(&self.buffer[self.line.start..end]));
            }
        }
        Ok(None)
    }

    /// Moves on to the next line end, keeping the last `kept` bytes as the beginning of the line. False at the end.
    fn piece(&mut self, kept: usize) -> io::Result<bool> {
        let mut start = self.next - kept;
        let mut searched = self.next;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[searched..]) {
                self.line = start..searched + at;
                self.next = searched + at + 1;
                return Ok(true);
            }
            searched = self.buffer.len() - start;
            self.buffer.drain(..start);
            self.position += start as u64;
            self.next -= start;
            start = 0;
            if !self.fill()? {
                let is_any = self.buffer.len() > kept;
                self.line = 0..self.buffer.len();
                self.next = self.buffer.len();
                return Ok(is_any);
            }
        }
    }

    fn fill(&mut self) -> io::Result<bool> {
        let filled = self.buffer.len();
        self.buffer.resize(filled + BUFFER_BYTES, 0);
        let read = loop {
            match self.source.read(&mut self.buffer[filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        self.buffer.truncate(filled + read);
        Ok(read > 0)
    }
}

fn compression(file: &Path) -> FileCompressionType {
    let extension = file.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    FileCompressionType::from(match extension.as_deref() {
        Some("gz") => CompressionTypeVariant::GZIP,
        Some("bz2") => CompressionTypeVariant::BZIP2,
        Some("zst") => CompressionTypeVariant::ZSTD,
        Some("xz") => CompressionTypeVariant::XZ,
        _ => CompressionTypeVariant::UNCOMPRESSED,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReadRequest;

    /// Wherever a file is cut, every line is read once, in order.
    #[test]
    fn cuts_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.csv");
        let text = "first\nsecond,2\r\n\n  \nthird\nlast without an end";
        std::fs::write(&path, text).unwrap();
        let expected = ["first", "second,2", "third", "last without an end"];
        let dialect = Dialect::new(&ReadRequest::default()).unwrap();
        for cut in 1..text.len() as u64 {
            let mut seen = Vec::new();
            for bytes in [0..cut, cut..u64::MAX] {
                let share = Share { path: path.clone(), bytes };
                let mut lines = share.open(&dialect).unwrap();
                while let Some(line) = lines.next().unwrap() {
                    seen.push(String::from_utf8(line.to_vec()).unwrap());
                }
            }
            assert_eq!(seen, expected, "cut at {cut}");
        }
    }
}
