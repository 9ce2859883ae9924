#!/usr/bin/env bash
# Checks what has to be there and installs the pinned Python packages into .venv at the top of the checkout.
# Does nothing if they are already there. Usage: infra/toolchain/setup.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly venv=.venv
readonly requirements=(infra/local/requirements.txt infra/toolchain/requirements.txt)

missing() {
  echo "setup: $1" >&2
  exit 1
}

command -v cargo >/dev/null || missing "cargo is missing; install Rust from https://rustup.rs"
command -v cc >/dev/null || missing "a C compiler is missing, which Rust links with; on Debian and Ubuntu: apt install gcc"
command -v python3 >/dev/null || missing "python3 is missing; install Python 3.11 or newer"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  missing "python3 is $(python3 -V 2>&1 | cut -d' ' -f2); the pinned packages need 3.11 or newer"
# Debian and Ubuntu ship `venv` without the part that puts pip into the environment.
python3 -c 'import ensurepip, venv' 2>/dev/null ||
  missing "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv"

# The path is part of it: an environment does not survive being moved or copied, and neither does one whose Python went.
stamp="$(python3 - "$PWD" "${requirements[@]}" <<'PYTHON'
import hashlib, pathlib, sys

print(hashlib.sha256(b"\0".join(
    [sys.argv[1].encode(), sys.version.encode(), *(pathlib.Path(name).read_bytes() for name in sys.argv[2:])]
)).hexdigest())
PYTHON
)"
if [[ -x $venv/bin/python && "$(cat $venv/stamp 2>/dev/null)" == "$stamp" ]]; then
  exit 0
fi

echo "setup: installing the pinned Python packages into $venv (once)"
rm -rf $venv
python3 -m venv $venv
# One command for both files: see infra/toolchain/requirements.txt.
$venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
  "${requirements[@]/#/--requirement=}" ||
  missing "the packages could not be installed; pip says why above"
echo "$stamp" >$venv/stamp
