//! The world of the tests by the traits that the tick asks it by.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::exports::window::{Window, hour_of};
use shared::failure::CallError;
use shared::records::{ETag, Listed, Precondition, Records, Stored, Written};

use super::world::{Outcome, State, TASK, Task, World, is_in};
use crate::ledger::{Refusal, TaskStatus};
use crate::preflight::{BucketSettings, Encryption, LooksAtBucket};
use crate::sources::{
    Body, Bucket, Count, Events, ExportTasks, ListedGroup, ListedObject, ListedTask, LogEvent,
    LogGroups, Page, Queries,
};

/// CloudWatch Logs has pages of 50 groups and, here, of 10 events.
const GROUPS: usize = 50;
const EVENTS: usize = 10;

fn page<T>(all: Vec<T>, next: Option<String>, most: usize) -> Page<T> {
    let from: usize = next.map_or(0, |next| next.parse().unwrap());
    let more = all.len() > from + most;
    Page {
        items: all.into_iter().skip(from).take(most).collect(),
        next: more.then(|| (from + most).to_string()),
    }
}

impl LogGroups for &World {
    async fn groups(&self, next: Option<String>) -> Result<Page<ListedGroup>, CallError> {
        self.call("groups", |state| {
            let groups = state.groups.iter().map(|(name, logged)| ListedGroup {
                name: name.clone(),
                created_at: logged.created_at,
                retention: logged.retention,
                can_be_read: !logged.cannot_be_read,
            });
            page(groups.collect(), next, GROUPS)
        })
        .await
    }

    async fn tagged(
        &self,
        _: &(String, String),
        next: Option<String>,
    ) -> Result<Page<String>, CallError> {
        self.call("tagged", |state| {
            let tagged = state.groups.iter().filter(|(_, logged)| logged.is_tagged);
            page(tagged.map(|(name, _)| name.clone()).collect(), next, GROUPS)
        })
        .await
    }
}

impl ExportTasks for &World {
    async fn create(
        &self,
        group: &str,
        window: Window,
        prefix: &str,
    ) -> Result<Result<String, Refusal>, CallError> {
        self.call("create", |state| {
            state.settle();
            if state.tasks.iter().any(|task| !task.is_over) {
                return Err(Refusal::Busy);
            }
            let id = format!("task-{}", state.tasks.len());
            let outcome = state.outcomes.pop().unwrap_or(Outcome::Complete);
            state.tasks.push(Task {
                id: id.clone(),
                group: group.to_owned(),
                window: Some(window),
                prefix: prefix.to_owned(),
                over_at: state.now + TASK,
                outcome,
                is_over: false,
            });
            Ok(id)
        })
        .await
    }

    async fn status(&self, task: &str) -> Result<TaskStatus, CallError> {
        self.call("status", |state| {
            state.settle();
            let task = state.tasks.iter().find(|listed| listed.id == task);
            task.map_or(TaskStatus::Unknown, status)
        })
        .await
    }

    async fn tasks(&self, next: Option<String>) -> Result<Page<ListedTask>, CallError> {
        self.call("tasks", |state| {
            state.settle();
            let newest = state.tasks.iter().rev().map(|task| ListedTask {
                id: task.id.clone(),
                prefix: task.prefix.clone(),
                status: status(task),
            });
            page(newest.collect(), next, GROUPS)
        })
        .await
    }
}

fn status(task: &Task) -> TaskStatus {
    match task.outcome {
        _ if !task.is_over => TaskStatus::UnderWay,
        Outcome::Fail => TaskStatus::Failed("FAILED: something went wrong".to_owned()),
        _ => TaskStatus::Completed,
    }
}

fn within(state: &State, group: &str, is: impl Fn(&LogEvent) -> bool) -> Vec<LogEvent> {
    let logged = state.groups.get(group).into_iter();
    let events = logged.flat_map(|logged| logged.kept(state.now));
    events.filter(|event| is(event)).cloned().collect()
}

impl Events for &World {
    async fn events(
        &self,
        group: &str,
        (from, until): (Timestamp, Timestamp),
        next: Option<String>,
    ) -> Result<Page<LogEvent>, CallError> {
        self.call("events", |state| {
            let span = from.as_millisecond()..until.as_millisecond();
            let events = within(state, group, |event| span.contains(&event.timestamp_ms));
            page(events, next, EVENTS)
        })
        .await
    }

    async fn got_events_since(&self, group: &str, since: Timestamp) -> Result<bool, CallError> {
        self.call("got_events_since", |state| {
            let since = since.as_millisecond();
            !within(state, group, |event| event.ingestion_ms >= since).is_empty()
        })
        .await
    }
}

impl Queries for &World {
    async fn begin(&self, group: &str, window: Window) -> Result<String, CallError> {
        self.call("begin", |state| {
            let mut hours: BTreeMap<Timestamp, u64> = BTreeMap::new();
            for event in within(state, group, |event| is_in(window, event)) {
                let at = Timestamp::from_millisecond(event.timestamp_ms).unwrap();
                *hours.entry(hour_of(at)).or_default() += 1;
            }
            let over_at = state.now + TASK / 2;
            state.queries.push((over_at, hours.into_iter().collect()));
            (state.queries.len() - 1).to_string()
        })
        .await
    }

    async fn answer(&self, query: &str, _: Window) -> Result<Count, CallError> {
        self.call("answer", |state| {
            let (over_at, hours) = &state.queries[query.parse::<usize>().unwrap()];
            if *over_at <= state.now {
                Count::Of(hours.clone())
            } else {
                Count::UnderWay
            }
        })
        .await
    }
}

/// A body in pieces of a hundred bytes.
pub(super) struct Pieces(Vec<u8>);

impl Body for Pieces {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, CallError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let most = self.0.len().min(100);
        Ok(Some(self.0.drain(..most).collect()))
    }
}

impl Bucket for &World {
    type Body = Pieces;

    async fn open(&self, key: &str) -> Result<Option<Pieces>, CallError> {
        self.call("open", |state| {
            let object = state.buckets.get(&("exports", key.to_owned()));
            object.map(|object| Pieces(object.body.clone()))
        })
        .await
    }

    async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), CallError> {
        self.call("put", |state| {
            state.write("exports", key.to_owned(), body);
        })
        .await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<Vec<ListedObject>, CallError> {
        self.call("list objects", |state| {
            let objects = state.list("exports", prefix, after).into_iter();
            let listed = objects.map(|(key, object)| ListedObject {
                key,
                size: u64::try_from(object.body.len()).unwrap(),
                modified_at: object.modified_at,
            });
            listed.collect()
        })
        .await
    }

    async fn remove(&self, keys: &[String]) -> Result<(), CallError> {
        self.call("remove objects", |state| {
            for key in keys {
                state.buckets.remove(&("exports", key.clone()));
            }
        })
        .await
    }
}

impl LooksAtBucket for &World {
    async fn settings(&self) -> BucketSettings {
        let is_there = !self.state().is_bucket_closed;
        BucketSettings {
            region: Ok(is_there.then(|| "eu-west-1".to_owned())),
            policy: Err("this world has no policies".to_owned()),
            encryption: Ok(Encryption::S3),
            lock: Ok(None),
        }
    }
}

/// A bucket of the world as one of records.
#[derive(Clone, Copy)]
pub(super) struct Store<'a>(pub(super) &'a World, pub(super) &'static str);

impl Records for Store<'_> {
    async fn read(&self, key: &str) -> Result<Option<Stored>, CallError> {
        let Self(world, bucket) = *self;
        world
            .call("read", |state| {
                let object = state.buckets.get(&(bucket, key.to_owned()));
                object.map(|object| Stored {
                    body: object.body.clone(),
                    etag: ETag(object.etag.to_string()),
                })
            })
            .await
    }

    async fn write(
        &self,
        key: &str,
        body: Vec<u8>,
        precondition: Precondition,
    ) -> Result<Written, CallError> {
        let Self(world, bucket) = *self;
        world
            .call("write", |state| {
                let found = state.buckets.get(&(bucket, key.to_owned()));
                let holds = match (&precondition, found) {
                    (Precondition::Absent, found) => found.is_none(),
                    (Precondition::Unchanged(ETag(etag)), Some(found)) => {
                        *etag == found.etag.to_string()
                    }
                    (Precondition::Unchanged(_), None) => false,
                };
                if !holds {
                    return Written::Moved;
                }
                let etag = state.write(bucket, key.to_owned(), body);
                Written::Saved(ETag(etag.to_string()))
            })
            .await
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<Listed>, CallError> {
        let Self(world, bucket) = *self;
        world
            .call("list", |state| {
                let objects = state.list(bucket, prefix, after).into_iter();
                let listed = objects.map(|(key, object)| Listed {
                    key,
                    modified_at: object.modified_at,
                });
                listed.collect()
            })
            .await
    }

    async fn remove(&self, key: &str) -> Result<(), CallError> {
        let Self(world, bucket) = *self;
        world
            .call("remove", |state| {
                state.buckets.remove(&(bucket, key.to_owned()));
            })
            .await
    }
}
