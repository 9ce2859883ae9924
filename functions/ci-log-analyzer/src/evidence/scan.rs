//! One pass over a line that finds everything any format, word or wrapper looks for.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, MatchKind};

use super::formats::FORMATS;
use super::opener::Opener;
use super::words::{self, Tone};
use super::wrapper::{self, Wrapper};

/// All needles in one automaton. Built once; a few milliseconds.
#[derive(Debug)]
pub(crate) struct Scanner {
    automaton: AhoCorasick,
    meanings: Vec<Vec<Meaning>>,
}

#[derive(Clone, Copy, Debug)]
enum Meaning {
    Opens {
        format: &'static str,
        opener: &'static Opener,
        needle: &'static str,
    },
    Word {
        word: &'static str,
        tone: Tone,
    },
    Wraps(&'static str),
}

/// What a line says, as far as single lines tell.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// The heaviest opener and the name of its format.
    pub(crate) opener: Option<(&'static str, &'static Opener)>,
    /// The sum of the weights of its words; noise is below nought.
    pub(crate) words: i32,
    pub(crate) wrapper: Option<Wrapper>,
}

impl Scanner {
    /// Compiles the needles of all formats.
    ///
    /// # Errors
    /// When the automaton cannot be built, which the needles in this crate never cause.
    pub(crate) fn new() -> Result<Self, BuildError> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut needles: Vec<String> = Vec::new();
        let mut meanings: Vec<Vec<Meaning>> = Vec::new();
        let mut add = |needle: &str, meaning: Meaning| {
            let needle = needle.to_ascii_lowercase();
            let at = *places.entry(needle.clone()).or_insert_with(|| {
                needles.push(needle);
                meanings.push(Vec::new());
                meanings.len() - 1
            });
            if let Some(list) = meanings.get_mut(at) {
                list.push(meaning);
            }
        };
        for format in FORMATS {
            for opener in format.openers {
                for needle in opener.needles {
                    add(
                        needle,
                        Meaning::Opens {
                            format: format.name,
                            opener,
                            needle,
                        },
                    );
                }
            }
        }
        for (word, tone) in words::WORDS {
            add(word, Meaning::Word { word, tone: *tone });
        }
        for needle in wrapper::NEEDLES {
            add(needle, Meaning::Wraps(needle));
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&needles)?;
        Ok(Self {
            automaton,
            meanings,
        })
    }

    /// Looks at one line. Linear in its length; at most [`Self::MOST_HITS`] hits are looked at.
    pub(crate) fn look(&self, text: &str) -> Seen {
        let mut seen = Seen::default();
        for found in self
            .automaton
            .find_overlapping_iter(text)
            .take(Self::MOST_HITS)
        {
            let Some(meanings) = self.meanings.get(found.pattern().as_usize()) else {
                continue;
            };
            for meaning in meanings {
                seen.learn(text, meaning, found.start());
            }
        }
        seen
    }

    /// A line with more hits than this is a dump; its beginning says what it is.
    const MOST_HITS: usize = 48;
}

impl Seen {
    fn learn(&mut self, text: &str, meaning: &Meaning, at: usize) {
        match meaning {
            Meaning::Opens {
                format,
                opener,
                needle,
            } => {
                let heavier = self
                    .opener
                    .is_none_or(|(_, known)| known.weight < opener.weight);
                if heavier && opener.opens(text, needle, at) {
                    self.opener = Some((format, opener));
                }
            }
            Meaning::Word { word, tone } => self.words += tone.weigh(text, word, at),
            Meaning::Wraps(needle) => {
                if self.wrapper.is_none_or(|known| known == Wrapper::Echo) {
                    self.wrapper = wrapper::read(text, needle, at).or(self.wrapper);
                }
            }
        }
    }
}
