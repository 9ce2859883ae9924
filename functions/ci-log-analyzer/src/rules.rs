//! Which kind of failure it is: ordered rules as data.
