//! A real OpenSSH server on the loopback interface, with one account and one forced command.
//!
//! Each connection gets an `sshd -i` of its own, as inetd would start it, so there is no port to agree on and nothing that
//! outlives the test. `infra/toolchain/openssh.sh` says where the server comes from.
//!
//! As root it runs as nobody: a server of root's wants an account and a folder that only an installation makes. Then, and
//! wherever else `libnss_wrapper` was unpacked, the account exists in a file of the test's only.
//!
//! It does not: check passwords, use PAM, change to another account, or check who owns its files (`StrictModes no`).

use std::fs;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use alarm_playbook::ssh::{SshHost, SshKey};
use anyhow::{Context as _, ensure};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A server under test. It goes with this value.
#[derive(Debug)]
pub struct Sshd {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its folder: keys, log, and what a forced command leaves there.
    pub folder: TempDir,
    user: String,
    listening: JoinHandle<anyhow::Result<()>>,
}

/// Who may log in, where there is an account for the test.
const USER: &str = "medic";

/// Nobody, on every Linux (`kernel.overflowuid`).
const NOBODY: u32 = 65534;

impl Sshd {
    /// Starts one whose only key may run `forced`, a line for the shell, and nothing else. `SSH_ORIGINAL_COMMAND` has what
    /// was asked for; `$HERE` in the line is the server's folder, in which everybody may write.
    pub async fn start(forced: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let here = folder.path();
        keys(here)?;
        let forced = forced.replace("$HERE", &here.display().to_string());
        write_settings(here, &forced)?;
        let server = Server::find(here)?;

        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let user = server.user.clone();
        let listening = tokio::spawn(async move {
            let mut connections = Vec::new();
            loop {
                let (stream, _) = listener.accept().await?;
                let stream = stream.into_std()?;
                stream.set_nonblocking(false)?;
                let mut command = tokio::process::Command::from(server.command(stream.into())?);
                connections.push(command.kill_on_drop(true).spawn()?);
            }
        });
        Ok(Self {
            address,
            folder,
            user,
            listening,
        })
    }

    /// The host as a playbook would name it, with its true ed25519 key.
    pub fn host(&self) -> anyhow::Result<SshHost> {
        self.host_with_key("host_ed25519.pub")
    }

    /// The same with the public key in this file.
    pub fn host_with_key(&self, file: &str) -> anyhow::Result<SshHost> {
        Ok(SshHost {
            address: self.address.to_string().parse()?,
            user: self.user.parse()?,
            host_key: self.read(file)?.parse()?,
        })
    }

    /// The private key in this file: `user` may log in, `user_ecdsa` too, `stranger` may not.
    pub fn key(&self, file: &str) -> anyhow::Result<SshKey> {
        Ok(SshKey::parse(&self.read(file)?)?)
    }

    /// A file in its folder, empty if it is not there.
    pub fn read(&self, file: &str) -> anyhow::Result<String> {
        match fs::read_to_string(self.folder.path().join(file)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            read => read.with_context(|| format!("couldn't read {file} of the SSH server")),
        }
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// The host's two keys, another host's, and the three to log in with.
fn keys(here: &Path) -> anyhow::Result<()> {
    for (file, kind) in [
        ("host_ed25519", "ed25519"),
        ("host_ecdsa", "ecdsa"),
        ("other_host", "ed25519"),
        ("user", "ed25519"),
        ("user_ecdsa", "ecdsa"),
        ("stranger", "ed25519"),
    ] {
        let mut command = Command::new(program(&["usr/bin/ssh-keygen"], "ssh-keygen")?);
        command.args(["-q", "-N", "", "-C", file, "-t", kind, "-f", file]);
        let status = with_libraries(&mut command).current_dir(here).status();
        let status = status.context("couldn't start ssh-keygen")?;
        ensure!(status.success(), "couldn't make an SSH key: {status}");
    }
    Ok(())
}

fn write_settings(here: &Path, forced: &str) -> anyhow::Result<()> {
    let forced = forced.replace('"', "\\\"");
    let mut authorized = String::new();
    for key in ["user.pub", "user_ecdsa.pub"] {
        let key = fs::read_to_string(here.join(key))?;
        authorized.push_str(&format!("restrict,command=\"{forced}\" {key}"));
    }
    fs::write(here.join("authorized_keys"), authorized)?;

    let path = here.display();
    let settings = format!(
        "HostKey {path}/host_ed25519\nHostKey {path}/host_ecdsa\nAuthorizedKeysFile {path}/authorized_keys\n\
         StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
         Banner {path}/banner\nLogLevel DEBUG1\n"
    );
    fs::write(here.join("sshd_config"), settings)?;
    fs::write(here.join("banner"), "Only for those who may.\n")?;
    // OpenSSH asks for it by number and by name.
    fs::write(here.join("group"), format!("{USER}:x:{}:\n", ids()?.1))?;
    let (user, group) = ids()?;
    let account = format!("{USER}:x:{user}:{group}::/:/bin/sh\nsshd:x:{user}:{group}::/:/bin/sh\n");
    fs::write(here.join("passwd"), account)?;
    open_to_everybody(here)
}

/// The server may be somebody else than the test.
fn open_to_everybody(here: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let log = here.join("log");
    fs::write(&log, "")?;
    fs::set_permissions(&log, fs::Permissions::from_mode(0o666))?;
    Ok(fs::set_permissions(
        here,
        fs::Permissions::from_mode(0o777),
    )?)
}

/// Who the server runs as.
fn ids() -> anyhow::Result<(u32, u32)> {
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

/// How to start a server.
#[derive(Debug)]
struct Server {
    sshd: PathBuf,
    here: PathBuf,
    /// Where the accounts come from, if not from the machine.
    accounts: Option<PathBuf>,
    user: String,
    is_root: bool,
}

impl Server {
    fn find(here: &Path) -> anyhow::Result<Self> {
        let accounts = library("libnss_wrapper.so");
        let is_root = number("-u")? == 0;
        ensure!(
            !is_root || accounts.is_some(),
            "libnss_wrapper is missing, without which root cannot run the SSH server; run infra/toolchain/openssh.sh"
        );
        Ok(Self {
            sshd: program(&["usr/sbin/sshd", "/usr/sbin/sshd"], "sshd")?,
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
    fn command(&self, stream: OwnedFd) -> anyhow::Result<Command> {
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
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/openssh")
}

/// The first of these that is there, and if none is, the command on the path. Relative ones are those of the checkout.
fn program(places: &[&str], name: &str) -> anyhow::Result<PathBuf> {
    let mut places = places.iter().map(|place| unpacked().join(place));
    let found = places.find(|place| place.exists());
    let found = found.unwrap_or_else(|| PathBuf::from(name));
    ensure!(
        name != "sshd" || found.is_absolute(),
        "there is no OpenSSH server; run infra/toolchain/openssh.sh"
    );
    Ok(found)
}

fn with_libraries(command: &mut Command) -> &mut Command {
    let folders = library_folders();
    if !folders.is_empty() {
        let path = std::env::join_paths(folders).unwrap_or_default();
        command.env("LD_LIBRARY_PATH", path);
    }
    command
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
