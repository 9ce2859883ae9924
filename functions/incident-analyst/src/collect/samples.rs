//! What several tests are about: the checkout service, its alarm and its incident.

use jiff::Timestamp;
use shared::alarm::{Alarm, Kind, Metric};

use super::subject::subject_of;
use crate::evidence::{Incident, ServiceName};

pub(super) fn at(time: &str) -> Timestamp {
    format!("2026-02-18T{time}Z").parse().unwrap()
}

pub(super) fn checkout() -> ServiceName {
    ServiceName {
        cluster: "shop".to_owned(),
        service: "checkout".to_owned(),
    }
}

pub(super) fn dimensions(pairs: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Targets answer with 5XX.
pub(super) fn alarm() -> Alarm {
    let arn = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-5xx"
        .parse()
        .ok();
    Alarm {
        kind: Some(Kind::Metric),
        state_changed_at: Some(at("21:00:00")),
        metric: Some(Metric {
            namespace: "AWS/ApplicationELB".to_owned(),
            name: "HTTPCode_Target_5XX_Count".to_owned(),
            dimensions: dimensions(&[
                ("LoadBalancer", "app/shop/50dc"),
                ("TargetGroup", "targetgroup/checkout/943f"),
            ]),
            stat: Some("SUM".to_owned()),
        }),
        threshold: Some(10.0),
        period_seconds: Some(60),
        ..Alarm::remembered("checkout-5xx", arn.as_ref(), "Threshold Crossed")
    }
}

/// It lasts for two minutes.
pub(super) fn incident() -> Incident {
    subject_of(alarm(), None, Some(checkout()), at("21:02:00"))
}
