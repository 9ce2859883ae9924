//! Which lines explain the failure: parsers of known formats, a scorer for the rest, and the choice among them.
