//! Addresses of what a report is about, put together from checked parts.

use shared::outbound::{Link, Part};

use super::Finding;

impl Finding {
    /// Where to look, what matters most first.
    pub(super) fn links(&self) -> Vec<Link> {
        let mut links = Vec::new();
        let mut link = |label, path: String| {
            let (host, repository) = (self.site.host(), &self.repository);
            links.push(Link {
                label,
                url: format!("https://{host}/{repository}/{path}"),
            });
        };
        match self.outcome.thread() {
            Some(thread) if thread.is_pull_request => {
                link("Pull request", format!("pull/{}", thread.number));
            }
            Some(thread) => link("Issue", format!("issues/{}", thread.number)),
            None => {}
        }
        if let Some(run) = &self.run {
            link(
                "Run",
                format!("actions/runs/{}/attempts/{}", run.id, run.attempt),
            );
            link("Commit", format!("commit/{}", run.head_sha.as_str()));
            if let Some(number) = run.pull_requests.first() {
                link("Triggered by", format!("pull/{number}"));
            }
        }
        links
    }

    /// The run alone, for where one is already on the page of the rest.
    pub(super) fn run_link(&self) -> Option<Part> {
        let run = self.links().into_iter().find(|link| link.label == "Run")?;
        Some(Part::Link(run.label, run.url))
    }
}
