#!/usr/bin/env bash
# Deploys infra/template.yaml with what `make package` built. Without DRY_RUN=false the stack decides and reports, and
# acts on nothing; that is so each time, so one without it takes a live stack back to a dry run. Settings come from the
# environment; what has no value is asked for.
#   SERVICE_ARNS     ECS services that may be restarted, scaled and rolled back, separated by commas; may be empty
#   INSTANCE_ARNS    EC2 instances whose containers may be restarted by SSM, separated by commas; none if not given
#   AUTOMATION_DEFINITION_ARNS, AUTOMATION_ROLE_ARN, SSH_KEY_PARAMETER_ARNS, PAGER_TOPIC_ARN
#                    as the template's parameters say; if not given, they stay as they are, at first empty
#   REPOSITORIES     repositories on GitHub, owner/name, whose failed runs are analyzed, separated by commas; empty for none
#   GITHUB_APP_ID, GITHUB_APP_KEY_PARAMETER, GITHUB_TOKEN_PARAMETER, GITHUB_API_URL, SECRETS_KEY_ARN, LLM_PROVIDERS,
#   {GROQ,OPENAI,HUGGINGFACE,COMPATIBLE}_{KEY_PARAMETER,MODEL,BASE_URL}, MAX_{LLM_ASKS,PROPOSALS,ISSUES,MAILS}_PER_HOUR
#                    as the template's parameters say; if not given, they stay as they are, at first the template's defaults
#   ANALYZE_INCIDENTS, LOG_GROUPS, CALL_GRAPH_KEY, SUMMARIZE_INCIDENTS
#                    as the template's parameters say; if not given, they stay as they are, at first true, none, none, false
#   EXPORT_GROUPS    patterns of the log groups that are exported to S3, separated by commas; empty for none
#   EXPORT_TAG, EXPORT_DENY, EXPORT_DIRECT_GROUPS, EXPORT_REDACT_GROUPS, EXPORT_REACH_BACK_DAYS, EXPORT_SETTLE_HOURS,
#   EXPORT_SEAL_MINUTES, EXPORT_SWEEP_HOURS, EXPORT_COUNT_BY, EXPORT_TRANSITION_DAYS, EXPORT_SCHEDULE
#                    as the template's parameters say; if not given, they stay as they are, at first the template's defaults
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
readonly functions=(alarm-playbook ci-log-analyzer incident-analyst log-exporter)
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
  false) mode="LIVE: acts on what SERVICE_ARNS and INSTANCE_ARNS name, and writes to REPOSITORIES" ;;
  *) fail "DRY_RUN is \`$dry_run\`; use true or false" ;;
esac
[[ ${PAUSED:-true} == true || $PAUSED == false ]] || fail "PAUSED is \`$PAUSED\`; use true or false"

command -v aws >/dev/null || fail "the AWS command line is missing; see https://aws.amazon.com/cli"
for packed in "${functions[@]/#/target/lambda/}"; do
  [[ -f $packed/bootstrap ]] || fail "$packed/bootstrap is missing; run make package"
  read -r built glibc < <("$bin/python" infra/toolchain/bootstrap_facts.py "$packed/bootstrap")
  ((${glibc#2.} <= lambda_glibc_minor)) ||
    fail "$packed/bootstrap needs glibc $glibc and provided.al2023 has 2.$lambda_glibc_minor; run make deploy COMPILER=cargo-zigbuild ..."
  [[ ${arch:-$built} == "$built" ]] || fail "the functions are built for $arch and $built; run make package"
  arch="$built"
done
[[ -f $playbook ]] || fail "$playbook is missing; run make package"

setting SERVICE_ARNS "ARNs of the ECS services that may be redeployed, separated by commas"
setting REPOSITORIES "repositories on GitHub, owner/name, whose failed runs are analyzed, separated by commas (empty: none)"
setting EXPORT_GROUPS "patterns of the log groups that are exported to S3, such as /ecs/*, separated by commas (empty: none)"
setting MAIL_TO "mail address that receives alarms and reports (empty: none)"
setting MAIL_FROM "sender of the reports, verified in SES (empty: no mail through SES)"
setting ARTIFACT_BUCKET "existing S3 bucket for the packages"
INSTANCE_ARNS="${INSTANCE_ARNS:-}"
remediates="$SERVICE_ARNS$INSTANCE_ARNS${SSH_KEY_PARAMETER_ARNS:-}"
[[ -n $remediates$REPOSITORIES$EXPORT_GROUPS${EXPORT_TAG:-} ]] ||
  fail "SERVICE_ARNS, INSTANCE_ARNS, REPOSITORIES and EXPORT_GROUPS are empty, so there would be nothing to do"
[[ -n $ARTIFACT_BUCKET ]] || fail "ARTIFACT_BUCKET is empty"
stack="${STACK:-lambda-medic}"
# It is the beginning of a bucket's name.
[[ -z $REPOSITORIES || $stack =~ ^[a-z0-9-]{1,28}$ ]] ||
  fail "STACK is \`$stack\`; to analyze CI logs, use at most 28 lower-case letters, digits and hyphens"
# Found out here rather than in an incident, where AWS would refuse the restart.
uncovered=""
if [[ -n $remediates ]]; then
  uncovered="$("$bin/python" infra/toolchain/uncovered_targets.py "$playbook" "$SERVICE_ARNS" "$INSTANCE_ARNS")"
fi
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

parameters=("Repositories=$REPOSITORIES" "ExportGroups=$EXPORT_GROUPS" "ServiceArns=$SERVICE_ARNS" "ServicePartArns=$parts" "InstanceArns=$INSTANCE_ARNS" "MailTo=$MAIL_TO" "MailFrom=$MAIL_FROM" "DryRun=$dry_run" "Architecture=$arch")
# Where one is not given, CloudFormation keeps what the stack has.
while read -r name parameter; do
  [[ -z ${!name:-} ]] || parameters+=("$parameter=${!name}")
done <<'SETTINGS'
PAUSED Paused
AUTOMATION_DEFINITION_ARNS AutomationDefinitionArns
AUTOMATION_ROLE_ARN AutomationRoleArn
SSH_KEY_PARAMETER_ARNS SshKeyParameterArns
PAGER_TOPIC_ARN PagerTopicArn
TICK_SCHEDULE TickSchedule
GITHUB_APP_ID GitHubAppId
GITHUB_APP_KEY_PARAMETER GitHubAppKeyParameter
GITHUB_TOKEN_PARAMETER GitHubTokenParameter
GITHUB_API_URL GitHubApiUrl
SECRETS_KEY_ARN SecretsKeyArn
LLM_PROVIDERS LlmProviders
GROQ_KEY_PARAMETER GroqKeyParameter
GROQ_MODEL GroqModel
GROQ_BASE_URL GroqBaseUrl
OPENAI_KEY_PARAMETER OpenAiKeyParameter
OPENAI_MODEL OpenAiModel
OPENAI_BASE_URL OpenAiBaseUrl
HUGGINGFACE_KEY_PARAMETER HuggingFaceKeyParameter
HUGGINGFACE_MODEL HuggingFaceModel
HUGGINGFACE_BASE_URL HuggingFaceBaseUrl
COMPATIBLE_KEY_PARAMETER CompatibleKeyParameter
COMPATIBLE_MODEL CompatibleModel
COMPATIBLE_BASE_URL CompatibleBaseUrl
MAX_LLM_ASKS_PER_HOUR MaxLlmAsksPerHour
MAX_PROPOSALS_PER_HOUR MaxProposalsPerHour
MAX_ISSUES_PER_HOUR MaxIssuesPerHour
MAX_MAILS_PER_HOUR MaxMailsPerHour
ANALYZE_INCIDENTS AnalyzeIncidents
LOG_GROUPS LogGroups
CALL_GRAPH_KEY CallGraphKey
SUMMARIZE_INCIDENTS SummarizeIncidents
EXPORT_TAG ExportTag
EXPORT_DENY ExportDeny
EXPORT_DIRECT_GROUPS ExportDirectGroups
EXPORT_REDACT_GROUPS ExportRedactGroups
EXPORT_REACH_BACK_DAYS ExportReachBackDays
EXPORT_SETTLE_HOURS ExportSettleHours
EXPORT_SEAL_MINUTES ExportSealMinutes
EXPORT_SWEEP_HOURS ExportSweepHours
EXPORT_COUNT_BY ExportCountBy
EXPORT_TRANSITION_DAYS ExportTransitionDays
EXPORT_SCHEDULE ExportSchedule
SETTINGS
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
if [[ -n $REPOSITORIES ]]; then
  echo "each repository needs a role to upload its logs with: .github/actions/collect-ci-logs/README.md says how"
fi
if [[ -n $MAIL_TO ]]; then
  echo "SNS asks $MAIL_TO by mail to confirm each new subscription; until that is done, no alarm arrives there"
fi
