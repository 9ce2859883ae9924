//! A real OpenSSH server on the loopback interface, with one account and one forced command.
//!
//! Each connection gets an `sshd -i` of its own, as inetd would start it, so there is no port to agree on and nothing that
//! outlives this value. `infra/toolchain/openssh.sh` says where the server comes from.
//!
//! As root it runs as nobody: a server of root's wants an account and a folder that only an installation makes. Then, and
//! wherever else `libnss_wrapper` was unpacked, the account exists in a file in the server's folder only.
//!
//! It does not: check passwords, use PAM, change to another account, or check who owns its files (`StrictModes no`).

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use alarm_playbook::ssh::{SshHost, SshKey};
use anyhow::{Context as _, ensure};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

mod programs;

use self::programs::{Server, USER, ids, key_generator};

/// A server. It goes with this value.
#[derive(Debug)]
pub struct Sshd {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its folder: keys, log, and what a forced command leaves there.
    pub folder: TempDir,
    user: String,
    listening: JoinHandle<anyhow::Result<()>>,
}

impl Sshd {
    /// What this machine lacks for a server, with what to do about it, if anything.
    pub fn missing() -> Option<String> {
        Server::find(Path::new(""))
            .err()
            .map(|error| error.to_string())
    }

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

/// The host's two keys, those of other hosts, and the three to log in with.
fn keys(here: &Path) -> anyhow::Result<()> {
    for (file, kind) in [
        ("host_ed25519", "ed25519"),
        ("host_ecdsa", "ecdsa"),
        ("other_host", "ed25519"),
        ("other_kind_of_host", "ecdsa-384"),
        ("user", "ed25519"),
        ("user_ecdsa", "ecdsa"),
        ("stranger", "ed25519"),
    ] {
        let mut command = key_generator();
        let (kind, bits) = kind.split_once('-').unwrap_or((kind, "256"));
        command.args([
            "-q", "-N", "", "-C", file, "-t", kind, "-b", bits, "-f", file,
        ]);
        let status = command.current_dir(here).status();
        let status = status.context("couldn't start ssh-keygen")?;
        ensure!(status.success(), "couldn't make an SSH key: {status}");
    }
    Ok(())
}

fn write_settings(here: &Path, forced: &str) -> anyhow::Result<()> {
    let forced = forced.replace('"', "\\\"");
    let user = fs::read_to_string(here.join("user.pub"))?;
    let user_ecdsa = fs::read_to_string(here.join("user_ecdsa.pub"))?;
    let options = format!("restrict,command=\"{forced}\"");
    let authorized = format!("{options} {user}{options} {user_ecdsa}");
    fs::write(here.join("authorized_keys"), authorized)?;

    let path = here.display();
    let settings = format!(
        "HostKey {path}/host_ed25519\nHostKey {path}/host_ecdsa\nAuthorizedKeysFile {path}/authorized_keys\n\
         StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
         Banner {path}/banner\nLogLevel DEBUG1\n"
    );
    fs::write(here.join("sshd_config"), settings)?;
    fs::write(here.join("banner"), "Only for those who may.\n")?;
    let (user, group) = ids()?;
    fs::write(here.join("group"), format!("{USER}:x:{group}:\n"))?;
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
