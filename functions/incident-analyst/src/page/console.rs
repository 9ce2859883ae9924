//! Links to AWS's console, made of names that are our own or encoded.

use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use shared::outbound::Link;

use crate::analysis::{Analysis, EvidenceItem, Reference};
use crate::evidence::ServiceName;

/// The console of one region.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Console {
    /// Everything up to the name of the service, such as `https://eu-west-1.console.aws.amazon.com`.
    address: String,
    region: String,
}

impl Console {
    /// The console of a region; `None` if `region` does not look like the code of one.
    pub fn new(region: &str) -> Option<Self> {
        let is_code = region.len() <= 32
            && region.split('-').count() >= 3
            && region.split('-').all(|part| {
                !part.is_empty()
                    && part
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
        // The partitions have consoles of their own (AWS General Reference, "AWS service endpoints").
        let domain = match region {
            _ if region.starts_with("cn-") => "console.amazonaws.cn",
            _ if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
            _ => "console.aws.amazon.com",
        };
        is_code.then(|| Self {
            address: format!("https://{region}.{domain}"),
            region: region.to_owned(),
        })
    }

    /// The alarm.
    pub(super) fn alarm(&self, name: &str) -> Link {
        Link {
            label: "Alarm in the console",
            url: format!("{}#alarmsV2:alarm/{}", self.cloudwatch(), encoded(name)),
        }
    }

    /// The service and its deployments.
    pub(super) fn deployments(&self, service: &ServiceName) -> Link {
        Link {
            label: "Deployments in the console",
            url: self.ecs(service, "deployments"),
        }
    }

    /// Where a piece of evidence is to be seen, if the console has a page for it.
    pub(super) fn evidence(&self, item: &EvidenceItem, analysis: &Analysis) -> Option<Link> {
        let target = analysis.target.as_ref();
        match &item.reference {
            Reference::LogEvent {
                group,
                stream,
                event_id,
            } => Some(self.log_event((group, stream), event_id, item.at)),
            Reference::Deployment { .. } => target.map(|target| self.deployments(target)),
            Reference::ServiceEvent { .. } => target.map(|target| Link {
                label: "Events in the console",
                url: self.ecs(target, "events"),
            }),
            Reference::Task { id } => target.map(|target| self.task(target, id)),
            Reference::AlarmChange => Some(self.alarm(&analysis.alarm.name)),
            Reference::Datapoint { series } => {
                (series == "alarm").then(|| self.alarm(&analysis.alarm.name))
            }
            Reference::TargetHealth { .. } | Reference::Remediation => None,
        }
    }

    fn log_event(&self, (group, stream): (&str, &str), id: &str, at: Option<Timestamp>) -> Link {
        let start = at.map_or(0, Timestamp::as_millisecond);
        let query = format!("?start={start}&refEventId={id}");
        Link {
            label: "Line in CloudWatch Logs",
            url: format!(
                "{}#logsV2:log-groups/log-group/{}/log-events/{}{}",
                self.cloudwatch(),
                twice_encoded(group),
                twice_encoded(stream),
                encoded(&query).replace('%', "$"),
            ),
        }
    }

    fn task(&self, service: &ServiceName, id: &str) -> Link {
        let (cluster, id) = (encoded(&service.cluster), encoded(id));
        Link {
            label: "Task in the console",
            url: format!(
                "{}/ecs/v2/clusters/{cluster}/tasks/{id}?region={}",
                self.address, self.region
            ),
        }
    }

    fn ecs(&self, service: &ServiceName, tab: &'static str) -> String {
        let (cluster, name) = (encoded(&service.cluster), encoded(&service.service));
        format!(
            "{}/ecs/v2/clusters/{cluster}/services/{name}/{tab}?region={}",
            self.address, self.region
        )
    }

    fn cloudwatch(&self) -> String {
        format!("{}/cloudwatch/home?region={}", self.address, self.region)
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// As the console of CloudWatch Logs has names in its fragment: encoded twice, the second time with `$` for `%`.
fn twice_encoded(text: &str) -> String {
    encoded(&encoded(text)).replace('%', "$")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn console() -> Console {
        Console::new("eu-west-1").unwrap()
    }

    #[test]
    fn a_console_is_told_by_its_region() {
        for (region, address) in [
            (
                "eu-west-1",
                Some("https://eu-west-1.console.aws.amazon.com"),
            ),
            (
                "cn-north-1",
                Some("https://cn-north-1.console.amazonaws.cn"),
            ),
            (
                "us-gov-east-1",
                Some("https://us-gov-east-1.console.amazonaws-us-gov.com"),
            ),
            ("eu-west-1.evil.example/", None),
            ("eu--1", None),
            ("EU-WEST-1", None),
            ("", None),
        ] {
            let console = Console::new(region).map(|console| console.address);
            assert_eq!(console.as_deref(), address, "{region}");
        }
    }

    #[test]
    fn a_line_of_a_log_is_linked_as_the_console_writes_it() {
        let at = Some("2026-03-02T14:02:03.450Z".parse().unwrap());
        let link = console().log_event(("/ecs/shop", "web/[$LATEST]a?b"), "3612", at);
        assert_eq!(
            link.url,
            "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Fecs$252Fshop/log-events/web$252F$255B$2524LATEST$255Da$253Fb$3Fstart$3D1772460123450$26refEventId$3D3612"
        );
    }

    #[test]
    fn a_hostile_name_stays_one_segment_of_a_link() {
        let service = ServiceName {
            cluster: "a/../b".to_owned(),
            service: "c?d#\"><script>".to_owned(),
        };
        assert_eq!(
            console().deployments(&service).url,
            "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/a%2F%2E%2E%2Fb/services/c%3Fd%23%22%3E%3Cscript%3E/deployments?region=eu-west-1"
        );
    }
}
