#!/usr/bin/env bash
# Finds a Chromium or Chrome for the tests (tests/support/browser.rs), or unpacks Debian's into target/chromium.
# What it leaves is target/chromium/run, which starts it without a window. Nothing is installed and nothing outside the checkout is
# written, so no root is needed. With Debian's come fonts, so that pictures look alike everywhere.
# Does nothing if all is there already. Usage: infra/toolchain/chromium.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly unpacked=target/chromium

# A launcher of an earlier place or of a browser that has gone does not start.
if [[ -x $unpacked/run ]] && "$unpacked/run" --version >/dev/null 2>&1; then
  exit 0
fi
rm -rf $unpacked $unpacked.new
mkdir -p $unpacked.new/{debs,root,state/lists/partial,cache/archives/partial}
trap 'rm -rf "$unpacked.new"' EXIT

# Makes what was prepared the one that is used, if it starts.
finish() {
  chmod +x $unpacked.new/run
  mv $unpacked.new $unpacked
  rm -rf $unpacked/{debs,state,cache}
  if ! $unpacked/run --version >/dev/null; then
    echo "chromium: $1 does not start; it says why above" >&2
    exit 1
  fi
}

# Not a snap: it may not read what the tests write.
for name in chromium chromium-headless-shell google-chrome google-chrome-stable; do
  if found="$(command -v "$name")" && [[ "$(readlink -f "$found")" != */snap* ]]; then
    printf '#!/bin/sh\nexec "%s" --headless "$@"\n' "$found" >$unpacked.new/run
    finish "$found"
    exit 0
  fi
done
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
  echo "chromium: the tests need Chromium or Chrome; install it so that \`chromium\` or \`google-chrome\` is found (or run them on a Debian)" >&2
  exit 1
fi

echo "chromium: unpacking Debian's Chromium into $unpacked for the tests (once, 60 MB to download)"

# Downloads the browser without windows, fonts, and every library of them that this machine lacks.
download() {
  local wanted=(chromium-headless-shell fonts-inter fonts-dejavu-core) plan packages
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
    echo "chromium: apt could not download Chromium; it says why above (Ubuntu has none but a snap: install google-chrome there)" >&2
    exit 1
  fi
fi

for package in "$unpacked".new/debs/*.deb; do
  dpkg-deb --extract "$package" $unpacked.new/root
done
cat >$unpacked.new/fonts.conf <<CONF
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">root/usr/share/fonts</dir>
  <cachedir prefix="xdg">fonts</cachedir>
  <alias><family>system-ui</family><prefer><family>Inter</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Inter</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
CONF
cat >$unpacked.new/run <<'RUN'
#!/bin/bash
here="$(cd "$(dirname "$0")" && pwd)"
for folder in "$here"/root/usr/lib/*-linux-gnu*{,/pulseaudio}; do
  LD_LIBRARY_PATH="$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH FONTCONFIG_FILE="$here/fonts.conf" XDG_CACHE_HOME="$here/cache"
exec "$here/root/usr/lib/chromium/chromium-headless-shell" "$@"
RUN
finish "Debian's Chromium"
