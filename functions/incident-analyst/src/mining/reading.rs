//! What an entry tells: a text, and how serious it is.

use super::json::{self, Fields};
use super::level::{self, Level};
use super::{logfmt, noise, trace};

/// What an entry tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Reading<'a> {
    /// What people would read of it, in one line, without its time and level.
    pub(super) text: &'a str,
    /// Whether it tells of an error, if its level or the status in it says so; `None`: its words must tell.
    pub(super) is_error: Option<bool>,
}

/// Reads entries, with room for those that must be put together.
#[derive(Debug, Default)]
pub(super) struct Reader {
    text: String,
    inner: String,
}

impl Reader {
    /// What an entry tells; `None` if it tells nothing: blank, a frame of a trace, the platform's bookkeeping, a health check.
    pub(super) fn read<'a>(&'a mut self, message: &'a str) -> Option<Reading<'a>> {
        let Self { text, inner } = self;
        let fields = json::fields(message);
        let (line, fields) = match fields {
            Some(_) => (message.trim(), fields),
            None => of_text(trace::telling_line(message)?)?,
        };
        let Some(fields) = fields else {
            return of_line(message, line);
        };
        of_fields(message, fields, (text, inner))
    }
}

/// A line of text; JSON or pairs may follow its time and level.
fn of_text(line: &str) -> Option<(&str, Option<Fields<'_>>)> {
    if noise::is_platform(line) {
        return None;
    }
    let (level, body) = level::lead(line);
    let fields = json::fields(body).or_else(|| logfmt::fields(body));
    let fields = fields.map(|fields| Fields {
        level: fields.level.or(level),
        ..fields
    });
    Some((line, fields))
}

fn of_line<'a>(message: &str, line: &'a str) -> Option<Reading<'a>> {
    let (level, text) = level::lead(line);
    let access = noise::access(text);
    let status = access.and_then(|access| access.status);
    let is_checked =
        access.is_some_and(|access| access.is_health_check()) || noise::is_prober(message);
    if is_checked && !is_bad(status) {
        return None;
    }
    Some(Reading {
        text,
        is_error: is_error(level, status),
    })
}

fn of_fields<'a>(
    message: &'a str,
    fields: Fields<'a>,
    (text, inner): (&'a mut String, &'a mut String),
) -> Option<Reading<'a>> {
    let status = fields.status.and_then(noise::status);
    let path = fields.path.unwrap_or_default();
    let is_checked = noise::Access { path, status }.is_health_check() || noise::is_prober(message);
    let is_bookkeeping = fields
        .kind
        .is_some_and(|kind| kind.starts_with("platform."))
        && fields.error.is_none();
    if is_checked && !is_bad(status) || is_bookkeeping {
        return None;
    }
    let fields = nested(fields, inner);
    compose(message, &fields, text);
    let told = trace::telling_line(text)?;
    if noise::is_platform(told) {
        return None;
    }
    let (level, told) = match level::lead(told) {
        (level, told) if !told.is_empty() => (level, told),
        _ => return None,
    };
    let access = noise::access(told);
    if access.is_some_and(|access| access.is_health_check() && !is_bad(status)) {
        return None;
    }
    let status = status.or(access.and_then(|access| access.status));
    let level = fields.level.or(level);
    Some(Reading {
        text: told,
        is_error: is_error(level, status),
    })
}

/// A message that is itself JSON, as a collector of containers' logs wraps it: once.
fn nested<'a>(fields: Fields<'a>, inner: &'a mut String) -> Fields<'a> {
    let Some(message) = fields.message.filter(|message| message.starts_with('{')) else {
        return fields;
    };
    inner.clear();
    json::unescape(message, inner);
    match json::fields(inner) {
        Some(found) if found.message.is_some() || found.error.is_some() => Fields {
            level: found.level.or(fields.level),
            ..found
        },
        _ => fields,
    }
}

/// The message and the error; without either the request; without that the entry as it is.
fn compose(message: &str, fields: &Fields<'_>, text: &mut String) {
    text.clear();
    if let Some(told) = fields.message {
        json::unescape(told, text);
    }
    if let Some(error) = fields.error {
        append_error(error, text);
    }
    if text.trim().is_empty() {
        text.clear();
        match (fields.method, fields.path) {
            (Some(method), Some(path)) => {
                let path = path.split('?').next().unwrap_or_default();
                for part in [method, " ", path, " ", fields.status.unwrap_or_default()] {
                    text.push_str(part);
                }
            }
            _ => text.push_str(message.trim()),
        }
    }
}

/// `request failed` says little without `connection refused`, which loggers have in a field of its own.
fn append_error(error: &str, text: &mut String) {
    let mut own = String::new();
    json::unescape(error, &mut own);
    let told = trace::telling_line(&own).unwrap_or_default();
    if told.is_empty() || text.contains(told) {
        return;
    }
    // The message may be a trace of its own.
    let line = trace::telling_line(text)
        .unwrap_or_default()
        .trim_end()
        .to_owned();
    text.clear();
    if !line.is_empty() {
        text.push_str(&line);
        text.push_str(": ");
    }
    text.push_str(told);
}

/// The level decides, except that a warning may be about anything; a status of 5xx is an error whatever the level.
fn is_error(level: Option<Level>, status: Option<u16>) -> Option<bool> {
    match (level, status) {
        (Some(Level::Error), _) | (_, Some(500..)) => Some(true),
        (Some(Level::Info), _) | (_, Some(_)) => Some(false),
        (Some(Level::Warning) | None, None) => None,
    }
}

fn is_bad(status: Option<u16>) -> bool {
    status.is_some_and(|status| status >= 400)
}
