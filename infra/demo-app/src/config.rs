//! The service's settings; the only reader of the environment.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::Context as _;

use crate::answer::Switch;
use crate::server::Requests;
use crate::shop::{Fault, Percent, Release, VOUCHER_SETTING};

/// Where containers usually listen; `infra/demo-app/template.yaml` sets it as well.
const USUAL_PORT: u16 = 8080;

const USE_A_FAULT: &str = "use null-cart, busy-loop or memory-leak";

/// The settings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Config {
    /// `PORT`, 8080 if unset, and `LISTEN_ADDRESS`, every address if unset: load balancers come from outside.
    pub listen_on: SocketAddr,
    /// `FAULT`: `null-cart`, `busy-loop` or `memory-leak` to be broken from the start, so that a restart does not help.
    pub fault: Option<Fault>,
    /// `RELEASE`: `1` or `2`, by default `1`; the second one needs `VOUCHER_PERCENT`, and nothing checks that at the start.
    pub release: Release,
    /// `FAULT_SWITCH`: `open` to let anybody break it from outside, as in the demo; closed if unset.
    pub switch: Switch,
    /// `LOG_REQUESTS`: `true` for a line for each request; only errors if unset.
    pub requests: Requests,
}

impl Config {
    /// The settings in the process's environment.
    #[expect(
        clippy::disallowed_methods,
        reason = "config.rs is the one reader of the environment"
    )]
    pub fn from_env() -> anyhow::Result<Self> {
        Self::from_vars(&std::env::vars().collect())
    }

    /// The settings in `vars`. The first that is unusable is the error, by name.
    pub fn from_vars(vars: &HashMap<String, String>) -> anyhow::Result<Self> {
        let port = setting(vars, "PORT", "use a port number", |port| port.parse().ok())?;
        let address = setting(vars, "LISTEN_ADDRESS", "use an IP address", |address| {
            address.parse().ok()
        })?;
        let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Ok(Self {
            listen_on: SocketAddr::new(address.unwrap_or(any), port.unwrap_or(USUAL_PORT)),
            fault: setting(vars, "FAULT", USE_A_FAULT, Fault::named)?,
            release: release(vars)?,
            switch: setting(vars, "FAULT_SWITCH", "use open or closed", switch)?
                .unwrap_or(Switch::Closed),
            requests: setting(vars, "LOG_REQUESTS", "use true or false", requests)?
                .unwrap_or(Requests::Unlogged),
        })
    }
}

/// A variable's value as `parse` understands it; unset and empty are the same, because a template cannot leave one out.
fn setting<T>(
    vars: &HashMap<String, String>,
    name: &str,
    expected: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> anyhow::Result<Option<T>> {
    match vars.get(name).map(|value| value.trim()) {
        None | Some("") => Ok(None),
        Some(value) => parse(value)
            .with_context(|| format!("{name} is `{value}`; {expected}"))
            .map(Some),
    }
}

fn release(vars: &HashMap<String, String>) -> anyhow::Result<Release> {
    let percent = |value: &str| Percent::new(value.parse().ok()?);
    let percent = setting(vars, VOUCHER_SETTING, "use 0 to 100", percent)?;
    let release = setting(vars, "RELEASE", "use 1 or 2", |value| match value {
        "1" => Some(Release::First),
        "2" => Some(Release::Second(percent)),
        _ => None,
    })?;
    Ok(release.unwrap_or_default())
}

fn switch(value: &str) -> Option<Switch> {
    match value {
        "open" => Some(Switch::Open),
        "closed" => Some(Switch::Closed),
        _ => None,
    }
}

fn requests(value: &str) -> Option<Requests> {
    match value {
        "true" => Some(Requests::Logged),
        "false" => Some(Requests::Unlogged),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(vars: &[(&str, &str)]) -> Result<Config, String> {
        let vars = vars
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::from_vars(&vars.collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn everything_has_a_default() {
        let expected = Config {
            listen_on: "0.0.0.0:8080".parse().unwrap(),
            fault: None,
            release: Release::First,
            switch: Switch::Closed,
            requests: Requests::Unlogged,
        };
        assert_eq!(config(&[]), Ok(expected));
        assert_eq!(config(&[("FAULT", ""), ("PORT", " ")]), Ok(expected));
    }

    #[test]
    fn everything_can_be_set() {
        let vars = [
            ("PORT", "4711"),
            ("LISTEN_ADDRESS", "127.0.0.1"),
            ("FAULT", "null-cart"),
            ("RELEASE", "2"),
            ("VOUCHER_PERCENT", "10"),
            ("FAULT_SWITCH", "open"),
            ("LOG_REQUESTS", "true"),
        ];
        let expected = Config {
            listen_on: "127.0.0.1:4711".parse().unwrap(),
            fault: Some(Fault::NullCart),
            release: Release::Second(Percent::new(10)),
            switch: Switch::Open,
            requests: Requests::Logged,
        };
        assert_eq!(config(&vars), Ok(expected));
    }

    #[test]
    fn what_cannot_be_used_is_named_with_what_could() {
        for (name, value, error) in [
            ("PORT", "70000", "PORT is `70000`; use a port number"),
            (
                "LISTEN_ADDRESS",
                "here",
                "LISTEN_ADDRESS is `here`; use an IP address",
            ),
            (
                "FAULT",
                "cart",
                "FAULT is `cart`; use null-cart, busy-loop or memory-leak",
            ),
            ("RELEASE", "3", "RELEASE is `3`; use 1 or 2"),
            (
                "VOUCHER_PERCENT",
                "101",
                "VOUCHER_PERCENT is `101`; use 0 to 100",
            ),
            (
                "FAULT_SWITCH",
                "on",
                "FAULT_SWITCH is `on`; use open or closed",
            ),
            (
                "LOG_REQUESTS",
                "yes",
                "LOG_REQUESTS is `yes`; use true or false",
            ),
        ] {
            assert_eq!(config(&[(name, value)]), Err(error.to_owned()));
        }
    }
}
