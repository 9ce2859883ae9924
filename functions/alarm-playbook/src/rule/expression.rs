//! The expression of a composite alarm (API reference, `PutCompositeAlarm`: `AlarmRule`), read into a bounded tree.
//!
//! Pure. `AT_LEAST(M, state, (alarms))` and `AT_LEAST(M%, NOT state, (alarms))` are in CloudWatch since November 2025.

use shared::alarm::{AlarmArn, State};

/// CloudWatch's own limit (API reference, `PutCompositeAlarm`).
const MOST_BYTES: usize = 10_240;

/// How deep parentheses and negations may be; CloudWatch allows 500 elements in all.
const DEEPEST: usize = 100;

/// What an expression says of other alarms.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    /// `TRUE` or `FALSE`.
    Always(bool),
    /// `ALARM(name)` and its like; the name is that of an ARN, too.
    Is(State, String),
    /// `NOT`.
    Not(Box<Expression>),
    /// `AND`.
    All(Vec<Expression>),
    /// `OR`.
    Any(Vec<Expression>),
    /// So many of these.
    AtLeast(usize, Vec<Expression>),
}

impl Expression {
    /// The expression of a rule, `None` if it is not one or too long.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > MOST_BYTES {
            return None;
        }
        let mut parser = Parser {
            rest: text,
            depth: 0,
        };
        let expression = parser.any()?;
        parser.rest.trim().is_empty().then_some(expression)
    }

    /// The names of the alarms in it, in their order.
    pub(super) fn alarms(&self) -> Vec<&str> {
        match self {
            Self::Always(_) => Vec::new(),
            Self::Is(_, alarm) => vec![alarm],
            Self::Not(inner) => inner.alarms(),
            Self::All(inner) | Self::Any(inner) | Self::AtLeast(_, inner) => {
                inner.iter().flat_map(Self::alarms).collect()
            }
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// Operands joined by `OR`, which binds less than `AND`.
    fn any(&mut self) -> Option<Expression> {
        let mut operands = vec![self.all()?];
        while self.word("OR") {
            operands.push(self.all()?);
        }
        Some(joined(operands, Expression::Any))
    }

    fn all(&mut self) -> Option<Expression> {
        let mut operands = vec![self.operand()?];
        while self.word("AND") {
            operands.push(self.operand()?);
        }
        Some(joined(operands, Expression::All))
    }

    fn operand(&mut self) -> Option<Expression> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let operand = if self.symbol('(') {
            let inner = self.any()?;
            self.symbol(')').then_some(inner)
        } else if self.word("NOT") {
            Some(Expression::Not(Box::new(self.operand()?)))
        } else if self.word("TRUE") {
            Some(Expression::Always(true))
        } else if self.word("FALSE") {
            Some(Expression::Always(false))
        } else if self.word("AT_LEAST") {
            self.at_least()
        } else {
            let state = self.state()?;
            let alarm = self.enclosed(Self::alarm)?;
            Some(Expression::Is(state, alarm))
        };
        self.depth -= 1;
        operand
    }

    fn at_least(&mut self) -> Option<Expression> {
        let (number, is_share, is_not, state, alarms) = self.enclosed(|parser| {
            let number = parser.number()?;
            let is_share = parser.symbol('%');
            parser.symbol(',').then_some(())?;
            let is_not = parser.word("NOT");
            let state = parser.state()?;
            parser.symbol(',').then_some(())?;
            let alarms = parser.enclosed(Self::alarms)?;
            Some((number, is_share, is_not, state, alarms))
        })?;
        let needed = if is_share {
            (number * alarms.len()).div_ceil(100)
        } else {
            number
        };
        let operand = |alarm| {
            let is = Expression::Is(state, alarm);
            if is_not {
                Expression::Not(Box::new(is))
            } else {
                is
            }
        };
        let operands = alarms.into_iter().map(operand).collect();
        (needed > 0).then_some(Expression::AtLeast(needed, operands))
    }

    fn alarms(&mut self) -> Option<Vec<String>> {
        let mut alarms = vec![self.alarm()?];
        while self.symbol(',') {
            alarms.push(self.alarm()?);
        }
        Some(alarms)
    }

    /// The name of an alarm, or that in its ARN; quoted, or up to what ends it.
    fn alarm(&mut self) -> Option<String> {
        let text = if self.symbol('"') {
            let (text, rest) = self.rest.split_once('"')?;
            self.rest = rest;
            text
        } else {
            let end = self.rest.find([')', ',']).unwrap_or(self.rest.len());
            let (text, rest) = self.rest.split_at_checked(end)?;
            self.rest = rest;
            text.trim()
        };
        let arn = text.parse::<AlarmArn>().ok();
        let name = arn.as_ref().map_or(text, AlarmArn::alarm_name);
        (!name.is_empty()).then(|| name.to_owned())
    }

    fn state(&mut self) -> Option<State> {
        let states = [State::InsufficientData, State::Alarm, State::Ok];
        states.into_iter().find(|state| self.word(state.as_str()))
    }

    /// A number of three digits at most.
    fn number(&mut self) -> Option<usize> {
        self.rest = self.rest.trim_start();
        let is_digit = |c: char| c.is_ascii_digit();
        let end = self.rest.find(|c| !is_digit(c)).unwrap_or_default();
        let (digits, rest) = self.rest.split_at_checked(end.min(3))?;
        self.rest = rest;
        digits.parse().ok()
    }

    fn enclosed<T>(&mut self, inner: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.symbol('(').then_some(())?;
        let inner = inner(self)?;
        self.symbol(')').then_some(inner)
    }

    fn symbol(&mut self, symbol: char) -> bool {
        let found = self.rest.trim_start().strip_prefix(symbol);
        self.go_on(found)
    }

    /// Takes a whole word.
    fn word(&mut self, word: &str) -> bool {
        let found = self.rest.trim_start().strip_prefix(word);
        let is_inside = |c: char| c.is_alphanumeric() || c == '_';
        self.go_on(found.filter(|rest| !rest.starts_with(is_inside)))
    }

    fn go_on(&mut self, rest: Option<&'a str>) -> bool {
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

/// One operand is itself.
fn joined(mut operands: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match (operands.pop(), operands.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            operands.extend(last);
            join(operands)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn alarm(name: &str) -> Expression {
        Expression::Is(State::Alarm, name.to_owned())
    }

    fn not(inner: Expression) -> Expression {
        Expression::Not(Box::new(inner))
    }

    #[test]
    fn expressions_of_the_api_reference_are_read() {
        let table = [
            (
                "ALARM(CPUUtilizationTooHigh) AND ALARM(DiskReadOpsTooHigh)",
                Expression::All(vec![
                    alarm("CPUUtilizationTooHigh"),
                    alarm("DiskReadOpsTooHigh"),
                ]),
            ),
            (
                "ALARM(CPUUtilizationTooHigh) AND NOT ALARM(DeploymentInProgress)",
                Expression::All(vec![
                    alarm("CPUUtilizationTooHigh"),
                    not(alarm("DeploymentInProgress")),
                ]),
            ),
            (
                "(ALARM(a) OR ALARM(b)) AND OK(NetworkOutTooHigh)",
                Expression::All(vec![
                    Expression::Any(vec![alarm("a"), alarm("b")]),
                    Expression::Is(State::Ok, "NetworkOutTooHigh".to_owned()),
                ]),
            ),
            (
                "ALARM(a) OR ALARM(b) AND NOT(TRUE)",
                Expression::Any(vec![
                    alarm("a"),
                    Expression::All(vec![alarm("b"), not(Expression::Always(true))]),
                ]),
            ),
            (
                "ALARM(\"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:shop: errors (all)\")",
                alarm("shop: errors (all)"),
            ),
            (
                "AT_LEAST(2, ALARM, (a, \"b, c\", arn:aws:cloudwatch:eu-west-1:111122223333:alarm:d))",
                Expression::AtLeast(2, vec![alarm("a"), alarm("b, c"), alarm("d")]),
            ),
            (
                "AT_LEAST(50%, NOT OK, (a, b, c))",
                Expression::AtLeast(
                    2,
                    ["a", "b", "c"]
                        .map(|name| not(Expression::Is(State::Ok, name.to_owned())))
                        .into(),
                ),
            ),
            (
                " INSUFFICIENT_DATA ( a ) ",
                Expression::Is(State::InsufficientData, "a".to_owned()),
            ),
        ];
        for (text, expected) in table {
            assert_eq!(Expression::parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_none() {
        let deep = format!("{}TRUE{}", "(".repeat(101), ")".repeat(101));
        let long = format!("ALARM({})", "a".repeat(MOST_BYTES));
        let refused = [
            "",
            "ALARM",
            "ALARM()",
            "ALARM(a",
            "ALARM(\"a)",
            "ALARM(a) ALARM(b)",
            "ALARM(a) AND",
            "NOTALARM(a)",
            "AT_LEAST(0, ALARM, (a))",
            "AT_LEAST(2000, ALARM, (a))",
            "AT_LEAST(1, ALARM, ())",
            "AT_LEAST(1, TRUE, (a))",
            &deep,
            &long,
        ];
        for text in refused {
            assert_eq!(Expression::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = Expression::parse(&text);
        }

        #[test]
        fn no_order_of_its_words_panics(words in proptest::collection::vec(proptest::sample::select(vec![
            "ALARM", "OK", "INSUFFICIENT_DATA", "AND", "OR", "NOT", "TRUE", "FALSE", "AT_LEAST", "(", ")", ",", "\"", "a",
            "2", "50%", " ", "é",
        ]), 0..60)) {
            let _ = Expression::parse(&words.join(" "));
            let _ = Expression::parse(&words.concat());
        }
    }
}
