//! A document, line by line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::Redactor;
use super::announced::Announced;
use super::budget::TooMuch;
use super::bytes::cut;
use super::encoded;
use super::finding::{Finding, merge};
use super::gate;
use super::marker::{self, Numbers, marker};
use super::pem::{self, Pem};
use super::pieces;
use super::random::{self, Context};
use super::view::View;

/// A longer line is judged in pieces of this, so that memory is bounded whatever a tool prints.
pub(super) const MOST_LINE: usize = 65_536;

/// What is hidden can make something else stand out; a line that is not settled after so many looks is hidden whole.
const MOST_LOOKS: usize = 8;

/// Redacts one document line by line: what a line needs to know of those before it is kept here, in bounded memory.
#[derive(Debug)]
pub struct Session<'r> {
    redactor: &'r Redactor,
    pem: Pem,
    announced: Announced,
    numbers: Numbers,
    kinds: BTreeMap<&'static str, usize>,
    context: Context,
}

impl<'r> Session<'r> {
    pub(super) fn new(redactor: &'r Redactor) -> Self {
        Self {
            redactor,
            pem: Pem::default(),
            announced: Announced::default(),
            numbers: Numbers::default(),
            kinds: BTreeMap::new(),
            context: Context::default(),
        }
    }

    /// The next line, without its line end, with every secret replaced by `[REDACTED:kind#n]`.
    ///
    /// The same secret has the same `n` in all lines of the session. What cannot be judged in time is hidden whole.
    pub fn line<'t>(&mut self, line: &'t str) -> Cow<'t, str> {
        if line.len() <= MOST_LINE {
            return self.piece(line);
        }
        let mut text = String::with_capacity(line.len());
        let mut rest = line;
        while !rest.is_empty() {
            let (piece, is_whole) = pieces::first(rest, MOST_LINE);
            text.push_str(&if is_whole {
                self.piece(piece)
            } else {
                self.hide(piece)
            });
            rest = rest.get(piece.len()..).unwrap_or_default();
        }
        if text == line {
            Cow::Borrowed(line)
        } else {
            Cow::Owned(text)
        }
    }

    /// The next line does not follow the one before; whether it comes from the middle of a private key, as a
    /// [`PrivateKeyTracker`](super::PrivateKeyTracker) says of it.
    pub fn resume(&mut self, is_inside_key: bool) {
        self.pem = Pem::resumed(is_inside_key);
    }

    pub(super) fn piece<'t>(&mut self, line: &'t str) -> Cow<'t, str> {
        match self.settle(line) {
            Ok(text) => text,
            Err(TooMuch) => self.hide(line),
        }
    }

    pub(super) fn hide<'t>(&mut self, line: &str) -> Cow<'t, str> {
        let whole = Finding::new(0..line.len(), "line");
        Cow::Owned(self.replace(line, &[whole]))
    }

    /// How many secrets were replaced so far, by kind.
    pub fn kinds(&self) -> &BTreeMap<&'static str, usize> {
        &self.kinds
    }

    /// How many secrets were replaced so far.
    pub fn secrets(&self) -> usize {
        self.kinds.values().sum()
    }

    /// How many different secrets there were so far: the number in the last marker that was new.
    pub fn different(&self) -> usize {
        self.numbers.given()
    }

    fn settle<'t>(&mut self, line: &'t str) -> Result<Cow<'t, str>, TooMuch> {
        let view = View::of(line.as_bytes());
        let key = self.pem.ranges(view.bytes()).into_iter();
        let mut findings: Vec<Finding> = key
            .map(|range| Finding::new(view.original(&range), "private-key"))
            .collect();
        let announced = self.announced.range(view.bytes());
        findings.extend(announced.map(|range| Finding::new(view.original(&range), "password")));
        let mut text = Cow::Borrowed(line);
        self.look(line, &view, &mut findings)?;
        for _ in 0..MOST_LOOKS {
            if findings.is_empty() {
                return Ok(text);
            }
            let next = self.replace(&text, &merge(std::mem::take(&mut findings)));
            if next == *text {
                return Ok(text);
            }
            self.look(&next, &View::of(next.as_bytes()), &mut findings)?;
            text = Cow::Owned(next);
        }
        Err(TooMuch)
    }

    /// Adds what is secret in `line`, in its bytes.
    fn look(
        &mut self,
        line: &str,
        view: &View<'_>,
        findings: &mut Vec<Finding>,
    ) -> Result<(), TooMuch> {
        if self.redactor.known.is_broken() {
            return Err(TooMuch);
        }
        self.look_at(view, findings)?;
        for decoded in [view.url_decoded(), view.unescaped()].into_iter().flatten() {
            self.look_at(&decoded, findings)?;
        }
        if !findings.is_empty() {
            let keys = pem::marks(view.bytes());
            let keys = keys.iter().map(|range| view.original(range));
            without(line.as_bytes(), keys.collect(), findings);
        }
        Ok(())
    }

    fn look_at(&mut self, view: &View<'_>, findings: &mut Vec<Finding>) -> Result<(), TooMuch> {
        let from = findings.len();
        self.detect(view.bytes(), findings)?;
        for (run, text) in encoded::readable_runs(view.bytes()) {
            let mut inside = Vec::new();
            self.detect(&text, &mut inside)?;
            if let Some(first) = inside.first() {
                findings.push(Finding::new(run, first.kind));
            }
        }
        for finding in findings.iter_mut().skip(from) {
            finding.range = view.original(&finding.range);
        }
        Ok(())
    }

    fn detect(&mut self, bytes: &[u8], findings: &mut Vec<Finding>) -> Result<(), TooMuch> {
        self.redactor.known.find(bytes, findings);
        gate::find(bytes, &mut self.context, findings)?;
        random::find(bytes, &self.context, findings);
        Ok(())
    }

    fn replace(&mut self, line: &str, findings: &[Finding]) -> String {
        let mut text = String::with_capacity(line.len());
        let mut shown = 0;
        for finding in findings {
            let start = line.floor_char_boundary(finding.range.start).max(shown);
            let end = line.ceil_char_boundary(finding.range.end).max(start);
            let number = self.numbers.of(cut(line.as_bytes(), start..end));
            *self.kinds.entry(finding.kind).or_default() += 1;
            text.push_str(line.get(shown..start).unwrap_or_default());
            text.push_str(&marker(finding.kind, number));
            shown = end;
        }
        text.push_str(line.get(shown..).unwrap_or_default());
        text
    }
}

/// Takes out of the findings what was replaced before, and what stays as it is.
fn without(line: &[u8], kept: Vec<Range<usize>>, findings: &mut Vec<Finding>) {
    let mut markers = marker::places(line);
    markers.extend(kept);
    markers.sort_by_key(|range| (range.start, range.end));
    if markers.is_empty() {
        return;
    }
    let mut kept = Vec::new();
    for finding in findings.drain(..) {
        let first = markers.partition_point(|marker| marker.end <= finding.range.start);
        let mut start = finding.range.start;
        for marker in markers
            .iter()
            .skip(first)
            .take_while(|marker| marker.start < finding.range.end)
        {
            kept.push(Finding::new(
                start.min(marker.start)..marker.start,
                finding.kind,
            ));
            start = marker.end;
        }
        kept.push(Finding::new(
            start..finding.range.end.max(start),
            finding.kind,
        ));
    }
    kept.retain(|finding| {
        cut(line, finding.range.clone())
            .iter()
            .filter(|byte| byte.is_ascii_alphanumeric())
            .count()
            >= 3
    });
    *findings = kept;
}
