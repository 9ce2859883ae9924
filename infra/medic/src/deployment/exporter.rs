//! The part of the stack that exports logs to S3; an installation may do without.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{Output, Parameter};

use super::{output, parameter};

/// What the template asks for to export logs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Exporter {
    /// Patterns of the log groups that are exported, such as `/ecs/*`; without any there is no such function.
    pub groups: Vec<String>,
    /// Other parameters of the template by name, such as `ExportDirectGroups`; those left out have the template's defaults.
    pub settings: BTreeMap<&'static str, String>,
}

/// What the stack gives to those who look at the export or read what was exported.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExporterOutputs {
    /// The function.
    pub function_name: String,
    /// The bucket of rows and manifests.
    pub export_bucket_name: String,
    /// The bucket of the ledger.
    pub state_bucket_name: String,
    /// The queue of ticks that every attempt failed on.
    pub failure_queue_url: String,
}

impl Exporter {
    /// Whether the function is part of the installation.
    pub fn is_wanted(&self) -> bool {
        !self.groups.is_empty()
    }

    pub(super) fn as_cloudformation(&self) -> Vec<Parameter> {
        let settings = self.settings.iter();
        let mut parameters: Vec<_> = settings.map(|(key, value)| parameter(key, value)).collect();
        parameters.push(parameter("ExportGroups", self.groups.join(",")));
        parameters
    }
}

impl ExporterOutputs {
    /// What the stack says, `None` if it was created without the function.
    pub(super) fn from_stack(outputs: &[Output], stack: &str) -> anyhow::Result<Option<Self>> {
        const NAME: &str = "LogExporterFunctionName";
        if !outputs.iter().any(|one| one.output_key() == Some(NAME)) {
            return Ok(None);
        }
        let output = |key: &str| output(outputs, stack, key);
        Ok(Some(Self {
            function_name: output(NAME)?,
            export_bucket_name: output("ExportBucketName")?,
            state_bucket_name: output("StateBucketName")?,
            failure_queue_url: output("LogExporterFailureQueueUrl")?,
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
    fn a_stack_has_all_outputs_of_the_function_or_none() {
        let without = outputs(&["StateBucketName"]);
        assert_eq!(
            ExporterOutputs::from_stack(&without, "medic").unwrap(),
            None
        );
        let keys = [
            "LogExporterFunctionName",
            "ExportBucketName",
            "StateBucketName",
            "LogExporterFailureQueueUrl",
        ];
        let expected = ExporterOutputs {
            function_name: "LogExporterFunctionName".to_owned(),
            export_bucket_name: "ExportBucketName".to_owned(),
            state_bucket_name: "StateBucketName".to_owned(),
            failure_queue_url: "LogExporterFailureQueueUrl".to_owned(),
        };
        let found = ExporterOutputs::from_stack(&outputs(&keys), "medic");
        assert_eq!(found.unwrap(), Some(expected));
        let error = ExporterOutputs::from_stack(&outputs(&keys[..3]), "medic").unwrap_err();
        assert_eq!(
            error.to_string(),
            "stack medic has no output LogExporterFailureQueueUrl"
        );
    }

    #[test]
    fn groups_and_settings_become_parameters() {
        let exporter = Exporter {
            groups: vec!["/ecs/*".to_owned(), "/aws/lambda/shop".to_owned()],
            settings: BTreeMap::from([("ExportSealMinutes", "0".to_owned())]),
        };
        assert_eq!(
            exporter.as_cloudformation(),
            [
                parameter("ExportSealMinutes", "0"),
                parameter("ExportGroups", "/ecs/*,/aws/lambda/shop"),
            ]
        );
        assert!(!Exporter::default().is_wanted());
    }
}
