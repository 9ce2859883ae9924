//! What can be made of CloudWatch Logs from outside, and on AWS cannot.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::LocalCloud;

/// Something that goes wrong in CloudWatch Logs; `infra/local/log_faults.py` knows what there is.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct LogFault {
    /// Which, such as `task_loses_lines`.
    pub fault: &'static str,
    /// The log group that it happens to, or a pattern.
    pub group: String,
    /// How often it happens, always if `None`.
    pub times: Option<u32>,
    /// How much of it, such as how many lines are lost.
    pub value: u32,
}

impl LogFault {
    /// A fault that happens once to a group.
    pub fn once(fault: &'static str, group: &str) -> Self {
        Self {
            fault,
            group: group.to_owned(),
            times: Some(1),
            value: 1,
        }
    }
}

impl LocalCloud {
    /// Lets something go wrong in CloudWatch Logs.
    pub async fn set_log_fault(&self, fault: &LogFault) -> anyhow::Result<()> {
        let _: serde_json::Value = self.post("log-faults", fault).await?;
        Ok(())
    }

    /// Lets a log group have been made at this time: nothing is exported that is older than its group.
    pub async fn set_group_age(&self, group: &str, created_at: Timestamp) -> anyhow::Result<()> {
        let age = json!({"group": group, "created_at": created_at.as_millisecond()});
        let _: serde_json::Value = self.post("log-groups", &age).await?;
        Ok(())
    }

    /// Lets a task of somebody else hold the one place that there is for export tasks.
    pub async fn begin_foreign_task(&self, seconds: f64) -> anyhow::Result<()> {
        let task = json!({"seconds": seconds});
        let _: serde_json::Value = self.post("foreign-export-task", &task).await?;
        Ok(())
    }
}
