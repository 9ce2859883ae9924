//! The part of the stack that analyses incidents; an installation may do without.

use aws_sdk_cloudformation::types::{Output, Parameter};

use super::{output, parameter};

/// Whether incidents are analysed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Analyst {
    /// The function is part of the installation.
    Installed,
    /// There is no such function. A debug build of it is large, and most tests are about others.
    #[default]
    Absent,
}

/// What the stack gives to those who invoke the function or look after it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AnalystOutputs {
    /// The function.
    pub function_name: String,
    /// The queue of events that every attempt failed on.
    pub failure_queue_url: String,
}

impl Analyst {
    pub(super) fn as_cloudformation(self) -> Parameter {
        let wanted = match self {
            Self::Installed => "true",
            Self::Absent => "false",
        };
        parameter("AnalyzeIncidents", wanted)
    }
}

impl AnalystOutputs {
    /// What the stack says, `None` if it was created without the function.
    pub(super) fn from_stack(outputs: &[Output], stack: &str) -> anyhow::Result<Option<Self>> {
        const NAME: &str = "IncidentAnalystFunctionName";
        if !outputs.iter().any(|one| one.output_key() == Some(NAME)) {
            return Ok(None);
        }
        Ok(Some(Self {
            function_name: output(outputs, stack, NAME)?,
            failure_queue_url: output(outputs, stack, "IncidentAnalystFailureQueueUrl")?,
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
        let without = outputs(&["AlertsTopicArn"]);
        assert_eq!(AnalystOutputs::from_stack(&without, "medic").unwrap(), None);
        let with = outputs(&[
            "IncidentAnalystFunctionName",
            "IncidentAnalystFailureQueueUrl",
        ]);
        let expected = AnalystOutputs {
            function_name: "IncidentAnalystFunctionName".to_owned(),
            failure_queue_url: "IncidentAnalystFailureQueueUrl".to_owned(),
        };
        assert_eq!(
            AnalystOutputs::from_stack(&with, "medic").unwrap(),
            Some(expected)
        );
        let half = outputs(&["IncidentAnalystFunctionName"]);
        let error = AnalystOutputs::from_stack(&half, "medic")
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "stack medic has no output IncidentAnalystFailureQueueUrl"
        );
    }
}
