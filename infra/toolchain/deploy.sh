#!/usr/bin/env bash
# Deploys infra/template.yaml with what `make package` built. Without DRY_RUN=false the stack decides and reports, and
# acts on nothing; that is so each time, so one without it takes a live stack back to a dry run. Settings come from the
# environment; what has no value is asked for.
#   SERVICE_ARNS     ECS services that may be restarted, scaled and rolled back, separated by commas; may be empty
#   INSTANCE_ARNS    EC2 instances whose containers may be restarted by SSM, separated by commas; none if not given
#   AUTOMATION_DEFINITION_ARNS, AUTOMATION_ROLE_ARN, SSH_KEY_PARAMETER_ARNS, PAGER_TOPIC_ARN
#                    as the template's parameters say; if not given, they stay as they are, at first empty
#   MAIL_TO          who reads alarms and reports; empty for nobody
#   MAIL_FROM        sender of the reports, verified in SES; empty for no mail through SES
#   ARTIFACT_BUCKET  an existing bucket for the packages
#   STACK            lambda-medic
#   DRY_RUN          true
#   PAUSED           true pulls the kill switch, false releases it; if not given, it stays as it is
#   TICK_SCHEDULE    such as `rate(2 minutes)`; if not given, it stays as it is, at first every minute
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly bin="$PWD/.venv/bin"
readonly bootstrap=target/lambda/alarm-playbook/bootstrap
# The copy that is deployed.
readonly playbook=target/lambda/alarm-playbook/playbook.yaml
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

dry_run="${DRY_RUN:-true}"
case "$dry_run" in
  true) mode="dry run: decides and reports, acts on nothing" ;;
  false) mode="LIVE: acts on what SERVICE_ARNS and INSTANCE_ARNS name" ;;
  *) fail "DRY_RUN is \`$dry_run\`; use true or false" ;;
esac
[[ ${PAUSED:-true} == true || $PAUSED == false ]] || fail "PAUSED is \`$PAUSED\`; use true or false"

command -v aws >/dev/null || fail "the AWS command line is missing; see https://aws.amazon.com/cli"
for packed in "$bootstrap" "$playbook"; do
  [[ -f $packed ]] || fail "$packed is missing; run make package"
done
read -r arch glibc < <("$bin/python" infra/toolchain/bootstrap_facts.py "$bootstrap")
((${glibc#2.} <= lambda_glibc_minor)) ||
  fail "$bootstrap needs glibc $glibc and provided.al2023 has 2.$lambda_glibc_minor; run make deploy COMPILER=cargo-zigbuild ..."

setting SERVICE_ARNS "ARNs of the ECS services that may be redeployed, separated by commas"
setting MAIL_TO "mail address that receives alarms and reports (empty: none)"
setting MAIL_FROM "sender of the reports, verified in SES (empty: no mail through SES)"
setting ARTIFACT_BUCKET "existing S3 bucket for the packages"
INSTANCE_ARNS="${INSTANCE_ARNS:-}"
[[ -n $SERVICE_ARNS$INSTANCE_ARNS${SSH_KEY_PARAMETER_ARNS:-} ]] ||
  fail "SERVICE_ARNS and INSTANCE_ARNS are empty, so there would be nothing to remediate"
[[ -n $ARTIFACT_BUCKET ]] || fail "ARTIFACT_BUCKET is empty"
stack="${STACK:-lambda-medic}"
# Found out here rather than in an incident, where AWS would refuse the restart.
uncovered="$("$bin/python" infra/toolchain/uncovered_targets.py "$playbook" "$SERVICE_ARNS" "$INSTANCE_ARNS")"
[[ -z $uncovered ]] ||
  fail "the playbooks act on ${uncovered//$'\n'/, }, which neither SERVICE_ARNS nor INSTANCE_ARNS covers"

# A service's deployments and revisions have its name in their ARNs, its tasks have that of its cluster.
parts=""
for arn in ${SERVICE_ARNS//,/ }; do
  [[ $arn == *:service/*/* ]] || continue
  names="${arn#*:service/}"
  for part in "service-deployment/$names" "service-revision/$names" "task/${names%%/*}"; do
    parts+="${parts:+,}${arn%%:service/*}:$part/*"
  done
done

parameters=("ServiceArns=$SERVICE_ARNS" "ServicePartArns=$parts" "InstanceArns=$INSTANCE_ARNS" "MailTo=$MAIL_TO" "MailFrom=$MAIL_FROM" "DryRun=$dry_run" "Architecture=$arch")
# Without it CloudFormation keeps what the stack has.
[[ -z ${PAUSED:-} ]] || parameters+=("Paused=$PAUSED")
[[ -z ${AUTOMATION_DEFINITION_ARNS:-} ]] || parameters+=("AutomationDefinitionArns=$AUTOMATION_DEFINITION_ARNS")
[[ -z ${AUTOMATION_ROLE_ARN:-} ]] || parameters+=("AutomationRoleArn=$AUTOMATION_ROLE_ARN")
[[ -z ${SSH_KEY_PARAMETER_ARNS:-} ]] || parameters+=("SshKeyParameterArns=$SSH_KEY_PARAMETER_ARNS")
[[ -z ${PAGER_TOPIC_ARN:-} ]] || parameters+=("PagerTopicArn=$PAGER_TOPIC_ARN")
[[ -z ${TICK_SCHEDULE:-} ]] || parameters+=("TickSchedule=$TICK_SCHEDULE")
echo "deploying $stack, $mode"

packaged=target/lambda/template.packaged.yaml
aws cloudformation package --template-file infra/template.yaml --output-template-file "$packaged" \
  --s3-bucket "$ARTIFACT_BUCKET" --s3-prefix "$stack" >/dev/null
# By way of the bucket, because CloudFormation takes no more than 51,200 bytes of a template directly.
aws cloudformation deploy --template-file "$packaged" --stack-name "$stack" --no-fail-on-empty-changeset \
  --s3-bucket "$ARTIFACT_BUCKET" --s3-prefix "$stack" \
  --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND \
  --parameter-overrides "${parameters[@]}"

aws cloudformation describe-stacks --stack-name "$stack" --output table \
  --query 'Stacks[0].Outputs[].[OutputKey, OutputValue]'
echo "deployed $stack, $mode"
paused="$(aws cloudformation describe-stacks --stack-name "$stack" --output text \
  --query "Stacks[0].Parameters[?ParameterKey=='Paused'].ParameterValue")"
if [[ $paused == true ]]; then
  echo "it is PAUSED and begins nothing; make deploy PAUSED=false with the same settings releases it"
elif [[ $dry_run == true ]]; then
  echo "make deploy DRY_RUN=false with the same settings goes live"
fi
if [[ -n $MAIL_TO ]]; then
  echo "SNS asks $MAIL_TO by mail to confirm each new subscription; until that is done, no alarm arrives there"
fi
