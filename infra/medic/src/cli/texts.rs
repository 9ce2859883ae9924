//! What stands below the help.

/// How commands find an installation.
pub(super) const REACH: &str = "\
How the installation is found:
  The bucket of the records is --bucket, or else the variable STATE_BUCKET, or else the output StateBucketName of --stack.
  Region: AWS_REGION, or that of the profile. Endpoint: AWS_ENDPOINT_URL, as `medic local` prints it. Credentials: AWS_ACCESS_KEY_ID,
  AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; a profile (AWS_PROFILE) with keys or an assumed role; a web identity; or the machine's
  own role. Not IAM Identity Center (SSO) and credential_process: for these, first
    eval \"$(aws configure export-credentials --format env)\"";

/// How commands about exports find an installation.
pub(super) const EXPORT_REACH: &str = "\
How the installation is found:
  The bucket of exported logs is --export-bucket, or else the variable EXPORT_BUCKET, or else the output ExportBucketName of --stack; that of
  the ledger is --bucket, or else STATE_BUCKET, or else the output StateBucketName. The function's settings are those of the function that the
  output LogExporterFunctionName names. Region, endpoint and credentials are found as `medic incidents --help` says.
  `cat` and `ddl` need to list and read the bucket of exported logs, `status` the bucket of the ledger; `backfill` that as well, and
  s3:PutObject on its exports/*, and lambda:GetFunctionConfiguration. `plan` needs lambda:GetFunctionConfiguration,
  logs:DescribeLogGroups, cloudwatch:GetMetricData, tag:GetResources if groups are chosen by a tag, and of the bucket of exported logs
  s3:GetBucketLocation, s3:GetBucketPolicy, s3:GetEncryptionConfiguration and s3:GetBucketObjectLockConfiguration. What is not named is
  looked up by cloudformation:DescribeStacks, the function always.";

/// What stands below the help of `medic` itself.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  something needs attention: a promise was broken, a part failed
  2  wrong usage, or something that is needed is missing

Examples:
  medic demo                  live through an incident, from the first error to the report
  medic demo --scenario ec2-container
                              the same with a container on an EC2 host
  medic demo --scenario failing-ci
                              a failing test, its log, and a draft pull request that repairs it
  MEDIC_LLM_KEY=... medic demo --scenario failing-ci --llm https://host/v1 --llm-model NAME
                              the same with a real model, which may need a key
  medic demo | tee demo.txt   the same as plain lines
  medic local                 a local cloud to play with; prints the variables that lead to it
  medic plan --playbook functions/alarm-playbook/playbook.yaml event.json
                              what would happen, and why
  aws cloudwatch describe-alarm-history --history-item-type StateUpdate > history.json
  aws cloudwatch describe-alarms > alarms.json
  medic plan --playbook playbook.yaml --history history.json --alarms alarms.json
                              what would have happened in the last weeks
  medic incidents             what is open, and what happened in the last day
  medic incident show 4f1b    one incident from the alarm to the last mail
  medic pause --for 2h --reason \"moving the database, ask the platform team\"
                              nothing is begun for two hours
  medic local -- aws ecs describe-services --cluster shop --services checkout
                              run one command against such a cloud";
