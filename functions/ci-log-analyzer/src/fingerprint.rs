//! The identity of a failure, the same when it comes again.
