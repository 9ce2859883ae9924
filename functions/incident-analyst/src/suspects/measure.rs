//! What a metric measures, as far as the ranking understands it.

/// What a metric measures.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Measure<'a> {
    /// How long an answer takes.
    Latency,
    /// Requests in a period.
    Requests,
    /// Share of requests that succeed, percent.
    Availability,
    /// Failed requests in a period.
    Errors,
    /// Anything else, by its name.
    Other(&'a str),
}

impl<'a> Measure<'a> {
    /// By a metric's name: the names of `medic diagnose`, and those that CloudWatch gives the same things.
    pub(super) fn of(metric: &'a str) -> Self {
        let is_any = |names: &[&str]| names.iter().any(|name| metric.eq_ignore_ascii_case(name));
        if is_any(&["latency", "TargetResponseTime", "Duration"]) {
            Self::Latency
        } else if is_any(&["requests", "RequestCount", "Invocations"]) {
            Self::Requests
        } else if is_any(&["availability"]) {
            Self::Availability
        } else if is_any(&[
            "errors",
            "HTTPCode_Target_5XX_Count",
            "HTTPCode_ELB_5XX_Count",
        ]) {
            Self::Errors
        } else {
            Self::Other(metric)
        }
    }

    /// What a value is multiplied by, so that all values of this kind have one unit.
    pub(super) fn factor(self, unit: &str) -> f64 {
        match self {
            Self::Latency if unit.eq_ignore_ascii_case("Milliseconds") => 1e-3,
            Self::Latency if unit.eq_ignore_ascii_case("Microseconds") => 1e-6,
            _ => 1.0,
        }
    }

    /// A value as trouble: the more, the worse.
    pub(super) fn trouble(self, value: f64) -> f64 {
        match self {
            Self::Availability => 100.0 - value,
            Self::Other("healthy_hosts" | "running_tasks") => -value,
            Self::Latency | Self::Requests | Self::Errors | Self::Other(_) => value,
        }
    }

    /// Whether a longer period has more of it: counts are added over time, everything else is averaged.
    pub(super) fn adds_up(self) -> bool {
        match self {
            Self::Requests | Self::Errors => true,
            Self::Other(name) => matches!(name, "client_errors" | "throttles"),
            Self::Latency | Self::Availability => false,
        }
    }

    /// Whether moving in a certain direction is trouble. Traffic comes and goes, and of what we don't know we don't know.
    pub(super) fn has_direction(self) -> bool {
        match self {
            Self::Latency | Self::Availability | Self::Errors => true,
            Self::Requests => false,
            Self::Other(name) => matches!(
                name,
                "cpu"
                    | "memory"
                    | "disk"
                    | "queue"
                    | "throttles"
                    | "client_errors"
                    | "unhealthy_hosts"
                    | "healthy_hosts"
                    | "running_tasks"
            ),
        }
    }

    /// The unit of values after [`Measure::factor`], for people.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Latency => " s",
            Self::Availability => " %",
            Self::Requests | Self::Errors | Self::Other(_) => "",
        }
    }
}
