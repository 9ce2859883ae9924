"""What comes in through a bucket."""

from __future__ import annotations

import copy

from . import findings
from .broken import (
    BY_HAND,
    CI_FUNCTION,
    CI_ROLE,
    DOCUMENT,
    SHARED,
    SOURCES,
    TEMPLATE,
    TRANSFORMED,
    Resources,
    Rules,
    changed_stack,
    grant,
    properties,
    statement,
)
from .stack import Stack

BUCKET = "arn:${AWS::Partition}:s3:::${AWS::StackName}-ci-logs-${AWS::AccountId}-${AWS::Region}"


def trigger(resources: Resources, name: str) -> dict:
    return properties(resources, CI_FUNCTION)["Events"][name]["Properties"]


class Uploads(Rules):
    def test_uploads_may_invoke(self) -> None:
        sentence = f"{CI_FUNCTION} does not let S3 invoke it for this account alone"
        transformed = copy.deepcopy(TRANSFORMED)
        for event in ("FailedRuns", "PassingRuns"):
            del transformed["Resources"][f"{CI_FUNCTION}{event}Permission"]["Properties"]["SourceAccount"]
        self.assertEqual(findings(Stack(TEMPLATE, transformed, SOURCES, SHARED, BY_HAND, DOCUMENT)), [sentence])

    def test_nothing_written_comes_back(self) -> None:
        own = f"{CI_FUNCTION} is set off by what is written under {{}}/ of CiLogsBucket"
        stays = "CiLogsBucket keeps what comes in under {} for longer than 30 days"
        for prefix, sentences in {
            "analysis/": [own.format("analysis"), stays.format("analysis/")],
            "baselines/acme/": [own.format("baselines"), stays.format("baselines/acme/")],
            "": [own.format("analysis"), own.format("baselines"), stays.format("")],
        }.items():
            self.expect(
                lambda r: trigger(r, "FailedRuns")["Filter"]["S3Key"]["Rules"][0].update(Value=prefix), *sentences
            )
        self.expect(
            lambda r: trigger(r, "FailedRuns").pop("Filter"),
            f"{CI_FUNCTION}'s trigger FailedRuns is not restricted to a prefix of a bucket of this template",
        )
        self.expect(
            lambda r: grant(r, "WriteAnalyses", CI_ROLE).update(Resource={"Fn::Sub": f"{BUCKET}/logs/*"}),
            "CiLogsBucket takes an unconditional write under logs/, which could hide another attempt",
            own.format("logs"),
        )

    def test_what_comes_in_does_not_stay(self) -> None:
        sentence = "CiLogsBucket keeps what comes in under logs/ for longer than 30 days"
        for change in (
            lambda rule: rule.update(Status="Disabled"),
            lambda rule: rule.update(ExpirationInDays=31),
            lambda rule: rule.pop("ExpirationInDays"),
            lambda rule: rule.pop("NoncurrentVersionExpiration"),
            lambda rule: rule.update(Prefix="logs/acme/"),
        ):
            self.expect(lambda r: change(properties(r, "CiLogsBucket")["LifecycleConfiguration"]["Rules"][0]), sentence)

    def test_only_configured_secrets_are_read(self) -> None:
        sid, arn = "ReadTheConfiguredSecrets", "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter"
        self.expect(
            lambda r: grant(r, sid, CI_ROLE)["Resource"].append({"Fn::Sub": f"{arn}/*"}),
            f"{CI_FUNCTION}'s role may read {arn}/*, which no setting names",
        )
        self.expect(
            lambda r: grant(r, sid, CI_ROLE)["Resource"].pop(),
            f"{CI_FUNCTION}'s role may not read {arn}${{CompatibleKeyParameter}}, which it is told to read",
        )
        altered = changed_stack()
        altered.raw["Parameters"] = copy.deepcopy(altered.raw["Parameters"])
        altered.raw["Parameters"]["GroqKeyParameter"]["AllowedPattern"] = "(/[A-Za-z0-9_.*-]+)*"
        sentence = "parameter GroqKeyParameter takes more than the name of one SSM parameter"
        # Of both functions that may ask a model.
        self.assertEqual(findings(altered), [sentence, sentence])

    def test_keys_are_used_through_ssm_alone(self) -> None:
        self.expect(
            lambda r: grant(r, "DecryptTheConfiguredSecrets", CI_ROLE).pop("Condition"),
            f"{CI_FUNCTION}'s role may use a key for more than what SSM keeps under it",
        )


class CiLogs(Rules):
    """The rules about records and roles, where the bucket is named by its constructed ARN."""

    def test_missing_logs_are_told_from_forbidden_ones(self) -> None:
        sid = "TellMissingLogsFromForbiddenOnes"
        sentence = f"{CI_FUNCTION}'s role may not list {{}}/ of CiLogsBucket, so what is not there yet gets a 403"
        self.expect(
            lambda r: grant(r, sid, CI_ROLE)["Condition"]["StringLikeIfExists"]["s3:prefix"].remove("passing/*"),
            sentence.format("passing"),
        )
        self.expect(
            lambda r: grant(r, sid, CI_ROLE).update(Resource={"Fn::Sub": f"{BUCKET}-other"}),
            *(sentence.format(prefix) for prefix in ("baselines", "logs", "passing")),
        )

    def test_the_bucket_refuses_plain_http(self) -> None:
        self.expect(
            lambda r: statement(r, "CiLogsBucketPolicy", "OnlyEncryptedConnections").pop("Condition"),
            "CiLogsBucket can be used over plain HTTP",
        )

    def test_the_bucket_is_ours(self) -> None:
        self.expect(
            lambda r: properties(r, "CiLogsBucket").pop("OwnershipControls"),
            "CiLogsBucket may hold objects that are not ours",
        )

    def test_the_role_grants_nothing_broad(self) -> None:
        found = findings(changed_stack(lambda r: grant(r, "ReadLogs", CI_ROLE).update(Resource="*")))
        self.assertIn(f"{CI_ROLE} grants s3:GetObject on every resource", found)

    def test_what_is_granted_is_used(self) -> None:
        self.expect(
            lambda r: grant(r, "WriteAnalyses", CI_ROLE).update(Action=["s3:PutObject", "s3:PutObjectTagging"]),
            f"{CI_FUNCTION} may do s3:PutObjectTagging, which no code calls",
        )
