//! The `log-exporter` Lambda function: settings, clients, run.

fn main() {}
