//! The parts of a file that matter.

use std::fmt::Write as _;

/// So many lines around each that is named are shown, if they fit, else fewer: a function, a block, a statement.
const RADII: [usize; 4] = [40, 20, 10, 4];

/// The file whole, or the lines around those named (the first ones, where none is), in at most `most` bytes; `None` where not even
/// that fits. What is left out is marked.
pub(super) fn around(content: &str, named: &[u64], most: usize) -> Option<String> {
    if content.trim().is_empty() {
        return None;
    }
    if content.len() <= most {
        return Some(content.to_owned());
    }
    let lines: Vec<&str> = content.lines().collect();
    let named = named.iter().filter_map(|line| usize::try_from(*line).ok());
    let mut named: Vec<usize> = named
        .filter(|line| (1..=lines.len()).contains(line))
        .collect();
    if named.is_empty() {
        named.push(1);
    }
    let windows = RADII.iter().map(|radius| window(&lines, &named, *radius));
    windows.into_iter().find(|window| window.len() <= most)
}

fn window(lines: &[&str], named: &[usize], radius: usize) -> String {
    let is_shown = |number: usize| named.iter().any(|line| number.abs_diff(*line) <= radius);
    let mut text = String::new();
    let mut hidden = 0;
    for (index, line) in lines.iter().enumerate() {
        if is_shown(index + 1) {
            mark(&mut text, &mut hidden, index);
            text.push_str(line);
            text.push('\n');
        } else {
            hidden += 1;
        }
    }
    mark(&mut text, &mut hidden, lines.len());
    text
}

/// Marks the lines left out before line `end`, which count from 0.
fn mark(text: &mut String, hidden: &mut usize, end: usize) {
    if *hidden > 0 {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "[lines {} to {end} are not shown]", end + 1 - *hidden);
        *hidden = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(lines: usize) -> String {
        (1..=lines).fold(String::new(), |text, number| {
            format!("{text}line {number}\n")
        })
    }

    #[test]
    fn a_file_that_fits_is_whole() {
        let file = file(100);
        assert_eq!(around(&file, &[50], file.len()), Some(file.clone()));
        assert_eq!(around(" \n", &[1], 100), None);
    }

    #[test]
    fn of_a_longer_one_what_is_around_the_named_lines_is_shown() {
        let window = around(&file(100), &[10, 13, 90], 300).unwrap();
        insta::assert_snapshot!(window, @"
        [lines 1 to 5 are not shown]
        line 6
        line 7
        line 8
        line 9
        line 10
        line 11
        line 12
        line 13
        line 14
        line 15
        line 16
        line 17
        [lines 18 to 85 are not shown]
        line 86
        line 87
        line 88
        line 89
        line 90
        line 91
        line 92
        line 93
        line 94
        [lines 95 to 100 are not shown]
        ");
    }

    #[test]
    fn without_a_line_that_it_has_it_is_the_beginning() {
        for named in [&[][..], &[0], &[101], &[u64::MAX]] {
            let window = around(&file(100), named, 80).unwrap();
            let expected = format!("{}[lines 6 to 100 are not shown]\n", file(5));
            assert_eq!(window, expected, "{named:?}");
        }
    }

    #[test]
    fn what_does_not_fit_at_all_is_left_out() {
        assert_eq!(around(&"x".repeat(100_000), &[1], 1_000), None);
        assert_eq!(around(&file(100), &[50], 0), None);
    }
}
