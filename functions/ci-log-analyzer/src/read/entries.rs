//! Which files of an archive of logs are read, in which order, and what their names say.

use crate::line::Columns;

/// The job and step which a file of an archive belongs to.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    job: String,
    step: String,
}

impl Place {
    pub(super) fn columns(&self) -> Option<Columns<'_>> {
        (!self.job.is_empty()).then(|| Columns {
            job: &self.job,
            step: &self.step,
            folds: "",
        })
    }
}

/// A file of an archive: its name, and what is needed to read it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Where its local header begins.
    pub(super) header: u64,
    pub(super) packed_bytes: u64,
    /// As the archive's table of contents has it; an archive without one may lack it.
    pub(super) crc: Option<u32>,
    pub(super) method: Method,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Method {
    Stored,
    Deflated,
    Other,
}

/// What is read of an archive, in order: of one that GitHub made, the files of the jobs (`0_build.txt`); those of single steps
/// (`build/1_Set up job.txt`) say the same again and are read only for jobs without a file. Of any other, everything.
pub(super) fn chosen(entries: Vec<Entry>) -> Vec<(Place, Entry)> {
    let jobs: Vec<String> = entries
        .iter()
        .filter_map(|entry| job_file(&entry.name))
        .map(|(_, job)| job.to_owned())
        .collect();
    let is_github = entries
        .iter()
        .any(|entry| job_file(&entry.name).is_some() || step_file(&entry.name).is_some());
    let mut chosen: Vec<(Key, Place, Entry)> = entries
        .into_iter()
        .filter(|entry| !entry.name.ends_with('/') && !entry.name.starts_with("__MACOSX/"))
        .filter_map(|entry| {
            let (key, place) = if is_github {
                github_place(&entry.name, &jobs)?
            } else {
                other_place(&entry.name)
            };
            Some((key, place, entry))
        })
        .collect();
    chosen.sort_by(|(a, _, one), (b, _, other)| a.cmp(b).then_with(|| one.name.cmp(&other.name)));
    chosen
        .into_iter()
        .map(|(_, place, entry)| (place, entry))
        .collect()
}

/// What the order goes by: files of jobs by their number, then those of steps by job and number.
type Key = (bool, String, i64);

fn github_place(name: &str, jobs: &[String]) -> Option<(Key, Place)> {
    if let Some((number, job)) = job_file(name) {
        return Some((
            (false, String::new(), number),
            Place {
                job: job.to_owned(),
                step: String::new(),
            },
        ));
    }
    let (job, number, step) = step_file(name)?;
    let known = jobs.iter().any(|known| known == job);
    (!known).then(|| {
        (
            (true, job.to_owned(), number),
            Place {
                job: job.to_owned(),
                step: step.to_owned(),
            },
        )
    })
}

fn other_place(name: &str) -> (Key, Place) {
    let job = name
        .strip_suffix(".txt")
        .or_else(|| name.strip_suffix(".log"))
        .unwrap_or(name);
    (
        (false, String::new(), 0),
        Place {
            job: job.to_owned(),
            step: String::new(),
        },
    )
}

/// `3_build (ubuntu).txt` -> 3, `build (ubuntu)`
fn job_file(name: &str) -> Option<(i64, &str)> {
    let (number, job) = name.strip_suffix(".txt")?.split_once('_')?;
    (!job.contains('/') && !job.is_empty()).then_some((number.parse().ok()?, job))
}

/// `build (ubuntu)/3_Run tests.txt` -> `build (ubuntu)`, 3, `Run tests`
fn step_file(name: &str) -> Option<(&str, i64, &str)> {
    let (job, file) = name.split_once('/')?;
    let (number, step) = job_file(file)?;
    Some((job, number, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], expected: &[(&str, &str, &str)]) {
        let entries = names.iter().map(|name| Entry {
            name: (*name).to_owned(),
            header: 0,
            packed_bytes: 0,
            crc: None,
            method: Method::Stored,
        });
        let chosen = chosen(entries.collect());
        let places: Vec<(&str, &str, &str)> = chosen
            .iter()
            .map(|(place, entry)| (entry.name.as_str(), place.job.as_str(), place.step.as_str()))
            .collect();
        assert_eq!(places, expected);
    }

    #[test]
    fn the_steps_of_a_job_that_has_a_file_are_not_read_again() {
        check(
            &[
                "10_lint.txt",
                "2_build (a, b).txt",
                "build (a, b)/1_Set up job.txt",
                "lint/",
                "lint/2_Run lint.txt",
                "lint/system.txt",
            ],
            &[
                ("2_build (a, b).txt", "build (a, b)", ""),
                ("10_lint.txt", "lint", ""),
            ],
        );
    }

    #[test]
    fn a_job_without_a_file_is_read_step_by_step_in_the_order_of_their_numbers() {
        check(
            &[
                "0_lint.txt",
                "build/10_Test.txt",
                "build/2_Checkout.txt",
                "build/system.txt",
            ],
            &[
                ("0_lint.txt", "lint", ""),
                ("build/2_Checkout.txt", "build", "Checkout"),
                ("build/10_Test.txt", "build", "Test"),
            ],
        );
    }

    #[test]
    fn of_other_archives_all_files_are_read_in_the_order_of_their_names() {
        check(
            &["b/out.log", "__MACOSX/b", "a.txt", "b/"],
            &[("a.txt", "a", ""), ("b/out.log", "b/out", "")],
        );
    }
}
