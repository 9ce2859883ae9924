//! Links to the console, made of names that lambda-medic knows itself or encodes.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use shared::alarm::IncidentId;
use shared::outbound::Link;

use super::Site;
use crate::record::Entry;
use crate::target::{EcsService, Target};

pub(super) fn links(entry: &Entry, target: &Target, site: &Site<'_>) -> Vec<Link> {
    let report = site
        .has_incident_reports
        .then(|| report_link(&entry.incident, site));
    let rest = [
        alarm_link(&entry.alarm_name, site),
        target_link(target, site),
    ];
    report.into_iter().chain(rest).collect()
}

/// What the incident analyst finds out. Its place follows from the incident, so a mail may be there before it.
fn report_link(incident: &IncidentId, site: &Site<'_>) -> Link {
    let Site {
        region,
        state_bucket,
        ..
    } = site;
    Link {
        label: "What broke, and why (ready within a minute)",
        url: format!(
            "https://{region}.console.aws.amazon.com/s3/object/{state_bucket}?region={region}&prefix=incidents/{incident}/report.html"
        ),
    }
}

pub(super) fn alarm_link(name: &str, site: &Site<'_>) -> Link {
    let region = site.region;
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    Link {
        label: "Alarm in the console",
        url: format!(
            "https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#alarmsV2:alarm/{name}"
        ),
    }
}

/// The list of all alarms, for somebody who has to find the one that is meant.
pub(super) fn alarms_link(site: &Site<'_>) -> Link {
    let region = site.region;
    Link {
        label: "All alarms in the console",
        url: format!(
            "https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#alarmsV2:"
        ),
    }
}

fn target_link(target: &Target, site: &Site<'_>) -> Link {
    let region = site.region;
    match target {
        Target::EcsService(EcsService { cluster, service }) => Link {
            label: "Deployments in the console",
            url: format!(
                "https://{region}.console.aws.amazon.com/ecs/v2/clusters/{cluster}/services/{service}/deployments?region={region}"
            ),
        },
        Target::Ec2Container(container) => Link {
            label: "Instance in the console",
            url: format!(
                "https://{region}.console.aws.amazon.com/ec2/home?region={region}#InstanceDetails:instanceId={}",
                container.instance.as_str()
            ),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::entry;
    use crate::samples::{fired_at, firing};
    use crate::target::tests::checkout;

    const SITE: Site<'_> = Site {
        region: "eu-west-1",
        state_bucket: "medic-state",
        has_incident_reports: true,
    };

    #[test]
    fn the_report_of_an_incident_is_linked_where_somebody_writes_it() {
        let entry = entry(&firing(), "us", fired_at());
        let labels = |has_incident_reports| {
            let site = Site {
                has_incident_reports,
                ..SITE
            };
            let links = links(&entry, &Target::EcsService(checkout()), &site);
            links.into_iter().map(|link| link.label).collect::<Vec<_>>()
        };
        let usual = ["Alarm in the console", "Deployments in the console"];
        assert_eq!(labels(false), usual);
        assert_eq!(labels(true)[1..], usual);
        let report = report_link(&entry.incident, &SITE).url;
        let expected = format!(
            "https://eu-west-1.console.aws.amazon.com/s3/object/medic-state?region=eu-west-1&prefix=incidents/{}/report.html",
            entry.incident
        );
        assert_eq!(report, expected);
    }

    #[test]
    fn a_hostile_alarm_name_stays_one_segment_of_the_link() {
        let link = alarm_link("a/b?c#d\"><script> https://evil.example", &SITE);
        let url = "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/a%2Fb%3Fc%23d%22%3E%3Cscript%3E%20https%3A%2F%2Fevil%2Eexample";
        assert_eq!(link.url, url);
    }
}
