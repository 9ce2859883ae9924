//! Where the programs of OpenSSH are on this machine, and how they are started on it.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

/// Who may log in, where there is an account for the test.
pub(super) const USER: &str = "medic";

/// Nobody, on every Linux (`kernel.overflowuid`).
const NOBODY: u32 = 65534;

/// How to start a server.
#[derive(Debug)]
pub(super) struct Server {
    sshd: PathBuf,
    here: PathBuf,
    /// Where the accounts come from, if not from the machine.
    accounts: Option<PathBuf>,
    /// Who may log in.
    pub(super) user: String,
    is_root: bool,
}

impl Server {
    /// Finds what is needed for a server with its settings in `here`.
    pub(super) fn find(here: &Path) -> anyhow::Result<Self> {
        let accounts = library("libnss_wrapper.so");
        let is_root = number("-u")? == 0;
        let places = [unpacked().join("usr/sbin/sshd"), "/usr/sbin/sshd".into()];
        let sshd = places.into_iter().find(|place| place.exists());
        ensure!(
            !is_root || accounts.is_some(),
            "libnss_wrapper is missing, without which root cannot run the SSH server; run infra/toolchain/openssh.sh"
        );
        Ok(Self {
            sshd: sshd.context("there is no OpenSSH server; run infra/toolchain/openssh.sh")?,
            here: here.to_owned(),
            user: match accounts {
                Some(_) => USER.to_owned(),
                None => id("-un")?,
            },
            accounts,
            is_root,
        })
    }

    /// For one connection.
    pub(super) fn command(&self, stream: OwnedFd) -> anyhow::Result<Command> {
        let mut command = if self.is_root {
            // Nobody may not be let into the folders above the checkout, so it keeps the one right to enter any.
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
            command.args(["--inh-caps=-all,+dac_override"]);
            command.args(["--ambient-caps=-all,+dac_override"]);
            command.arg(&self.sshd);
            command
        } else {
            Command::new(&self.sshd)
        };
        command.arg("-i");
        command.arg("-f").arg(self.here.join("sshd_config"));
        command.arg("-E").arg(self.here.join("log"));
        // From version 9.8 on the server consists of several programs.
        for (option, file) in [
            ("SshdSessionPath", "usr/lib/openssh/sshd-session"),
            ("SshdAuthPath", "usr/lib/openssh/sshd-auth"),
        ] {
            let file = unpacked().join(file);
            if file.exists() {
                command
                    .arg("-o")
                    .arg(format!("{option}={}", file.display()));
            }
        }
        with_libraries(&mut command);
        if let Some(accounts) = &self.accounts {
            command.env("LD_PRELOAD", accounts);
            command.env("NSS_WRAPPER_PASSWD", self.here.join("passwd"));
            command.env("NSS_WRAPPER_GROUP", self.here.join("group"));
        }
        command.stdin(stream.try_clone()?);
        command.stdout(stream);
        command.stderr(Stdio::null());
        Ok(command)
    }
}

fn unpacked() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/openssh")
}

/// `ssh-keygen`.
pub(super) fn key_generator() -> Command {
    let unpacked = unpacked().join("usr/bin/ssh-keygen");
    let mut command = if unpacked.exists() {
        Command::new(unpacked)
    } else {
        Command::new("ssh-keygen")
    };
    with_libraries(&mut command);
    command
}

fn with_libraries(command: &mut Command) {
    let folders = library_folders();
    if !folders.is_empty() {
        let path = std::env::join_paths(folders).unwrap_or_default();
        command.env("LD_LIBRARY_PATH", path);
    }
}

fn library(file: &str) -> Option<PathBuf> {
    let mut places = library_folders().into_iter().map(|f| f.join(file));
    places.find(|place| place.exists())
}

/// `usr/lib/x86_64-linux-gnu` and the like.
fn library_folders() -> Vec<PathBuf> {
    let folders = ["usr/lib", "lib"].map(|folder| unpacked().join(folder));
    let inside = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok());
    let inside = inside.flatten().filter_map(Result::ok);
    let is_library = |path: &PathBuf| path.to_string_lossy().contains("linux-gnu");
    inside
        .map(|entry| entry.path())
        .filter(is_library)
        .collect()
}

/// Who the server runs as.
pub(super) fn ids() -> anyhow::Result<(u32, u32)> {
    match (number("-u")?, number("-g")?) {
        (0, _) => Ok((NOBODY, NOBODY)),
        ids => Ok(ids),
    }
}

fn number(option: &str) -> anyhow::Result<u32> {
    Ok(id(option)?.parse()?)
}

fn id(option: &str) -> anyhow::Result<String> {
    let output = Command::new("id").arg(option).output();
    let output = output.context("couldn't start id")?.stdout;
    Ok(String::from_utf8(output)?.trim().to_owned())
}
