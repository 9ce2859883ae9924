#!/usr/bin/env bash
# Deploys infra/template.yaml with what `make package` built. Without DRY_RUN=false the stack decides and reports, and
# acts on nothing. Settings come from the environment; what has no value is asked for.
#   SERVICE_ARNS     ECS services whose deployment may be forced, separated by commas
#   MAIL_TO          who reads alarms and reports; empty for nobody
#   MAIL_FROM        sender of the reports, verified in SES; empty for no mail through SES
#   ARTIFACT_BUCKET  an existing bucket for the packages
#   STACK            lambda-medic
#   DRY_RUN          true
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly bin="$PWD/.venv/bin"
readonly bootstrap=target/lambda/alarm-playbook/bootstrap
readonly lambda_glibc_minor=34

fail() {
  echo "deploy: $1" >&2
  exit 1
}

# setting NAME QUESTION: takes $NAME, else asks, else gives up.
setting() {
  if [[ -z ${!1+set} ]]; then
    [[ -t 0 ]] || fail "$1 is not set: $2"
    read -r -p "$2: " "${1?}"
  fi
}

command -v aws >/dev/null || fail "the AWS command line is missing; see https://aws.amazon.com/cli"
[[ -f $bootstrap ]] || fail "$bootstrap is missing; run make package"
read -r arch glibc < <("$bin/python" infra/toolchain/bootstrap_facts.py "$bootstrap")
((${glibc#2.} <= lambda_glibc_minor)) ||
  fail "$bootstrap needs glibc $glibc and provided.al2023 has 2.$lambda_glibc_minor; run make package COMPILER=cargo-zigbuild"

setting SERVICE_ARNS "ARNs of the ECS services that may be redeployed, separated by commas"
setting MAIL_TO "mail address that receives alarms and reports (empty: none)"
setting MAIL_FROM "sender of the reports, verified in SES (empty: no mail through SES)"
setting ARTIFACT_BUCKET "existing S3 bucket for the packages"
[[ -n $SERVICE_ARNS ]] || fail "SERVICE_ARNS is empty, so there would be nothing to remediate"
[[ -n $ARTIFACT_BUCKET ]] || fail "ARTIFACT_BUCKET is empty"
stack="${STACK:-lambda-medic}"
dry_run="${DRY_RUN:-true}"

packaged=target/lambda/template.packaged.yaml
aws cloudformation package --template-file infra/template.yaml --output-template-file "$packaged" \
  --s3-bucket "$ARTIFACT_BUCKET" --s3-prefix "$stack" >/dev/null
aws cloudformation deploy --template-file "$packaged" --stack-name "$stack" --no-fail-on-empty-changeset \
  --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND \
  --parameter-overrides "ServiceArns=$SERVICE_ARNS" "MailTo=$MAIL_TO" "MailFrom=$MAIL_FROM" \
  "DryRun=$dry_run" "Architecture=$arch"

aws cloudformation describe-stacks --stack-name "$stack" --output table \
  --query 'Stacks[0].Outputs[].[OutputKey, OutputValue]'
if [[ $dry_run == true ]]; then
  echo "deployed $stack as a dry run: it reports what it would do; make deploy DRY_RUN=false goes live"
else
  echo "deployed $stack live: it redeploys the listed services"
fi
