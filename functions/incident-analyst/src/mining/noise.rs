//! What platforms and health checks say all the time.

use std::sync::LazyLock;

use memchr::memmem::Finder;

static HTTP: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(" HTTP/"));
static ELB: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("ELB-HealthChecker/"));
static PROBE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("kube-probe/"));

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];

/// The last parts of paths that are asked to see whether a service is alive.
const HEALTH: [&str; 14] = [
    "health",
    "healthz",
    "healthcheck",
    "health-check",
    "health_check",
    "ping",
    "ready",
    "readyz",
    "readiness",
    "live",
    "livez",
    "liveness",
    "alive",
    "heartbeat",
];

/// A request and its answer, as access logs have them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Access<'a> {
    pub(super) path: &'a str,
    pub(super) status: Option<u16>,
}

impl Access<'_> {
    /// A check of the service's health that found nothing.
    pub(super) fn is_health_check(&self) -> bool {
        let path = self.path.split(['?', '#']).next().unwrap_or_default();
        let last = path
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        HEALTH.contains(&last) && self.status.is_none_or(|status| status < 400)
    }
}

/// What Lambda writes before and after each invocation (Lambda's guide, "Log formats"), unless it tells of an end that was none.
pub(super) fn is_platform(line: &str) -> bool {
    let starts = |start: &str| line.starts_with(start);
    match line.as_bytes().first() {
        Some(b'S') => starts("START RequestId: "),
        Some(b'E') => starts("END RequestId: ") || starts("EXTENSION\tName: "),
        Some(b'I') => starts("INIT_START "),
        Some(b'R') => starts("REPORT RequestId: ") && !line.contains("Status: "),
        _ => false,
    }
}

/// Whether a load balancer or an orchestrator asked, by the name that it gives itself.
pub(super) fn is_prober(message: &str) -> bool {
    let bytes = message.as_bytes();
    ELB.find(bytes).is_some() || PROBE.find(bytes).is_some()
}

/// The request that a line of an access log is about: `"GET /cart HTTP/1.1" 200`, or `GET /cart 200`.
pub(super) fn access(line: &str) -> Option<Access<'_>> {
    let Some(at) = HTTP.find(line.as_bytes()) else {
        return plain_access(line);
    };
    let (before, after) = line.split_at_checked(at)?;
    let mut words = before.rsplit([' ', '"']);
    let path = words.next()?;
    let method = words.next()?;
    let answer = after.split_once('"').map(|(_, rest)| rest);
    let status = answer.and_then(|rest| status(rest.split_whitespace().next()?));
    METHODS.contains(&method).then_some(Access { path, status })
}

fn plain_access(line: &str) -> Option<Access<'_>> {
    let mut words = line.split_whitespace();
    let method = words.next()?;
    if !METHODS.contains(&method) {
        return None;
    }
    let path = words.next().filter(|path| path.starts_with('/'))?;
    let status = words.take(3).find_map(status);
    Some(Access { path, status })
}

/// A status of HTTP (RFC 9110, section 15).
pub(super) fn status(word: &str) -> Option<u16> {
    let status = word.parse().ok()?;
    (100..600).contains(&status).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_an_access_log_tells_path_and_status() {
        let lines = [
            (
                r#"10.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET /cart?id=7 HTTP/1.1" 502 12 "-" "curl/8""#,
                Some(("/cart?id=7", Some(502))),
            ),
            ("GET /health 200 1.2 ms", Some(("/health", Some(200)))),
            ("POST /cart took 12ms", Some(("/cart", None))),
            (r#""GET /cart HTTP/2.0" -"#, Some(("/cart", None))),
            ("GET ready", None),
            ("speaks HTTP/1.1", None),
            (" HTTP/", None),
        ];
        for (line, expected) in lines {
            assert_eq!(
                access(line).map(|access| (access.path, access.status)),
                expected,
                "{line}"
            );
        }
    }

    #[test]
    fn only_a_check_that_found_nothing_is_noise() {
        let lines = [
            ("GET /health 200", true),
            ("GET /actuator/health/?full=1 200", true),
            ("GET /healthz 503", false),
            ("GET /cart 200", false),
        ];
        for (line, expected) in lines {
            assert_eq!(
                access(line).is_some_and(|access| access.is_health_check()),
                expected,
                "{line}"
            );
        }
    }

    #[test]
    fn what_lambda_says_of_each_invocation_is_noise_unless_it_ended_badly() {
        let lines = [
            ("START RequestId: 1f2e Version: $LATEST", true),
            ("END RequestId: 1f2e", true),
            ("REPORT RequestId: 1f2e\tDuration: 3 ms", true),
            (
                "REPORT RequestId: 1f2e\tDuration: 3000 ms\tStatus: timeout",
                false,
            ),
            ("INIT_START Runtime Version: x", true),
            ("STARTED", false),
            ("", false),
        ];
        for (line, expected) in lines {
            assert_eq!(is_platform(line), expected, "{line}");
        }
    }
}
