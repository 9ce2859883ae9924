//! Steps on a host, and automations.

use super::super::Situation;
use super::{Obstacle, passed};
use crate::action::{Action, Automation, SshLogin};
use crate::playbook::{OverSsh, RunAutomation};
use crate::target::Target;
use crate::targets::TargetState;

/// The container is restarted by the agent of its host.
pub(super) fn restart(situation: &Situation<'_>) -> Result<Action, Obstacle> {
    let Some(document) = &situation.policy.restart_document else {
        let reason = "the installation has no document for restarting containers";
        return Err(passed("no_document", reason));
    };
    let Some(TargetState::Host(host)) = situation.state else {
        return Err(passed("no_host", "there is no such host"));
    };
    match host.ping_status.as_deref() {
        Some("Online") => Ok(Action::RunDocument(document.clone())),
        Some(status) => {
            let reason = format!("the agent of the host is {status}");
            Err(passed("host_offline", reason))
        }
        None => Err(passed("not_managed", "SSM does not manage the host")),
    }
}

/// The container is restarted by a forced command. It needs no agent, so it may help where that is gone.
pub(super) fn restart_over_ssh(
    situation: &Situation<'_>,
    over: &OverSsh,
) -> Result<Action, Obstacle> {
    let Target::Ec2Container(container) = situation.target else {
        return Err(passed("no_host", "the target is no container"));
    };
    let Some(host) = over.hosts.get(&container.instance) else {
        let reason = format!(
            "the playbook has no address of {}",
            container.instance.as_str()
        );
        return Err(passed("no_host", reason));
    };
    Ok(Action::RunOverSsh(SshLogin {
        address: host.address.to_string(),
        user: over.user.to_string(),
        host_key: host.host_key.to_string(),
        key_parameter: over.key_parameter.clone(),
    }))
}

/// A document that playbook and installation both name.
pub(super) fn automate(situation: &Situation<'_>, run: &RunAutomation) -> Result<Action, Obstacle> {
    let RunAutomation {
        document,
        parameters,
    } = run.clone();
    if !situation.policy.automations.contains(&document) {
        let reason = format!("automation {document} is not on the installation's list");
        return Err(passed("automation_not_allowed", reason));
    }
    Ok(Action::StartAutomation(Automation {
        document,
        parameters,
    }))
}
