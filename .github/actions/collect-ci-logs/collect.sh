#!/usr/bin/env bash
# Uploads the logs of a run's failed jobs to lambda-medic's bucket, or those of a passing run on the default branch, from which
# it learns what a job says when it passes.
#
#   logs/<owner>/<repository>/<run>-<attempt>-<job>.log.gz        failed jobs (failure, timed out)
#   passing/<owner>/<repository>/<run>-<attempt>-<job>.log.gz     jobs of a passing run on the default branch
#
# It never fails the job that it runs in, unless COLLECT_STRICT is true: what goes wrong here is a warning. Nothing of a log is
# printed, and nothing that GitHub says becomes part of a command, a path or a line of output but in a few harmless characters.
# Secrets in logs are masked by GitHub and taken out by lambda-medic; in the bucket the log lies as GitHub gave it.
#
# Needs bash, curl, jq, gzip and the AWS CLI, all of which GitHub's runners have. The environment:
#   CI_LOGS_BUCKET, AWS_REGION  the bucket, and its region
#   CI_LOGS_ROLE                the role that may upload (the job needs `id-token: write`); empty uses what credentials there are
#   GITHUB_TOKEN                reads the run (`actions: read`)
#   RUN_ID, RUN_ATTEMPT         the run; GITHUB_RUN_ID and GITHUB_RUN_ATTEMPT if not given
#   GITHUB_REPOSITORY, GITHUB_API_URL, ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN   set by GitHub
#   COLLECT_STRICT              true to exit with 1 if a log could not be uploaded
#   COLLECT_RETRIES             how often a call that failed is repeated (3), after 2, 4, 6 seconds and so on
set -uo pipefail
umask 077
# In other locales a range of letters may contain more, and a length may count characters.
LC_ALL=C
export LC_ALL

# A log that is longer is cut at its beginning: what failed stands at the end.
readonly most_log_bytes=67108864
# Of a run in which everything fails, some logs explain it.
readonly most_logs=20
# A hundred jobs each; a matrix has no more than 256.
readonly most_pages=5
readonly job_name_bytes=60

troubles=0
uploaded=0

# What GitHub Actions takes for a command must not come from outside: callers pass harmless text only.
notice() { echo "::notice title=collect-ci-logs::$1"; }
warn() {
  echo "::warning title=collect-ci-logs::$1"
  troubles=$((troubles + 1))
}

end() {
  if [[ -n ${GITHUB_OUTPUT:-} ]]; then echo "uploaded=$uploaded" >>"$GITHUB_OUTPUT"; fi
  if [[ ${COLLECT_STRICT:-false} == true ]] && ((troubles > 0)); then exit 1; fi
  exit 0
}

give_up() {
  warn "$1"
  end
}

# `name` as it may stand in a key, a header or a line of output.
harmless() {
  local text
  text="$(tr -cs 'A-Za-z0-9_-' '-' <<<"$1")"
  text="${text#-}"
  text="${text%-}"
  printf '%s' "${text:0:job_name_bytes}"
}

# The job's part of a key, the same in each run, because baselines go by it. Where the name had to be changed, a piece of its
# hash keeps apart what looks alike.
job_part() {
  local part
  part="$(harmless "$1")"
  if [[ -z $part || $part != "$1" ]]; then
    part="${part:0:job_name_bytes-9}-$(printf '%s' "$1" | sha256sum | cut -c1-8)"
  fi
  printf '%s' "${part#-}"
}

# curl with a token, which reaches it by a file descriptor and not by its command line. It does not send it on to another host.
get() {
  local token=$1
  shift
  curl --silent --show-error --fail --proto '=https,http' --connect-timeout 10 --max-time 120 \
    --config <(printf 'header = "Authorization: Bearer %s"\n' "$token") "$@" 2>"$scratch/curl"
}

# github PATH FILE: writes what GitHub's API answers into the file, of a long answer the end. GitHub has a job's log a moment
# after the job, so that whatever fails is tried again.
github() {
  local tries=0
  until get "$GITHUB_TOKEN" --location --max-redirs 5 --header 'Accept: application/vnd.github+json' \
    --header 'X-GitHub-Api-Version: 2022-11-28' "$api/repos/$repository$1" | tail -c "$most_log_bytes" >"$2"; do
    tries=$((tries + 1))
    ((tries <= retries)) || return 1
    sleep $((2 * tries))
  done
}

# What curl said at last, such as the status.
why() { harmless "$(tail -n 1 "$scratch/curl")"; }

checked() {
  local name=$1 value=$2 pattern=$3
  [[ $value =~ ^($pattern)$ ]] || give_up "$name is missing, or is not what it should be"
}

# log_in: takes the upload role by this run's own identity. The AWS CLI reads the token from the file when it needs it.
log_in() {
  [[ -n $role ]] || return 0
  if [[ -z ${ACTIONS_ID_TOKEN_REQUEST_URL:-} || -z ${ACTIONS_ID_TOKEN_REQUEST_TOKEN:-} ]]; then
    give_up 'there is no identity token: the job needs the permission id-token: write'
  fi
  get "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" |
    jq --raw-output --join-output '.value // empty' >"$scratch/token" 2>/dev/null
  [[ -s $scratch/token ]] || give_up "GitHub gave no identity token: $(why)"
  # Whatever credentials the job has besides would come first.
  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE
  export AWS_ROLE_ARN="$role" AWS_WEB_IDENTITY_TOKEN_FILE="$scratch/token" AWS_ROLE_SESSION_NAME="ci-logs-$run-$attempt"
}

# put FILE KEY METADATA: uploads. What was uploaded before is not uploaded again.
put() {
  local file=$1 key=$2 metadata=$3 once=(--if-none-match '*')
  while true; do
    if aws s3api put-object --region "$region" --bucket "$bucket" --key "$key" --body "$file" \
      --content-type application/gzip --metadata "$metadata" ${once[@]+"${once[@]}"} >/dev/null 2>"$scratch/aws"; then
      uploaded=$((uploaded + 1))
    elif grep -q 'PreconditionFailed' "$scratch/aws"; then
      notice "$key was uploaded before"
    elif ((${#once[@]} > 0)) && grep -qi 'unknown options' "$scratch/aws"; then
      # Versions before the end of 2024 do not know the option.
      once=()
      continue
    else
      warn "$key could not be uploaded: $(refusal)"
    fi
    return
  done
}

# The error's code, or else the end of what the AWS CLI said.
refusal() {
  local code
  code="$(grep -o '([A-Za-z0-9]*)' "$scratch/aws" | head -n 1)"
  harmless "${code:-$(tail -n 1 "$scratch/aws")}"
}

# free_name PART: the part, or if another job of this run has it, the part with a number.
free_name() {
  local name=$1 number=1
  while [[ -e $scratch/jobs.d/$name ]]; do
    number=$((number + 1))
    name="$1-$number"
  done
  : >"$scratch/jobs.d/$name"
  printf '%s' "$name"
}

# collect_job KIND ID CONCLUSION NAME
collect_job() {
  local kind=$1 id=$2 conclusion=$3 job cut=false metadata
  job="$(free_name "$(job_part "$4")")"
  if ! github "/actions/jobs/$id/logs" "$scratch/log"; then
    warn "the log of job $id could not be read: $(why)"
  elif ! [[ -s $scratch/log ]]; then
    warn "the log of job $id is empty"
  else
    if (($(wc -c <"$scratch/log") >= most_log_bytes)); then cut=true; fi
    metadata="$(jq --null-input --compact-output '$ARGS.named | with_entries(select(.value != ""))' \
      --arg repository "$repository" --arg run-id "$run" --arg run-attempt "$attempt" --arg job-id "$id" --arg job "$job" \
      --arg conclusion "$conclusion" --arg workflow "$workflow" --arg branch "$branch" --arg event "$event" \
      --arg head-sha "$sha" --arg truncated "$cut")"
    if gzip --no-name <"$scratch/log" >"$scratch/packed"; then
      put "$scratch/packed" "$kind/$repository/$run-$attempt-$job.log.gz" "$metadata"
    else
      warn "the log of job $id could not be packed"
    fi
  fi
}

# collect KIND: the jobs that standard input lists, as id, conclusion and name in base64.
collect() {
  local count=0 id conclusion encoded
  while IFS=$'\t' read -r id conclusion encoded; do
    [[ $id =~ ^[0-9]+$ ]] || continue
    if ((count >= most_logs)); then
      notice "more than $most_logs jobs; the rest is left out"
      break
    fi
    count=$((count + 1))
    collect_job "$1" "$id" "$conclusion" "$(base64 --decode <<<"$encoded" | tr -d '\0')"
  done
}

# fact FILTER: one value of the run, in harmless characters.
fact() { harmless "$(jq --raw-output "$1 // empty" "$scratch/run" 2>/dev/null)"; }

retries="${COLLECT_RETRIES:-3}"
bucket="${CI_LOGS_BUCKET:-}"
role="${CI_LOGS_ROLE:-}"
region="${AWS_REGION:-}"
run="${RUN_ID:-${GITHUB_RUN_ID:-}}"
attempt="${RUN_ATTEMPT:-${GITHUB_RUN_ATTEMPT:-}}"
repository="${GITHUB_REPOSITORY:-}"
api="${GITHUB_API_URL:-https://api.github.com}"
checked COLLECT_RETRIES "$retries" '[0-9]{1,2}'
checked CI_LOGS_BUCKET "$bucket" '[a-z0-9.-]{3,63}'
checked CI_LOGS_ROLE "$role" '(arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+)?'
checked AWS_REGION "$region" '[a-z0-9-]{1,30}'
checked RUN_ID "$run" '[0-9]{1,20}'
checked RUN_ATTEMPT "$attempt" '[0-9]{1,5}'
checked GITHUB_REPOSITORY "$repository" '[A-Za-z0-9_-]{1,39}/[A-Za-z0-9_.-]{1,100}'
checked GITHUB_API_URL "$api" 'https?://[A-Za-z0-9.:/_-]+'
checked GITHUB_TOKEN "${GITHUB_TOKEN:-}" '[A-Za-z0-9_.-]+'
for program in curl jq gzip aws; do
  command -v "$program" >/dev/null || give_up "$program is missing on this runner"
done
scratch="$(mktemp -d)" || give_up 'there is no place for temporary files'
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/jobs.d"

github "/actions/runs/$run/attempts/$attempt" "$scratch/run" || give_up "GitHub does not tell of run $run: $(why)"
workflow="$(fact .name)"
branch="$(fact .head_branch)"
event="$(fact .event)"
sha="$(fact .head_sha)"

: >"$scratch/jobs"
for ((page = 1; page <= most_pages; page++)); do
  github "/actions/runs/$run/attempts/$attempt/jobs?per_page=100&page=$page" "$scratch/page" ||
    give_up "GitHub does not tell the jobs of run $run: $(why)"
  jq --raw-output '.jobs[] | select(.status == "completed") | [.id, .conclusion, (.name | @base64)] | @tsv' \
    "$scratch/page" >>"$scratch/jobs" 2>/dev/null || give_up "GitHub's answer about run $run cannot be read"
  (($(jq '.jobs | length' "$scratch/page") == 100)) || break
done

# A run that is still going has no conclusion yet, and jobs of it may have failed. Baselines are learnt from what passed on the
# default branch of the repository itself, as a whole; the function asks GitHub once more.
# shellcheck disable=SC2016 # the dollar is jq's
is_baseline='(.event == "push" or .event == "schedule") and .head_branch == $default
  and .head_repository.full_name == .repository.full_name'
if grep -Eq $'\t(failure|timed_out)\t' "$scratch/jobs"; then
  log_in
  collect logs < <(grep -E $'\t(failure|timed_out)\t' "$scratch/jobs")
elif jq --exit-status '.status == "completed" and .conclusion == "success"' "$scratch/run" >/dev/null 2>&1; then
  github '' "$scratch/repository" || give_up "GitHub does not tell the default branch: $(why)"
  default="$(jq --raw-output '.default_branch // empty' "$scratch/repository")"
  if jq --exit-status --arg default "$default" "$is_baseline" "$scratch/run" >/dev/null; then
    log_in
    collect passing < <(grep $'\tsuccess\t' "$scratch/jobs")
  else
    notice "run $run passed elsewhere than on the default branch; there is nothing to learn from it"
  fi
else
  notice "no job of run $run failed"
fi
notice "uploaded $uploaded logs of run $run"
end
