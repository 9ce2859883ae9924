//! The part of the stack that analyzes the logs of failed CI runs; an installation may do without.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{Output, Parameter};

use super::{output, parameter};

/// What the template asks for to analyze CI logs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Ci {
    /// The repositories whose logs are analyzed, `owner/name`; without any there is no such function.
    pub repositories: Vec<String>,
    /// Other parameters of the template by name, such as `GitHubApiUrl`; those left out have the template's defaults.
    pub settings: BTreeMap<&'static str, String>,
}

/// What the stack gives to those who upload logs or look for their analyses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CiOutputs {
    /// The bucket of logs and analyses.
    pub logs_bucket_name: String,
    /// The function.
    pub function_name: String,
    /// The queue of events that every attempt failed on.
    pub failure_queue_url: String,
}

impl Ci {
    /// Whether the function is part of the installation.
    pub fn is_wanted(&self) -> bool {
        !self.repositories.is_empty()
    }

    pub(super) fn as_cloudformation(&self) -> Vec<Parameter> {
        let settings = self.settings.iter();
        let mut parameters: Vec<_> = settings.map(|(key, value)| parameter(key, value)).collect();
        parameters.push(parameter("Repositories", self.repositories.join(",")));
        parameters
    }
}

impl CiOutputs {
    /// What the stack says, `None` if it was created without the function.
    pub(super) fn from_stack(outputs: &[Output], stack: &str) -> anyhow::Result<Option<Self>> {
        const BUCKET: &str = "CiLogsBucketName";
        if !outputs.iter().any(|one| one.output_key() == Some(BUCKET)) {
            return Ok(None);
        }
        let output = |key: &str| output(outputs, stack, key);
        Ok(Some(Self {
            logs_bucket_name: output(BUCKET)?,
            function_name: output("CiLogAnalyzerFunctionName")?,
            failure_queue_url: output("CiLogAnalyzerFailureQueueUrl")?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(keys: &[&str]) -> Vec<Output> {
        let output = |key: &&str| {
            Output::builder()
                .output_key(*key)
                .output_value(*key)
                .build()
        };
        keys.iter().map(output).collect()
    }

    #[test]
    fn a_stack_without_the_function_has_no_outputs_of_it() {
        let without = outputs(&["AlertsTopicArn"]);
        assert_eq!(CiOutputs::from_stack(&without, "medic").unwrap(), None);
    }

    #[test]
    fn a_stack_with_the_function_has_all_of_its_outputs() {
        let keys = [
            "CiLogsBucketName",
            "CiLogAnalyzerFunctionName",
            "CiLogAnalyzerFailureQueueUrl",
        ];
        let expected = CiOutputs {
            logs_bucket_name: "CiLogsBucketName".to_owned(),
            function_name: "CiLogAnalyzerFunctionName".to_owned(),
            failure_queue_url: "CiLogAnalyzerFailureQueueUrl".to_owned(),
        };
        let found = CiOutputs::from_stack(&outputs(&keys), "medic");
        assert_eq!(found.unwrap(), Some(expected));
        let error = CiOutputs::from_stack(&outputs(&keys[..2]), "medic").unwrap_err();
        assert_eq!(
            error.to_string(),
            "stack medic has no output CiLogAnalyzerFailureQueueUrl"
        );
    }

    #[test]
    fn repositories_and_settings_become_parameters() {
        let ci = Ci {
            repositories: vec!["acme/shop".to_owned(), "acme/search".to_owned()],
            settings: BTreeMap::from([("GitHubApiUrl", "http://127.0.0.1:8080".to_owned())]),
        };
        assert_eq!(
            ci.as_cloudformation(),
            [
                parameter("GitHubApiUrl", "http://127.0.0.1:8080"),
                parameter("Repositories", "acme/shop,acme/search"),
            ]
        );
    }
}
