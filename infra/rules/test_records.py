"""The records: they last, and are written only as "at most one remediation" needs it."""

from __future__ import annotations

from .broken import FUNCTION, Resources, Rules, grant, grants, properties, statement


class Records(Rules):
    def test_buckets_keep_what_they_hold(self) -> None:
        self.expect(lambda r: r["StateBucket"].pop("DeletionPolicy"), "StateBucket would go with the stack")
        for without, sentence in {
            "VersioningConfiguration": "StateBucket is not versioned",
            "BucketEncryption": "StateBucket does not say how it encrypts",
            "PublicAccessBlockConfiguration": "StateBucket could be made public",
        }.items():
            self.expect(lambda r: properties(r, "StateBucket").pop(without), sentence)
        self.expect(
            lambda r: statement(r, "StateBucketPolicy", "OnlyEncryptedConnections").update(Sid="Other", Effect="Allow"),
            'StateBucketPolicy admits "*" on behalf of any account',
            "StateBucket can be used over plain HTTP",
        )

    def test_records_change_only_conditionally(self) -> None:
        def sentence(prefix: str) -> str:
            return f"StateBucket takes an unconditional write under {prefix}/, which could hide another attempt"

        prefixes = ("acting", "analyses", "caps", "ci", "exports", "fired", "incidents", "open", "targets")
        all_of_them = [sentence(prefix) for prefix in prefixes]
        guard = "RecordsChangeOnlyConditionally"
        for prefix in prefixes:
            resource = {"Fn::Sub": f"${{StateBucket.Arn}}/{prefix}/*"}
            self.expect(
                lambda r: statement(r, "StateBucketPolicy", guard)["Resource"].remove(resource), sentence(prefix)
            )
        for change in (
            lambda deny: deny.update(Action="s3:PutObjectAcl"),
            lambda deny: deny.update(Resource={"Fn::Sub": "${StateBucket.Arn}/other/*"}),
            lambda deny: deny.update(Principal={"AWS": {"Fn::GetAtt": ["AlarmPlaybookRole", "Arn"]}}),
            lambda deny: deny["Condition"].update(Bool={"aws:SecureTransport": "false"}),
            lambda deny: deny["Condition"]["Null"].update({"s3:x-amz-acl": "true"}),
            lambda deny: deny["Condition"]["Null"].update({"s3:if-match": "false"}),
        ):
            self.expect(lambda r: change(statement(r, "StateBucketPolicy", guard)), *all_of_them)

        def without(resources: Resources) -> None:
            document = properties(resources, "StateBucketPolicy")["PolicyDocument"]
            document["Statement"] = [one for one in document["Statement"] if "Null" not in one["Condition"]]

        self.expect(without, *all_of_them)

    def test_missing_records_are_told_from_forbidden_ones(self) -> None:
        def sentence(prefix: str) -> str:
            return f"{FUNCTION}'s role may not list {prefix}/ of StateBucket, so what is not there yet gets a 403"

        each = [sentence(prefix) for prefix in ("acting", "caps", "control", "open", "targets")]
        sid = "TellMissingRecordsFromForbiddenOnes"
        self.expect(lambda r: grant(r, sid).update(Effect="Deny"), *each)
        self.expect(lambda r: grant(r, sid).pop("Condition"), *each)
        self.expect(lambda r: grants(r).remove(grant(r, sid)), *each)
        self.expect(
            lambda r: grant(r, sid)["Condition"]["StringLikeIfExists"]["s3:prefix"].remove("targets/*"), sentence("targets")
        )

    def test_what_is_settled_leaves_the_index(self) -> None:
        sentence = f"StateBucket keeps what {FUNCTION} deletes under open/, so its list grows with history"
        for change in (
            lambda rule: rule.update(Status="Disabled"),
            lambda rule: rule.update(Prefix="closed/"),
            lambda rule: rule.pop("ExpiredObjectDeleteMarker"),
            lambda rule: rule.pop("NoncurrentVersionExpiration"),
            lambda rule: rule["NoncurrentVersionExpiration"].update(NoncurrentDays=365),
        ):
            self.expect(lambda r: change(properties(r, "StateBucket")["LifecycleConfiguration"]["Rules"][1]), sentence)

    def test_a_retry_finds_the_lease_over(self) -> None:
        self.expect(
            lambda r: properties(r, FUNCTION).update(Timeout=41),
            f"{FUNCTION} may run longer than 40 s, so a retry could find the lease held",
        )
