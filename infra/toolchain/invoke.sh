#!/usr/bin/env bash
# Invokes a function on a fresh local cloud with a sample event, and prints its answer.
# Usage: infra/toolchain/invoke.sh FUNCTION CASE        (events/FUNCTION/CASE.json)
#
# The deployed function is invoked, with its packaged playbook, its settings and a service to act on. A function under
# `cargo lambda watch` has none of these.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() {
  echo "invoke: $1" >&2
  exit 1
}

[[ $# -ge 2 ]] || fail "usage: infra/toolchain/invoke.sh FUNCTION CASE"
readonly function="$1" case="$2"
readonly event="events/$function/$case.json"
[[ -f $event ]] || fail "$event does not exist; cases: $(cd "events/$function" 2>/dev/null && echo *.json)"

# Without a cloud yet: `medic local` starts one, deploys the stack, runs us again in its environment, and ends it.
if [[ ${3:-} != inside ]]; then
  exec target/debug/medic local -- "$PWD/infra/toolchain/invoke.sh" "$function" "$case" inside
fi

[[ -n ${AWS_ENDPOINT_URL:-} ]] || fail "AWS_ENDPOINT_URL is not set, so this would reach the real AWS"
deployed="$(.venv/bin/python - "$function" <<'PYTHON'
import sys

import boto3

output = "".join(word.capitalize() for word in sys.argv[1].split("-")) + "FunctionName"
stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
names = [one["OutputValue"] for stack in stacks for one in stack.get("Outputs", []) if one["OutputKey"] == output]
print(names[0] if names else sys.exit(f"no stack of the local cloud has an output {output}"))
PYTHON
)"
# An alarm of last winter is reported and not acted on, so the event's state change is made to have happened just now.
fresh="$(mktemp)"
trap 'rm -f "$fresh"' EXIT
now="$(date --utc +%Y-%m-%dT%H:%M:%S.000+0000)"
sed -E 's/(StateChangeTime\\":\\")[^\\"]+/\1'"$now"'/' "$event" >"$fresh"
echo "invoke: $deployed with $event, StateChangeTime set to $now" >&2
.venv/bin/cargo-lambda lambda invoke "$deployed" --remote --endpoint-url "$AWS_ENDPOINT_URL" --data-file "$fresh"
