//! Whole logs, and what holds for all of them.

use proptest::prelude::*;

use super::gather::Gatherer;
use super::*;
use crate::line::Columns;
use crate::segment::{Marker, Segmenter};

/// Checks which lines of a log are the best block and which parser found it. The lines of the block are marked with `|`, the others with `.`.
#[track_caller]
pub(super) fn check(format: &str, marked: &str) {
    let plain: Vec<&str> = marked
        .lines()
        .map(|line| line.get(1..).unwrap_or_default())
        .collect();
    let best = best(&plain);
    let (found, range) = best.map_or(("", 0..=0), |block| (block.format, block.start..=block.end));
    let as_found: Vec<String> = (1..)
        .zip(&plain)
        .map(|(number, line)| format!("{}{line}", if range.contains(&number) { '|' } else { '.' }))
        .collect();
    let expected: Vec<&str> = marked.lines().collect();
    assert_eq!((found, as_found.join("\n")), (format, expected.join("\n")));
}

fn best(lines: &[&str]) -> Option<block::Block> {
    let mut gatherer = Gatherer::new(None).unwrap();
    let mut segmenter = Segmenter::new();
    for (number, text) in (1..).zip(lines) {
        let line = Line {
            number,
            text,
            columns: None,
        };
        gatherer.push(&line, &segmenter.push(&line));
    }
    let steps = segmenter.finish().steps;
    let kept = gatherer.finish();
    let ranked = score::rank(kept.blocks, &kept.regions, kept.lines, &steps);
    ranked.into_iter().next().map(|best| best.block)
}

fn evidence(lines: &[String], max_lines: usize, baseline: Option<&Baseline>) -> Evidence {
    let mut collector = Collector::new(Settings { max_lines }, baseline).unwrap();
    let mut segmenter = Segmenter::new();
    for (number, text) in (1..).zip(lines) {
        let line = Line {
            number,
            text,
            columns: None,
        };
        collector.push(&line, &segmenter.push(&line));
    }
    collector.finish(&segmenter.finish().steps)
}

/// Lines that begin, go on with and end blocks, in any order.
fn any_line() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "error[E0308]: mismatched types",
            " --> src/lib.rs:3:5",
            "   |",
            "",
            "",
            "Traceback (most recent call last):",
            "  File \"a.py\", line 3, in <module>",
            "ValueError: no",
            "____ test_a ____",
            "E   assert 1 == 2",
            "  ● a › b",
            "--- FAIL: TestA (0.00s)",
            "    a_test.go:3: no",
            "[ERROR] COMPILATION ERROR :",
            "[INFO] BUILD FAILURE",
            "* What went wrong:",
            "a.c:3:4: error: expected `;`",
            "make: *** [all] Error 2",
            "The command \"make\" exited with 1.",
            "The command \"ls\" exited with 0.",
            "$ make test",
            "##[group]Run make",
            "##[endgroup]",
            "##[error]Process completed with exit code 1.",
            "##[error]",
            "#12 0.345 error: no",
            "Post job cleanup.",
            "ok 1 - a",
            "not ok 2 - b",
            "#   Failed test 'b'",
            "Finished: FAILURE",
            "npm ERR! code ELIFECYCLE",
            "1) a",
            "Failures:",
        ])
        .prop_map(str::to_owned),
        ".{0,60}",
        "[a-z ]{0,10}(error|failed|cannot |0 failed|: |\\(3,4\\)|:[0-9]:|at )[ -~é]{0,20}",
    ]
}

proptest! {
    #[test]
    fn an_excerpt_is_within_the_log_and_the_budget_and_shows_no_line_twice(
        lines in prop::collection::vec(any_line(), 0..200), max_lines in 0_usize..120, passing in prop::collection::vec(any_line(), 0..40),
    ) {
        let baseline: Baseline = passing.iter().map(String::as_str).collect();
        let found = evidence(&lines, max_lines, Some(&baseline));
        let mut shown: Vec<u64> = found.excerpt.iter().flat_map(|range| range.start..=range.end).collect();
        let count = shown.len();
        prop_assert!(count <= max_lines);
        shown.sort_unstable();
        shown.dedup();
        prop_assert_eq!(shown.len(), count);
        let last = lines.len() as u64;
        prop_assert!(found.excerpt.iter().chain(&found.decisive).all(|range| 1 <= range.start && range.start <= range.end && range.end <= last));
        prop_assert!(found.quotes.iter().all(|quote| lines[usize::try_from(quote.number).unwrap() - 1].contains(quote.text.as_str())));
        let quoted: Vec<u64> = found.quotes.iter().map(|quote| quote.number).collect();
        let is_blank = |line: &u64| lines[usize::try_from(*line).unwrap() - 1].trim().is_empty();
        prop_assert!(shown.iter().all(|line| quoted.contains(line) || is_blank(line)));
        prop_assert_eq!(found.why.len(), found.excerpt.len());
        prop_assert_eq!(&found, &evidence(&lines, max_lines, Some(&baseline)));
    }

    #[test]
    fn the_parts_of_a_score_add_up(lines in prop::collection::vec(any_line(), 0..60)) {
        for why in evidence(&lines, 100, None).why {
            prop_assert_eq!(why.parts.iter().map(|part| part.points).sum::<i32>(), why.score);
        }
    }
}

#[test]
fn a_wrapper_is_not_the_answer_but_points_to_it() {
    check(
        "before",
        "\
.$ ./release.sh
|building the notes
|the tag v3 is there already
.The command \"./release.sh\" exited with 1.",
    );
}

#[test]
fn a_failure_that_is_tolerated_is_not_the_answer() {
    check(
        "python",
        "\
.##[group]Run ./measure.sh
../measure.sh
.##[endgroup]
.error: the meter is not there
.##[error]Process completed with exit code 1.
.##[group]Run ./check.py
../check.py
.##[endgroup]
|Traceback (most recent call last):
|  File \"check.py\", line 3, in <module>
|    raise ValueError(\"no basket\")
|ValueError: no basket
.##[error]Process completed with exit code 1.",
    );
}

#[test]
fn noise_is_no_candidate() {
    let noise = [
        "test result: ok. 12 passed; 0 failed",
        "fail-fast: true",
        "continue_on_error: false",
        "warning: deprecated option",
    ];
    for line in noise {
        assert_eq!(best(&[line]).map(|block| block.lines), None, "{line}");
    }
}

#[test]
fn memory_does_not_grow_with_the_log() {
    let mut gatherer = Gatherer::new(None).unwrap();
    let place = Place {
        step: 0,
        marker: Marker::Output,
    };
    for number in 1..=20_000 {
        let text = format!(
            "error: part {} of {} is {}",
            number % 7,
            "x".repeat(300),
            "abcdefgh".repeat(1 + usize::try_from(number % 50).unwrap())
        );
        gatherer.push(
            &Line {
                number,
                text: &text,
                columns: None,
            },
            &place,
        );
    }
    let bytes: usize = gatherer
        .finish()
        .blocks
        .iter()
        .map(block::Block::bytes)
        .sum();
    assert!(bytes < 9 << 20, "{bytes}");
}

#[test]
fn a_block_ends_with_its_job() {
    let of = |log: &[(&str, &str)], baseline: Option<&Baseline>| {
        let mut collector = Collector::new(Settings::default(), baseline).unwrap();
        let mut segmenter = Segmenter::new();
        for (number, (job, text)) in (1..).zip(log) {
            let line = Line {
                number,
                text,
                columns: Some(Columns {
                    job,
                    ..Columns::default()
                }),
            };
            collector.push(&line, &segmenter.push(&line));
        }
        let found = collector.finish(&segmenter.finish().steps);
        let mut blocks: Vec<(u64, u64)> = found
            .excerpt
            .iter()
            .map(|range| (range.start, range.end))
            .collect();
        blocks.sort_unstable();
        blocks
    };
    let compiler = [("a", "cc"), ("a", "a.c:1:2: error: x"), ("b", "b ok")];
    let words = [
        ("a", "the cart was refused"),
        ("b", "the basket was refused"),
    ];
    let wrapper = [
        ("a", "it is all well"),
        ("b", "##[error]Process completed with exit code 1."),
    ];
    let passing = Baseline::from_iter(["something else"]);
    assert_eq!(of(&compiler, None), [(2, 2)]);
    assert_eq!(of(&words, None), [(1, 1), (2, 2)]);
    assert_eq!(of(&wrapper, None), [(2, 2)]);
    assert_eq!(of(&words, Some(&passing)), [(1, 1), (2, 2)]);
}
