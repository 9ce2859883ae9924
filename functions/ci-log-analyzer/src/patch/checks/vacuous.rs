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
        || compares_with_itself(&line.to_lowercase())
}

/// `a == a`, `assertEquals(a, a)`, and `expect(a).toBe(a)`: whole operands, for a call never is its argument.
fn compares_with_itself(line: &str) -> bool {
    let sides = line.match_indices("==").filter_map(|(at, _)| {
        let (left, right) = line.split_at_checked(at)?;
        Some((left_operand(left), right_operand(right)))
    });
    let is_same = |(left, right): (&str, &str)| {
        let compact = |text: &str| text.split_whitespace().collect::<String>();
        !left.trim().is_empty() && compact(left) == compact(right)
    };
    let statement = line.trim();
    let statement = statement.strip_prefix("await ").unwrap_or(statement);
    let statement = statement.strip_prefix("return ").unwrap_or(statement);
    sides.into_iter().any(is_same) || call(statement).is_some_and(is_same)
}

/// What stands before an operator, up to what opens or ends another operand.
fn left_operand(text: &str) -> &str {
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, c) in text.char_indices().rev() {
        match c {
            ')' | ']' | '}' => depth += 1,
            '(' | '[' | '{' if depth > 0 => depth -= 1,
            '(' | '[' | '{' => {
                start = at + 1;
                break;
            }
            ',' | ';' | '&' | '|' | '=' if depth == 0 => {
                start = at + 1;
                break;
            }
            _ => {}
        }
    }
    let operand = text.get(start..).unwrap_or_default();
    let behind = |word: &str| operand.rfind(word).map(|at| at + word.len());
    let words = ["assert ", " and ", " or ", "if ", "not ", "return "];
    let start = words.iter().filter_map(|word| behind(word)).max();
    operand.get(start.unwrap_or(0)..).unwrap_or_default()
}

/// What stands behind an operator, which it begins with.
fn right_operand(text: &str) -> &str {
    let text = text.trim_start_matches('=');
    let mut depth = 0_usize;
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth > 0 => depth -= 1,
            ')' | ']' | '}' => {
                end = at;
                break;
            }
            ',' | ';' | '&' | '|' | '=' if depth == 0 => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let operand = text.get(..end).unwrap_or_default();
    let words = [" and ", " or ", " if ", " else "];
    let end = words.iter().filter_map(|word| operand.find(word)).min();
    let operand = operand.get(..end.unwrap_or(operand.len()));
    operand.unwrap_or_default().trim_end_matches([':', ' '])
}

/// What a statement that is a call compares: its first two arguments, or its argument and that of the call behind it.
fn call(statement: &str) -> Option<(&str, &str)> {
    let (name, rest) = statement.split_once('(')?;
    if name.trim().contains(' ') {
        return None;
    }
    let first = right_operand(rest);
    match rest.get(first.len()..)?.trim_start() {
        behind if behind.starts_with(',') => {
            Some((first, right_operand(behind.strip_prefix(',')?)))
        }
        behind => {
            let (_, second) = behind.strip_prefix(").")?.split_once('(')?;
            Some((first, right_operand(second)))
        }
    }
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
            "assert total(a) == total(a)",
            "assert ready and x == x",
            "await expect(load(1)).toBe(load(1))",
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
            "assert price(0) == 0",
            "assert abs_of(3) == 3",
            "assert clamp(5, 5, 9) == 5",
            "assert add(2, 2) == 4",
            "assert_eq!(double(2, 2), 4);",
            "assert(f(3) == 3);",
            "expect(f(3)).toBe(3)",
            "assertEquals(f(5), 5);",
        ] {
            assert!(!is_vacuous(line), "{line}");
        }
    }
}
