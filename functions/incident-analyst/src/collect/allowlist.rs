//! Which ECS services may be looked at. Pure.

use thiserror::Error;

use crate::evidence::ServiceName;

/// The most patterns: a role's policy has no room for more.
const MOST_PATTERNS: usize = 200;

/// The services that may be looked at: those that the function's role may see.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Allowlist {
    /// What comes after `service/` in an ARN, with `*` for anything; none allows every service.
    patterns: Vec<String>,
}

/// A text that names no services.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum BadPattern {
    /// Not the ARN of services.
    #[error(
        "`{0}` is not the ARN of an ECS service: use arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/SERVICE, with `*` for any"
    )]
    NotAService(String),
    /// Too many.
    #[error("there are more than {MOST_PATTERNS} services; use patterns such as service/shop/*")]
    TooMany,
}

impl Allowlist {
    /// Reads ARNs of services, separated by commas. An ARN may begin at `service/`, and `*` stands for anything. No ARN at all
    /// allows every service of the account and region, and so does `*`.
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        let arns = text.split(',').map(str::trim);
        let arns = arns.filter(|arn| !arn.is_empty());
        let patterns: Vec<String> = arns.map(pattern).collect::<Result<_, _>>()?;
        if patterns.len() > MOST_PATTERNS {
            return Err(BadPattern::TooMany);
        }
        Ok(Self { patterns })
    }

    /// Whether a service may be looked at.
    pub fn allows(&self, service: &ServiceName) -> bool {
        let name = format!("{}/{}", service.cluster, service.service);
        self.patterns.is_empty() || self.patterns.iter().any(|pattern| matches(pattern, &name))
    }

    /// The services that are named in full, in the order of the setting.
    pub fn named(&self) -> Vec<ServiceName> {
        let names = self.patterns.iter().filter_map(|pattern| {
            let (cluster, service) = pattern.split_once('/')?;
            service_name(cluster, service)
        });
        names.collect()
    }

    /// Whether every service that may be looked at is named in full.
    pub fn is_closed(&self) -> bool {
        !self.patterns.is_empty() && self.named().len() == self.patterns.len()
    }

    /// The clusters whose services have to be listed, if each pattern names its cluster; `None` if all clusters have to be.
    pub(super) fn clusters(&self) -> Option<Vec<String>> {
        if self.patterns.is_empty() {
            return None;
        }
        let open = self.patterns.iter().filter(|pattern| pattern.contains('*'));
        let clusters = open.map(|pattern| {
            let (cluster, _) = pattern.split_once('/')?;
            is_name(cluster).then(|| cluster.to_owned())
        });
        clusters.collect()
    }
}

/// The service of these names, if ECS could have given them.
pub(super) fn service_name(cluster: &str, service: &str) -> Option<ServiceName> {
    (is_name(cluster) && is_name(service)).then(|| ServiceName {
        cluster: cluster.to_owned(),
        service: service.to_owned(),
    })
}

/// Up to 255 letters, digits, hyphens and underscores (API reference, `CreateService`).
fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=255).contains(&text.len()) && text.bytes().all(is_allowed)
}

fn pattern(arn: &str) -> Result<String, BadPattern> {
    let not_a_service = || BadPattern::NotAService(arn.to_owned());
    if arn == "*" {
        return Ok(arn.to_owned());
    }
    let resource = match arn.strip_prefix("arn:") {
        Some(rest) => rest.splitn(5, ':').nth(4),
        None => Some(arn),
    };
    let services = resource.and_then(|resource| resource.strip_prefix("service/"));
    let services = services.ok_or_else(not_a_service)?;
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_*/".contains(&byte);
    let is_pattern = services.len() <= 511 && services.bytes().all(is_allowed);
    let has_both = services.contains('*') || services.split('/').count() == 2;
    if is_pattern && has_both && !services.is_empty() {
        Ok(services.to_owned())
    } else {
        Err(not_a_service())
    }
}

/// Whether a text is what a pattern says, `*` being anything. Back-tracks to the last `*` only, which is enough.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part).and_then(|at| text.get(at + part.len()..)) {
            Some(after) => text = after,
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn service(name: &str) -> ServiceName {
        let (cluster, service) = name.split_once('/').unwrap();
        service_name(cluster, service).unwrap()
    }

    #[test]
    fn a_service_is_allowed_by_its_arn_or_a_pattern_and_all_are_if_none_is_named() {
        let arn = "arn:aws:ecs:eu-west-1:111122223333:service";
        let cases = [
            ("", "shop/checkout", true),
            ("*", "shop/checkout", true),
            (" , ", "shop/checkout", true),
            (&format!("{arn}/shop/checkout"), "shop/checkout", true),
            (&format!("{arn}/shop/checkout"), "shop/checkout2", false),
            (
                &format!("{arn}/shop/web,{arn}/shop/checkout"),
                "shop/checkout",
                true,
            ),
            (&format!("{arn}/shop/*"), "shop/checkout", true),
            (&format!("{arn}/shop/*"), "shop2/checkout", false),
            (&format!("{arn}/*"), "shop/checkout", true),
            ("service/*/check*", "shop/checkout", true),
            ("service/*/check*out", "shop/checkout", true),
            ("service/*/check*in", "shop/checkout", false),
            ("service/sh*p/c*k*t", "shop/checkout", true),
        ];
        for (setting, name, is_allowed) in cases {
            let allowlist = Allowlist::parse(setting).unwrap();
            assert_eq!(
                allowlist.allows(&service(name)),
                is_allowed,
                "{setting} {name}"
            );
        }
    }

    #[test]
    fn what_names_no_service_is_refused() {
        for arn in [
            "checkout",
            "service/checkout",
            "service/",
            "arn:aws:ecs:eu-west-1:111122223333:cluster/shop",
            "arn:aws:ecs:eu-west-1:111122223333",
            "service/a/b/c",
            "service/shop/check out",
        ] {
            let refused = Allowlist::parse(arn);
            assert_eq!(refused, Err(BadPattern::NotAService(arn.to_owned())));
        }
        let many = vec!["service/shop/*"; MOST_PATTERNS + 1].join(",");
        assert_eq!(Allowlist::parse(&many), Err(BadPattern::TooMany));
    }

    #[test]
    fn what_is_named_in_full_needs_no_listing() {
        let parsed = |setting| Allowlist::parse(setting).unwrap();
        let closed = parsed("service/shop/web,service/shop/checkout");
        assert_eq!(
            closed.named(),
            [service("shop/web"), service("shop/checkout")]
        );
        assert_eq!(
            (closed.is_closed(), closed.clusters()),
            (true, Some(vec![]))
        );
        let of_cluster = parsed("service/shop/web,service/pay/*");
        assert_eq!(of_cluster.named(), [service("shop/web")]);
        assert_eq!(
            (of_cluster.is_closed(), of_cluster.clusters()),
            (false, Some(vec!["pay".to_owned()]))
        );
        for every in ["", "*", "service/*", "service/s*/web"] {
            let every = parsed(every);
            assert_eq!((every.is_closed(), every.clusters()), (false, None));
        }
    }

    proptest! {
        #[test]
        fn no_setting_panics(text in "\\PC*|[a-z/*:,]{0,40}", cluster in "[a-z]{1,9}", name in "[a-z]{1,9}") {
            if let Ok(allowlist) = Allowlist::parse(&text) {
                allowlist.allows(&ServiceName { cluster, service: name });
                allowlist.clusters();
            }
        }
    }
}
