//! The functions' own log, as it would be written to standard output.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// What was logged since somebody last took it.
#[derive(Clone, Debug, Default)]
pub struct OwnLog(Arc<Mutex<Vec<u8>>>);

static INSTALLED: OnceLock<OwnLog> = OnceLock::new();

impl OwnLog {
    /// The log of this process, collected from now on, in the form that the functions write it.
    pub fn installed() -> &'static Self {
        INSTALLED.get_or_init(|| {
            let log = Self::default();
            let subscriber = shared::logging::subscriber(LevelFilter::DEBUG, log.clone());
            tracing::subscriber::set_global_default(subscriber).unwrap();
            log
        })
    }

    /// Takes what was logged.
    pub fn take(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for OwnLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for OwnLog {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
