//! A loop that never finds what it looks for: one processor's worth of work for nothing.
//!
//! It holds nothing that a request needs, so requests are answered all the same, only later where there is no other processor:
//! a health check does not see it, and nothing but the process's end stops it in life.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A thread that is busy until the value is dropped.
#[derive(Debug)]
pub struct BusyLoop {
    is_over: Arc<AtomicBool>,
}

impl BusyLoop {
    /// Begins it. The error is that the machine has no thread left.
    pub fn begin() -> std::io::Result<Self> {
        let is_over = Arc::new(AtomicBool::new(false));
        let looked_for = Arc::clone(&is_over);
        let busy = move || {
            while !looked_for.load(Ordering::Relaxed) {
                spin_loop();
            }
        };
        thread::Builder::new()
            .name("busy-loop".to_owned())
            .spawn(busy)?;
        Ok(Self { is_over })
    }
}

impl Drop for BusyLoop {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}
