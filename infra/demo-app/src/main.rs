//! The service that breaks in the demo.

fn main() {}
