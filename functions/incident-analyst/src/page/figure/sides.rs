//! On which side of their marks the names of onset and alarm stand.

use shared::outbound::Page;

/// On which side of its mark a name stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Side {
    Left,
    Right,
}

impl Side {
    pub(super) fn write(self, x: f64, page: &mut Page) {
        page.own(match self {
            Self::Left => " text-anchor=\"end\" dx=\"-4\" x=\"",
            Self::Right => " dx=\"4\" x=\"",
        });
        page.decimal(x).own("%\">");
    }

    /// The side that there is room on; the wanted one if there is on both.
    fn with_room(self, x: f64) -> Self {
        match self {
            Self::Left if x < NAME => Self::Right,
            Self::Right if x > 100.0 - NAME => Self::Left,
            side => side,
        }
    }
}

/// How wide a name is on a phone, in percent.
const NAME: f64 = 20.0;

/// On which side of their marks the two names stand; without one, a name would lie on the other.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Sides {
    pub(super) onset: Option<Side>,
    pub(super) breach: Option<Side>,
}

/// The two names turn away from each other where there is room, and the alarm's gives way, whose shade says it, too.
pub(super) fn sides(onset: Option<f64>, breach: f64) -> Sides {
    let Some(onset) = onset else {
        return Sides {
            onset: None,
            breach: Some(Side::Right.with_room(breach)),
        };
    };
    let is_before = onset <= breach;
    let (wanted, other) = if is_before {
        (Side::Left, Side::Right)
    } else {
        (Side::Right, Side::Left)
    };
    let (wanted, other) = (wanted.with_room(onset), other.with_room(breach));
    let start = |x: f64, side: Side| if side == Side::Left { x - NAME } else { x };
    let is_apart = (start(onset, wanted) - start(breach, other)).abs() >= NAME;
    Sides {
        onset: Some(wanted),
        breach: is_apart.then_some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_onset_and_alarm_never_lie_on_each_other() {
        use Side::{Left, Right};
        for (onset, breach, expected) in [
            (None, 50.0, (None, Some(Right))),
            (None, 90.0, (None, Some(Left))),
            (Some(70.0), 75.0, (Some(Left), Some(Right))),
            (Some(75.0), 70.0, (Some(Right), Some(Left))),
            (Some(10.0), 12.0, (Some(Right), None)),
            (Some(10.0), 60.0, (Some(Right), Some(Right))),
            (Some(70.0), 97.0, (Some(Left), Some(Left))),
            (Some(90.0), 97.0, (Some(Left), None)),
        ] {
            let sides = sides(onset, breach);
            assert_eq!((sides.onset, sides.breach), expected, "{onset:?} {breach}");
        }
    }
}
