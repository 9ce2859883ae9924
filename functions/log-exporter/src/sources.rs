//! What is asked of the world, as narrow traits.

use std::future::Future;

use jiff::{SignedDuration, Timestamp};
use shared::exports::window::Window;
use shared::failure::CallError;

use crate::ledger::{Refusal, TaskStatus};

/// A page of an answer that has several.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page<T> {
    /// What is on it; can be nothing although there are more.
    pub items: Vec<T>,
    /// Where the next page is, if there is one.
    pub next: Option<String>,
}

/// A log group as it is listed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedGroup {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// How long it keeps events; forever if `None`.
    pub retention: Option<SignedDuration>,
    /// Whether its class lets its events be exported and read: `STANDARD` does, `INFREQUENT_ACCESS` and `DELIVERY` do not.
    pub can_be_read: bool,
}

/// Which log groups there are.
pub trait LogGroups: Sync {
    /// A page of all log groups of the account and region, fifty at most (`DescribeLogGroups`).
    fn groups(
        &self,
        next: Option<String>,
    ) -> impl Future<Output = Result<Page<ListedGroup>, CallError>> + Send;

    /// A page of the names of the log groups with a tag (`GetResources`).
    fn tagged(
        &self,
        tag: &(String, String),
        next: Option<String>,
    ) -> impl Future<Output = Result<Page<String>, CallError>> + Send;
}

/// An export task as it is listed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedTask {
    /// Its id.
    pub id: String,
    /// What it writes under in the bucket.
    pub prefix: String,
    /// How it is getting on.
    pub status: TaskStatus,
}

/// Export tasks. An account has one under way at most in each region.
pub trait ExportTasks: Sync {
    /// Asks for a task that writes a window's events under `prefix`; its id, or why there is none. An unclear answer is an error: whether
    /// there is one has to be looked for.
    fn create(
        &self,
        group: &str,
        window: Window,
        prefix: &str,
    ) -> impl Future<Output = Result<Result<String, Refusal>, CallError>> + Send;

    /// How a task is getting on.
    fn status(&self, task: &str) -> impl Future<Output = Result<TaskStatus, CallError>> + Send;

    /// A page of the newest tasks, under way or not (`DescribeExportTasks`).
    fn tasks(
        &self,
        next: Option<String>,
    ) -> impl Future<Output = Result<Page<ListedTask>, CallError>> + Send;
}

/// A log event as it is read directly.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogEvent {
    /// When it happened.
    pub timestamp_ms: i64,
    /// When CloudWatch Logs got it.
    pub ingestion_ms: i64,
    /// The log stream.
    pub stream: String,
    /// Its id: the same in every answer, and no other event's.
    pub event_id: String,
    /// What was logged.
    pub message: String,
}

/// The events of log groups.
pub trait Events: Sync {
    /// A page of the events of `group` from `from` up to `until`, which is not in it (`FilterLogEvents`): a megabyte or 10,000 events at
    /// most, possibly none although there are more pages.
    fn events(
        &self,
        group: &str,
        span: (Timestamp, Timestamp),
        next: Option<String>,
    ) -> impl Future<Output = Result<Page<LogEvent>, CallError>> + Send;

    /// Whether any stream of the group got events after `since` (`DescribeLogStreams`). When in doubt, it did.
    fn got_events_since(
        &self,
        group: &str,
        since: Timestamp,
    ) -> impl Future<Output = Result<bool, CallError>> + Send;
}

/// What became of a query that counts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Count {
    /// It is not over.
    UnderWay,
    /// The events of each hour that has any: the hour's first moment, and how many.
    Of(Vec<(Timestamp, u64)>),
    /// It failed, was cancelled or is not known any more, in the service's words.
    Failed(String),
}

/// Counts by Logs Insights.
pub trait Queries: Sync {
    /// Begins to count the events of a window by hours (`StartQuery`); the query's id.
    fn begin(
        &self,
        group: &str,
        window: Window,
    ) -> impl Future<Output = Result<String, CallError>> + Send;

    /// What became of it (`GetQueryResults`); only the hours of the window.
    fn answer(
        &self,
        query: &str,
        window: Window,
    ) -> impl Future<Output = Result<Count, CallError>> + Send;
}

/// An object as it is listed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedObject {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was written.
    pub modified_at: Timestamp,
}

/// An object that is being read.
pub trait Body: Send {
    /// The next piece of it, or `None` at its end. A body that ends before the object does is an error.
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>, CallError>> + Send;
}

/// The objects of the bucket that logs are exported to.
pub trait Bucket: Sync {
    /// An object that is being read.
    type Body: Body;

    /// Opens an object, `None` if there is none.
    fn open(&self, key: &str)
    -> impl Future<Output = Result<Option<Self::Body>, CallError>> + Send;

    /// Writes an object, whether there is one or not. S3 checks its SHA-256.
    fn put(&self, key: &str, body: Vec<u8>) -> impl Future<Output = Result<(), CallError>> + Send;

    /// A page of the objects whose keys begin with `prefix` and come after `after`, in the order of their keys; a thousand at most.
    fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
    ) -> impl Future<Output = Result<Vec<ListedObject>, CallError>> + Send;

    /// Removes objects, a thousand at most; it is no error if one is not there.
    fn remove(&self, keys: &[String]) -> impl Future<Output = Result<(), CallError>> + Send;
}
