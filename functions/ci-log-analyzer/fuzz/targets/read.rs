#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| drop(ci_log_analyzer::read::fuzz(data)));
