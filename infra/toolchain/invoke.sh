#!/usr/bin/env bash
# Invokes a function on a fresh local cloud with a sample event, and prints its answer.
# Usage: infra/toolchain/invoke.sh FUNCTION [CASE]      (events/FUNCTION/CASE.json)
#
# For incident-analyst, what it wrote lies in target/incidents afterwards, for log-exporter in target/exported.
# For ci-log-analyzer the logs that the event is about are put into the bucket first, and what was written about them lies in
# target/ci-logs afterwards.
#
# The deployed function is invoked, with its packaged playbook and a service to act on, which a function under
# `cargo lambda watch` has not. Its settings are those in infra/local/env/FUNCTION.json, except that what names a resource
# of the stack (a bucket, an ARN) stays as the stack set it: change DRY_RUN or MEDIC_PAUSED there to see what becomes of it.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() {
  echo "invoke: $1" >&2
  exit 1
}

[[ $# -ge 1 ]] || fail "usage: infra/toolchain/invoke.sh FUNCTION [CASE]"
readonly function="$1"
case "$function" in
  ci-log-analyzer) usual=log-created ;;
  incident-analyst) usual=eventbridge-alarm ;;
  log-exporter) usual=tick ;;
  *) usual=alarm ;;
esac
readonly case="${2:-$usual}"
readonly event="events/$function/$case.json"
readonly settings="infra/local/env/$function.json"
[[ -f $settings ]] || fail "$settings does not exist"
[[ -f $event ]] || fail "$event does not exist; cases: $(cd "events/$function" 2>/dev/null && echo *.json)"

# Without a cloud yet: `medic local` starts one, deploys the stack, runs us again in its environment, and ends it.
if [[ ${3:-} != inside ]]; then
  exec target/debug/medic local -- "$PWD/infra/toolchain/invoke.sh" "$function" "$case" inside
fi

[[ -n ${AWS_ENDPOINT_URL:-} ]] || fail "AWS_ENDPOINT_URL is not set, so this would reach the real AWS"
deployed="$(.venv/bin/python infra/toolchain/set_by_hand.py "$function" "$settings")"
fresh="$(mktemp)"
trap 'rm -f "$fresh"' EXIT
if [[ $function == ci-log-analyzer ]]; then
  .venv/bin/python infra/toolchain/ci_logs.py seed "$event" >"$fresh"
  echo "invoke: $deployed with $event about logs that are there now, and $settings" >&2
else
  # An alarm of last winter is reported and not acted on, so the event's state change is made to have happened just now; an
  # event of another kind stays as it is.
  now="$(date --utc +%Y-%m-%dT%H:%M:%S.000+0000)"
  sed -E -e 's/(StateChangeTime\\":\\")[^\\"]+/\1'"$now"'/' \
    -e 's/("timestamp": ")[^"]+/\1'"$now"'/' "$event" >"$fresh"
  echo "invoke: $deployed with $event as of $now and $settings" >&2
fi
.venv/bin/cargo-lambda lambda invoke "$deployed" --remote --endpoint-url "$AWS_ENDPOINT_URL" --data-file "$fresh"
if [[ $function == ci-log-analyzer ]]; then
  echo "invoke: what it wrote, and where it lies now:" >&2
  .venv/bin/python infra/toolchain/ci_logs.py fetch target/ci-logs >&2
fi
if [[ $function == incident-analyst ]]; then
  echo "invoke: what it wrote, and where it lies now:" >&2
  .venv/bin/python infra/toolchain/written.py StateBucketName incidents/ target/incidents >&2
fi
if [[ $function == log-exporter ]]; then
  echo "invoke: what it wrote, and where it lies now:" >&2
  .venv/bin/python infra/toolchain/written.py ExportBucketName "" target/exported >&2
fi
