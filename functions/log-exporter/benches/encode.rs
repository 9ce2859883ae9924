//! What encoding rows costs.

fn main() {}
