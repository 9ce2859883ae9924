//! What passing runs of the same job say too, so that it explains nothing.
