#!/usr/bin/env bash
# Finds a real OpenSSH server for the tests (tests/support/sshd.rs), or unpacks Debian's or Ubuntu's into .venv/openssh.
# Nothing is installed and nothing outside the checkout is written, so no root is needed.
# As root the tests need libnss_wrapper too: they run the server as nobody then, who has no shell without it.
# Does nothing if all is there already. Usage: infra/toolchain/openssh.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly unpacked=.venv/openssh

is_there() {
  [[ -x /usr/sbin/sshd || -x $unpacked/usr/sbin/sshd ]] &&
    { command -v ssh-keygen >/dev/null || [[ -x $unpacked/usr/bin/ssh-keygen ]]; } &&
    { ((UID != 0)) || compgen -G "$unpacked/usr/lib/*/libnss_wrapper.so" >/dev/null; }
}

if is_there; then
  exit 0
fi
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
  echo "openssh: the tests need an OpenSSH server in /usr/sbin/sshd, and ssh-keygen; install them (as root they need a Debian or Ubuntu)" >&2
  exit 1
fi

echo "openssh: unpacking Debian's OpenSSH server into $unpacked for the tests (once)"
rm -rf $unpacked
mkdir -p $unpacked.new/{debs,state/lists/partial,cache/archives/partial}
trap 'rm -rf "$unpacked.new"' EXIT

# Downloads the server, the client and every library of them that this machine lacks.
download() {
  local wanted=(openssh-server openssh-client libnss-wrapper) plan packages
  # Simulated: it says what it would install, and does not.
  plan="$(apt-get "$@" --simulate --no-install-recommends --reinstall install "${wanted[@]}")" || return
  mapfile -t packages < <(awk '$1 == "Inst" { print $2 }' <<<"$plan")
  (cd $unpacked.new/debs && apt-get "$@" --quiet=2 --option=APT::Sandbox::User=root download "${packages[@]}")
}

# The machine's own lists can be missing or too old; then lists of our own are made.
if ! download >/dev/null 2>&1; then
  own=(--option=Dir::State::lists="$PWD/$unpacked.new/state/lists" --option=Dir::Cache="$PWD/$unpacked.new/cache")
  apt-get "${own[@]}" --quiet=2 --option=APT::Sandbox::User=root update >/dev/null 2>&1 || true
  if ! download "${own[@]}"; then
    echo "openssh: apt could not download the OpenSSH server; it says why above" >&2
    exit 1
  fi
fi

mkdir $unpacked.new/root
for package in "$unpacked".new/debs/*.deb; do
  dpkg-deb --extract "$package" $unpacked.new/root
done
mv $unpacked.new/root $unpacked
if ! is_there; then
  echo "openssh: the packages do not contain what the tests need" >&2
  exit 1
fi
