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
        sentence = "StateBucket takes an unconditional write of a record, which could hide another attempt"
        for change in (
            lambda deny: deny.update(Action="s3:PutObjectAcl"),
            lambda deny: deny.update(Resource={"Fn::Sub": "${StateBucket.Arn}/other/*"}),
            lambda deny: deny.update(Principal={"AWS": {"Fn::GetAtt": ["AlarmPlaybookRole", "Arn"]}}),
            lambda deny: deny["Condition"].update(Bool={"aws:SecureTransport": "false"}),
            lambda deny: deny["Condition"]["Null"].update({"s3:x-amz-acl": "true"}),
            lambda deny: deny["Condition"]["Null"].update({"s3:if-match": "false"}),
        ):
            self.expect(lambda r: change(statement(r, "StateBucketPolicy", "RecordsChangeOnlyConditionally")), sentence)

        def without(resources: Resources) -> None:
            document = properties(resources, "StateBucketPolicy")["PolicyDocument"]
            document["Statement"] = [one for one in document["Statement"] if "Null" not in one["Condition"]]

        self.expect(without, sentence)

    def test_missing_records_are_told_from_forbidden_ones(self) -> None:
        sentence = f"{FUNCTION}'s role may not list the records of StateBucket, so a target's first alarm gets a 403"
        self.expect(lambda r: grant(r, "TellMissingRecordsFromForbiddenOnes").update(Effect="Deny"), sentence)
        self.expect(lambda r: grant(r, "TellMissingRecordsFromForbiddenOnes").pop("Condition"), sentence)
        self.expect(lambda r: grants(r).remove(grant(r, "TellMissingRecordsFromForbiddenOnes")), sentence)

    def test_a_retry_finds_the_lease_over(self) -> None:
        self.expect(
            lambda r: properties(r, FUNCTION).update(Timeout=41),
            f"{FUNCTION} may run longer than 40 s, so a retry could find the lease held",
        )
