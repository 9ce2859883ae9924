//! Where things lie in the checkout, and which of them are missing.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// A checkout of the project, and the folder of the binaries built from it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Project {
    root: PathBuf,
    binaries: PathBuf,
}

impl Project {
    /// The checkout at `root`, or else the one that this program was built from.
    ///
    /// The functions' binaries lie beside this program, because one cargo command builds all of them.
    pub fn find(root: Option<PathBuf>) -> anyhow::Result<Self> {
        let built_from = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root.unwrap_or_else(built_from);
        let root = root
            .canonicalize()
            .with_context(|| format!("couldn't find the checkout at {}", root.display()))?;
        let program = std::env::current_exe().context("couldn't find this program's own file")?;
        let mut binaries = program.parent().unwrap_or(&root).to_owned();
        // Where cargo puts test programs.
        if binaries.ends_with("deps") {
            binaries.pop();
        }
        Ok(Self { root, binaries })
    }

    /// The Python that has the local cloud's packages.
    pub fn python(&self) -> PathBuf {
        self.root.join(".venv/bin/python")
    }

    /// The entry point of the local cloud.
    pub fn cloud(&self) -> PathBuf {
        self.root.join("infra/local/cloud.py")
    }

    /// The sample events of a function.
    pub fn events(&self, function: &str) -> PathBuf {
        self.root.join("events").join(function)
    }

    /// The SAM template.
    pub fn template(&self) -> PathBuf {
        self.root.join("infra/template.yaml")
    }

    /// The template of the watched service.
    pub fn shop_template(&self) -> PathBuf {
        self.root.join("infra/demo-app/template.yaml")
    }

    /// The playbook of a container on a host.
    pub fn host_playbook(&self) -> PathBuf {
        self.root.join("infra/host/playbook.yaml")
    }

    /// The playbook of the watched service where more than a restart may be needed.
    pub fn shop_playbook(&self) -> PathBuf {
        self.root.join("infra/demo-app/playbook.yaml")
    }

    /// What a host runs that is asked over SSH.
    pub fn host_script(&self) -> PathBuf {
        self.root.join("infra/host/lambda-medic-restart")
    }

    /// The playbook file that is packaged with the function.
    pub fn playbook(&self) -> PathBuf {
        self.root.join("functions/alarm-playbook/playbook.yaml")
    }

    /// The function, built.
    pub fn function_binary(&self) -> PathBuf {
        self.binaries.join("alarm-playbook")
    }

    /// The function that analyzes CI logs, built.
    pub fn ci_function_binary(&self) -> PathBuf {
        self.binaries.join("ci-log-analyzer")
    }

    /// The function that analyses incidents, built.
    pub fn analyst_function_binary(&self) -> PathBuf {
        self.binaries.join("incident-analyst")
    }

    /// The function that exports logs, built.
    pub fn exporter_function_binary(&self) -> PathBuf {
        self.binaries.join("log-exporter")
    }

    /// The script that collects the logs of a failed CI run and uploads them.
    pub fn collector(&self) -> PathBuf {
        self.root.join(".github/actions/collect-ci-logs/collect.sh")
    }

    /// The folder of what stands in for the AWS command line.
    pub fn aws_stand_in(&self) -> PathBuf {
        self.root.join("infra/local/aws_bin")
    }

    /// The watched service's program, built.
    pub fn shop_binary(&self) -> PathBuf {
        self.binaries.join("demo-app")
    }

    /// What has to be there and is not: one line each, with what to do about it.
    pub fn missing(&self) -> Vec<String> {
        let setup = "run infra/toolchain/setup.sh (it needs Python 3.11 or newer with venv)";
        let build = "run cargo build --workspace --all-targets";
        let restore = "restore it from git";
        let needed = [
            (self.python(), setup),
            (self.cloud(), restore),
            (self.template(), restore),
            (self.shop_template(), restore),
            (self.playbook(), restore),
            (self.function_binary(), build),
            (self.ci_function_binary(), build),
            (self.analyst_function_binary(), build),
            (self.exporter_function_binary(), build),
            (self.shop_binary(), build),
        ];
        needed
            .into_iter()
            .filter(|(path, _)| !path.exists())
            .map(|(path, advice)| format!("{} is missing: {advice}", path.display()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_missing_thing_is_named_with_what_to_do() {
        let root = tempfile::tempdir().unwrap();
        for file in [
            ".venv/bin/python",
            "infra/local/cloud.py",
            "infra/template.yaml",
            "infra/demo-app/template.yaml",
        ] {
            let file = root.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        let project = Project {
            root: root.path().to_owned(),
            binaries: PathBuf::from("/built"),
        };
        let playbook = project.playbook();
        assert_eq!(
            project.missing(),
            [
                format!("{} is missing: restore it from git", playbook.display()),
                "/built/alarm-playbook is missing: run cargo build --workspace --all-targets"
                    .to_owned(),
                "/built/ci-log-analyzer is missing: run cargo build --workspace --all-targets"
                    .to_owned(),
                "/built/incident-analyst is missing: run cargo build --workspace --all-targets"
                    .to_owned(),
                "/built/log-exporter is missing: run cargo build --workspace --all-targets"
                    .to_owned(),
                "/built/demo-app is missing: run cargo build --workspace --all-targets".to_owned(),
            ]
        );
    }

    #[test]
    fn the_checkout_is_the_one_this_program_was_built_from() {
        let project = Project::find(None).unwrap();
        assert!(project.template().exists(), "{project:?}");
    }
}
