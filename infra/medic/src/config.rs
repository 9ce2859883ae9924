//! The only reader of the environment.

/// Whether a terminal may be written to in colour: `NO_COLOR` is unset or empty (<https://no-color.org>).
pub fn is_colour_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
