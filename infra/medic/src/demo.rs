//! Lives through an incident: a service answers with errors, its alarm goes off, the function restarts the service and
//! says so. What is shown was observed through the APIs that anybody could have asked.

mod promise;
mod watch;

use shared::clock::{Clock as _, System};

pub use self::promise::{Promise, table};
use self::watch::Watch;
use crate::deployment::Mode;
use crate::event;
use crate::function::Function;
use crate::installation::Installation;
use crate::local_cloud::Mail;
use crate::project::Project;
use crate::record::StoredRecord;
use crate::scenario::{deployment_ids, primary};
use crate::screen::Screen;

/// Sets everything up, breaks the service, watches, and shows what came of it.
/// Returns what this version promises, kept or not; the error is a failure before anything could be promised.
pub async fn run(project: &Project, screen: &Screen) -> anyhow::Result<Vec<Promise>> {
    screen.title("lambda-medic on the local cloud: an alarm on a service leads to its restart");
    let installation = Installation::set_up(project, Mode::Live, screen).await?;
    let config = installation.cloud.sdk_config();
    let service = installation.scenario.service().await?;
    let function = Function::describe(&config, &installation.outputs).await?;
    let record = StoredRecord::new(&config, &installation.outputs.state_bucket_name)?;

    installation.scenario.publish_errors(System.now()).await?;
    screen.observed(&event::errors());
    let watch = Watch::new(&installation, screen);

    let alarm = watch.alarm().await;
    let notification = watch.notification().await;
    let invocation = watch.invocation(&function).await;
    let before = primary(&service)
        .and_then(|primary| primary.id())
        .unwrap_or_default();
    let deployment = watch.new_deployment(before).await;
    let reports = watch.reports(&deployment).await;
    let written = watch.record(&record, &deployment).await;
    let restart = watch
        .only_restart(&deployment_ids(&service), deployment)
        .await;

    if let Ok([.., report]) = reports.as_deref() {
        screen.title("The report");
        screen.text(&as_read(report));
    }
    let promises = vec![
        Promise::new("metric data alone set the alarm off", alarm),
        Promise::new("a mail tells of the alarm", notification),
        Promise::new("the function is invoked and decides to act", invocation),
        Promise::new("the service gets exactly one new deployment", restart),
        Promise::new(
            "the report names alarm, action and deployment",
            reports.map(|mails| told_by(&mails)),
        ),
        Promise::new("the record says what was done", written),
    ];
    screen.title("What this version promises");
    screen.text(&table(&promises));
    screen.text("This version begins a restart. It does not prove that the service is cured.");
    Ok(promises)
}

fn told_by(mails: &[Mail]) -> String {
    let subjects: Vec<_> = mails.iter().map(|mail| event::mail(mail).subject).collect();
    subjects.join(" and ")
}

/// The report as its reader sees it.
fn as_read(mail: &Mail) -> String {
    let Mail {
        from,
        subject,
        text,
        ..
    } = mail;
    let headers = format!(
        "From: {from}\nTo: {}\nSubject: {subject}\n\n",
        mail.to.join(", ")
    );
    let lines = headers.lines().chain(text.trim_end().lines());
    let quoted: Vec<_> = lines
        .map(|line| format!("  | {line}").trim_end().to_owned())
        .collect();
    quoted.join("\n")
}

#[cfg(test)]
mod tests {
    use crate::local_cloud::Via;

    use super::*;

    #[test]
    fn the_report_is_shown_as_its_reader_sees_it() {
        let mail = Mail {
            via: Via::Ses,
            from: "medic@example.com".to_owned(),
            to: vec!["oncall@example.com".to_owned()],
            subject: "Restart begun".to_owned(),
            text: "Restart begun\n\nAction: restart\n".to_owned(),
            html: None,
            at: "2026-02-18T21:47:03Z".parse().unwrap(),
            topic: None,
        };
        let lines = [
            "  | From: medic@example.com",
            "  | To: oncall@example.com",
            "  | Subject: Restart begun",
            "  |",
            "  | Restart begun",
            "  |",
            "  | Action: restart",
        ];
        assert_eq!(as_read(&mail), lines.join("\n"));
    }
}
