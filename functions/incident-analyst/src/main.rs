//! The `incident-analyst` Lambda function: settings, clients, run.

fn main() {}
