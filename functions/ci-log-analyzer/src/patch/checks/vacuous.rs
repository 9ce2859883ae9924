//! Checks that check nothing.

/// What always passes, without spaces and in lower case.
const ALWAYS: [&str; 26] = [
    "assert(true",
    "assert(1)",
    "assert!(true",
    "assert!(!false",
    "asserttrue(true",
    "asserttrue(!false",
    "assertfalse(false",
    "assert_true(true",
    "expect(true)",
    "expect(!false",
    "expect(1)",
    "expect_true(true",
    "true(t,true",
    ".true(true",
    "istrue(true",
    "ok(true",
    "ok(1)",
    "ok(1,",
    "(1==1",
    "||true",
    "ortrue",
    "check(true",
    "require(true",
    "expect_true(1",
    "(true,true",
    "assert_(true",
];

/// Whether a line compares something with itself, or a constant with what it is.
pub(super) fn is_vacuous(line: &str) -> bool {
    let compact: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    let compact = compact.to_lowercase();
    let statement = compact.trim_end_matches(';');
    ["asserttrue", "assert1", "assertnotfalse", "asserttrue,"].contains(&statement)
        || ALWAYS.iter().any(|text| compact.contains(text))
        || compares_with_itself(&compact)
}

/// `a == a`, `(a, a)`, and `expect(a).toBe(a)`.
fn compares_with_itself(line: &str) -> bool {
    let inner = |text: &str| {
        let text = text
            .trim_start_matches("assert")
            .trim_matches(|c: char| "();!{}".contains(c));
        text.to_owned()
    };
    if let Some((left, right)) = line.split_once("==") {
        let left = inner(left.rsplit(['(', ' ']).next().unwrap_or_default());
        let right = inner(
            right
                .trim_start_matches('=')
                .split([')', ',', ';'])
                .next()
                .unwrap_or_default(),
        );
        if !left.is_empty() && left == right {
            return true;
        }
    }
    let arguments = line
        .split_once('(')
        .and_then(|(_, rest)| rest.rsplit_once(')'));
    let Some((arguments, _)) = arguments else {
        return false;
    };
    let halves = arguments
        .split_once(").")
        .and_then(|(left, right)| Some((left, right.split_once('(')?.1)));
    let is_same = |(left, right): (&str, &str)| !left.is_empty() && left == right;
    let parts: Vec<&str> = arguments.split(',').collect();
    let is_pair =
        matches!(parts.as_slice(), [left, right, ..] if left == right && !left.is_empty());
    is_pair || halves.is_some_and(is_same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_of_nothing_is_known() {
        for line in [
            "assert True",
            "assert!(true);",
            "expect(true).toBe(true)",
            "assertTrue(true);",
            "assert x == x",
            "assert_eq!(a, a);",
            "expect(n).toBe(n)",
            "assertEquals(5, 5);",
            "self.assertEqual(a, a)",
            "assert 1 == 1",
        ] {
            assert!(is_vacuous(line), "{line}");
        }
        for line in [
            "assert discount(100, 10) == 90",
            "assert_eq!(mean(&[]), 0.0);",
            "assertTrue(!inventory.has(\"b\"));",
            "expect(count(a)).toBe(5)",
            "assertEquals(5, sum(2, 3));",
            "assert!(is_true(&x));",
        ] {
            assert!(!is_vacuous(line), "{line}");
        }
    }
}
