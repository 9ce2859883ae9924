//! What the kernel knows of this process: memory, processes that it started, files around it.

use std::collections::BTreeSet;
use std::path::Path;

/// A look at this process, to be compared with a later one.
#[derive(Clone, Debug)]
pub struct Look {
    resident: u64,
    reaped: u64,
    files: BTreeSet<String>,
}

impl Look {
    /// Looks, and lets the peak of memory begin anew.
    pub fn now() -> Self {
        // "5" resets the peak (`proc_pid_clear_refs(5)`). Where that is not allowed, the peak is that of the whole run: too high.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        Self {
            resident: status("VmRSS:"),
            reaped: reaped_faults(),
            files: files(),
        }
    }

    /// The most memory in use at once since then, beyond that at the time.
    pub fn peak_bytes(&self) -> u64 {
        status("VmHWM:").saturating_sub(self.resident)
    }

    /// How many processes were started since then, at least: those that have ended show by the page faults that they left.
    pub fn processes(&self) -> u64 {
        u64::from(reaped_faults() > self.reaped) + children()
    }

    /// Files that are there now and were not then.
    pub fn new_files(&self) -> Vec<String> {
        files().difference(&self.files).cloned().collect()
    }
}

/// A number of kilobytes of `/proc/self/status`, in bytes.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    number.unwrap() * 1024
}

/// `cminflt`: the page faults of processes that were waited for (`proc_pid_stat(5)`).
fn reaped_faults() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    fields.split(' ').nth(8).unwrap().parse().unwrap()
}

/// Children that were not waited for.
fn children() -> u64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let of = |task: std::fs::DirEntry| {
        let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        children.split_whitespace().count() as u64
    };
    tasks.map(of).sum()
}

/// The names in the folders that an archive's entry, resolved wrongly, would be written to.
fn files() -> BTreeSet<String> {
    let here = std::env::current_dir().unwrap_or_default();
    let above = here.ancestors().take(4).map(Path::to_path_buf);
    let others = ["/", "/tmp", "/var/tmp", "/var/task", "/etc", "/root"];
    let folders = above.chain(others.into_iter().map(Into::into));
    let names =
        folders.flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten().flatten());
    names
        .map(|entry| entry.path().display().to_string())
        .filter(|name| !is_of_others(name))
        .collect()
}

/// In the folders for temporary files other tests make theirs meanwhile, under names that no attacker needs: those of Python's
/// and Rust's temporary files, and those of the local cloud.
fn is_of_others(name: &str) -> bool {
    let shared = ["/tmp/", "/var/tmp/"];
    let inner = shared.iter().find_map(|folder| name.strip_prefix(folder));
    let makers = ["tmp", ".tmp", "medic-"];
    inner.is_some_and(|inner| makers.iter().any(|maker| inner.starts_with(maker)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, because what it looks at belongs to the whole process.
    #[test]
    fn memory_processes_and_files_are_seen() {
        let before = Look::now();
        assert_eq!(before.processes(), 0);
        let held = vec![1_u8; 64 << 20];
        assert!(before.peak_bytes() >= 60 << 20);
        drop(held);
        let file = tempfile::Builder::new()
            .prefix("entry")
            .tempfile_in("/tmp")
            .unwrap();
        let name = file.path().display().to_string();
        assert!(before.new_files().contains(&name));
        std::process::Command::new("true").status().unwrap();
        assert_eq!(before.processes(), 1);
    }
}
