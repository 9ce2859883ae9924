//! What comes before a line and belongs to it.

use super::{Gatherer, Looked};
use crate::evidence::block::{Block, Origin};
use crate::evidence::opener::{Lead, Opener};
use crate::evidence::recent::{Kind, Recent};

impl Gatherer<'_> {
    /// How many lines right before a wrapper are a candidate.
    const BEFORE: usize = 8;

    /// A wrapper points to what comes right before it.
    pub(super) fn before(&mut self, line: &Looked<'_>, weight: i32) {
        let found: Vec<&Recent> = self
            .recent
            .back()
            .skip_while(|recent| recent.kind == Kind::Blank)
            .take(Self::BEFORE)
            .enumerate()
            .take_while(|(index, recent)| {
                // npm echoes the script it runs after a `>`.
                let is_output = recent.kind == Kind::Plain && !recent.text.starts_with("> ");
                is_output || recent.kind == Kind::Blank && *index < Self::BEFORE / 2
            })
            .map(|(_, recent)| recent)
            .collect();
        // Travis quotes the command that failed, over several lines if it has several.
        let command = found
            .iter()
            .rposition(|recent| recent.text.starts_with("The command \""));
        let mut found = found
            .get(command.map_or(0, |at| at + 1)..)
            .unwrap_or_default()
            .to_vec();
        while found
            .last()
            .is_some_and(|recent| recent.kind == Kind::Blank)
        {
            found.pop();
        }
        let Some(last) = found.first().filter(|last| last.number + 12 >= line.number) else {
            return;
        };
        let looked: Vec<(u64, String)> = found
            .iter()
            .rev()
            .map(|recent| (recent.number, recent.text.clone()))
            .collect();
        let Some((first, _)) = looked.first() else {
            return;
        };
        let (first, number, text) = (*first, last.number, last.text.clone());
        let familiar = looked.iter().all(|(_, text)| {
            self.baseline
                .as_ref()
                .is_some_and(|baseline| baseline.knows(text))
        });
        let anchor = Looked {
            number,
            text: &text,
            familiar,
            ..*line
        };
        let mut block = self.block(&anchor, Origin::Before, "before", weight);
        block.start = first;
        for (number, text) in looked {
            let words = self.scanner.look(&text).words;
            block.push(number, &text, words);
        }
        self.pool.push(block);
    }

    /// Puts the lines before a block that belong to it at its head.
    pub(super) fn lead(&self, block: &mut Block, opener: &Opener) {
        let Lead::Run(test, most) = opener.lead else {
            return;
        };
        let fits = |line: &&Recent| line.kind != Kind::Border && test(&line.text);
        let found: Vec<&Recent> = self
            .recent
            .back()
            .take(usize::from(most))
            .take_while(fits)
            .collect();
        for line in found
            .iter()
            .rev()
            .skip_while(|line| line.kind == Kind::Blank)
        {
            block.start = block.start.min(line.number);
            block.lines.push((line.number, line.text.clone()));
        }
    }
}
