//! What a playbook file may say and is hardly meant: it can be used, and somebody should look at it.

use super::{Defaults, Playbook, PlaybookFile, StepName, last_line_with};

/// Namespaces of CloudWatch that alarms on services are made of, as it writes them (user guide, "AWS services that publish
/// CloudWatch metrics"; those of Container Insights and the agent from their own pages). Only their letters' case is compared.
const NAMESPACES: [&str; 29] = [
    "AWS/AmazonMQ",
    "AWS/ApiGateway",
    "AWS/ApplicationELB",
    "AWS/AutoScaling",
    "AWS/CloudFront",
    "AWS/DocDB",
    "AWS/DynamoDB",
    "AWS/EBS",
    "AWS/EC2",
    "AWS/ECS",
    "AWS/EFS",
    "AWS/ELB",
    "AWS/ES",
    "AWS/ElastiCache",
    "AWS/Events",
    "AWS/Firehose",
    "AWS/Kafka",
    "AWS/Kinesis",
    "AWS/Lambda",
    "AWS/Logs",
    "AWS/NATGateway",
    "AWS/NetworkELB",
    "AWS/RDS",
    "AWS/Redshift",
    "AWS/S3",
    "AWS/SNS",
    "AWS/SQS",
    "CWAgent",
    "ECS/ContainerInsights",
];

/// Something that is hardly meant, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Warning {
    /// What it leads to, and what to write instead.
    pub message: String,
    /// The line, counted from 1, where one can be named.
    pub line: Option<u64>,
}

impl PlaybookFile {
    /// What is hardly meant in this file, which was read from `yaml`.
    pub fn warnings(&self, yaml: &str) -> Vec<Warning> {
        let of_defaults = self
            .defaults
            .idle()
            .into_iter()
            .map(|(key, message)| Warning {
                line: last_line_with(yaml, &format!("{key}:"))
                    .or_else(|| last_line_with(yaml, "defaults:")),
                message,
            });
        let playbooks = self.playbooks.iter().enumerate();
        let of_playbooks = playbooks.flat_map(|(n, playbook)| {
            let earlier = self.playbooks.iter().take(n);
            let swallowed = earlier.clone().find(|earlier| earlier.swallows(playbook));
            let swallowed = swallowed.map(|earlier| {
                format!(
                    "is never taken: `{}` comes first and is for the same alarms",
                    earlier.name
                )
            });
            let found = [swallowed, playbook.odd_namespace(), playbook.calls_nobody()];
            found.into_iter().flatten().map(|wrong| Warning {
                message: format!("playbook `{}` {wrong}", playbook.name),
                line: last_line_with(yaml, &format!("name: {}", playbook.name)),
            })
        });
        of_defaults.chain(of_playbooks).collect()
    }
}

impl Defaults {
    /// Limits under which nothing is ever done, by their keys.
    fn idle(&self) -> Vec<(&'static str, String)> {
        let limits = [
            ("max_actions_per_hour", self.max_actions_per_hour == 0),
            (
                "max_actions_per_hour_in_all",
                self.max_actions_per_hour_in_all == 0,
            ),
            ("targets", self.storm.targets == 0),
            ("max_alarm_age", self.max_alarm_age.is_zero()),
        ];
        let idle = limits.into_iter().filter(|(_, is_idle)| *is_idle);
        idle.map(|(key, _)| {
            let message =
                format!("{key} is 0, so nothing is ever done; to rehearse, write `dry_run: true`");
            (key, message)
        })
        .collect()
    }
}

impl Playbook {
    /// Whether no alarm is left for a later playbook.
    fn swallows(&self, later: &Self) -> bool {
        self.target.is_fixed() && self.matches.covers(&later.matches)
    }

    fn odd_namespace(&self) -> Option<String> {
        let written = self.matches.namespace()?;
        let meant = NAMESPACES
            .iter()
            .find(|known| known.eq_ignore_ascii_case(written))?;
        (*meant != written).then(|| {
            format!(
                "is for no alarm: its namespace is `{written}`, and CloudWatch writes `{meant}`"
            )
        })
    }

    fn calls_nobody(&self) -> Option<String> {
        let pages = self.steps.iter().any(|step| step.name() == StepName::Page);
        (!pages).then(|| {
            "calls nobody if it does not help: end its steps with `page: { subject: ... }`"
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "version: 1
defaults: { cooldown: 10m }
playbooks:
  - name: api-errors
    match: { alarm_name: 'api-*', namespace: AWS/ECS }
    target: { ecs_service: { cluster: shop, service: api } }
    steps: [restart_service, page: { subject: api }]
  - name: api-cpu
    match: { alarm_name: 'api-*', namespace: AWS/ApplicationELB }
    target: { ecs_service: { cluster: shop, service: api } }
    steps: [restart_service, page: { subject: api }]
";

    fn check(from: &str, to: &str, expected: &[(u64, &str)]) {
        assert!(FILE.contains(from), "{from}");
        let yaml = FILE.replacen(from, to, 1);
        let warnings = PlaybookFile::parse(&yaml).unwrap().warnings(&yaml);
        let warned: Vec<(u64, &str)> = warnings
            .iter()
            .map(|warning| (warning.line.unwrap(), warning.message.as_str()))
            .collect();
        assert_eq!(warned, expected);
    }

    #[test]
    fn a_file_in_which_all_is_meant_has_no_warning() {
        check("version", "version", &[]);
    }

    #[test]
    fn the_sample_that_people_begin_with_has_none_either() {
        let readme = include_str!("../../../../README.md");
        let (_, sample) = readme.split_once("```yaml\n").unwrap();
        let (sample, _) = sample.split_once("```").unwrap();
        let file = PlaybookFile::parse(sample).unwrap();
        assert_eq!(file.warnings(sample), []);
    }

    #[test]
    fn a_playbook_that_an_earlier_one_leaves_no_alarm_to_is_pointed_out() {
        let swallowed = [(
            8,
            "playbook `api-cpu` is never taken: `api-errors` comes first and is for the same alarms",
        )];
        check(", namespace: AWS/ECS", "", &swallowed);
        check("'api-*', namespace: AWS/ECS", "'*'", &swallowed);
        check("'api-*', namespace: AWS/ECS", "'api-?'", &[]);
        check("'api-*', namespace: AWS/ECS", "'api-c*'", &[]);
        let chosen = "match: { alarm_name: 'api-*' }
    target: { ecs_service: { cluster: shop, service: { from_tag: service, allowed: [api] } } }";
        let fixed = "match: { alarm_name: 'api-*', namespace: AWS/ECS }
    target: { ecs_service: { cluster: shop, service: api } }";
        check(fixed, chosen, &[]);
        check(
            "alarm_name: 'api-*', namespace: AWS/ECS",
            "alarm_name: 'api-*', dimensions: { LoadBalancer: '*' }",
            &[],
        );
    }

    #[test]
    fn a_limit_of_zero_a_misspelt_namespace_and_a_ladder_to_nobody_are_pointed_out() {
        check(
            "cooldown: 10m",
            "max_actions_per_hour: 0",
            &[(
                2,
                "max_actions_per_hour is 0, so nothing is ever done; to rehearse, write `dry_run: true`",
            )],
        );
        check(
            "AWS/ECS",
            "AWS/Ecs",
            &[(
                4,
                "playbook `api-errors` is for no alarm: its namespace is `AWS/Ecs`, and CloudWatch writes `AWS/ECS`",
            )],
        );
        check(
            "restart_service, page: { subject: api }",
            "restart_service",
            &[(
                4,
                "playbook `api-errors` calls nobody if it does not help: end its steps with `page: { subject: ... }`",
            )],
        );
    }
}
