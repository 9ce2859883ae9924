"""What a sample event becomes when its logs are really there."""

from __future__ import annotations

import gzip
import json
import unittest
from typing import Any

from ci_logs import LOGS, log_for, seeded

BUCKET = "stack-ci-logs"


class CiLogs(unittest.TestCase):
    def seeded(self, case: str) -> tuple[dict[str, Any], list[str]]:
        keys: list[str] = []

        def put(key: str) -> dict[str, Any]:
            keys.append(key)
            return {"VersionId": f"v{len(keys)}", "ETag": f'"e{len(keys)}"', "Size": 7}

        event = json.loads((LOGS / f"{case}.json").read_text())
        return seeded(event, BUCKET, put), keys

    def test_each_log_of_an_event_is_put_under_its_decoded_key(self) -> None:
        event, keys = self.seeded("log-created")
        self.assertEqual(keys, ["logs/acme/shop/9001-1-test (c++, 100%25).log"])
        about = event["Records"][0]["s3"]
        self.assertEqual((about["bucket"]["name"], about["bucket"]["arn"]), (BUCKET, f"arn:aws:s3:::{BUCKET}"))
        self.assertEqual(about["object"]["key"], "logs/acme/shop/9001-1-test+%28c%2B%2B%2C+100%2525%29.log")
        stored = {name: about["object"][name] for name in ("versionId", "eTag", "size")}
        self.assertEqual(stored, {"versionId": "v1", "eTag": "e1", "size": 7})

    def test_what_is_no_upload_puts_nothing(self) -> None:
        for case, expected in {"removed": [], "test-event": [], "several": 4, "direct": 1}.items():
            _, keys = self.seeded(case)
            self.assertEqual(len(keys), expected or 0, case)
        self.assertEqual(self.seeded("direct")[0]["bucket"], BUCKET)
        self.assertEqual(self.seeded("test-event")[0]["Bucket"], BUCKET)

    def test_the_log_is_the_one_for_its_key(self) -> None:
        self.assertIn(b"AssertionError: 299 != 300", log_for("logs/acme/shop/1-1-test.log"))
        passed = gzip.decompress(log_for("passing/acme/shop/1-1-test.log.gz"))
        self.assertEqual(passed, (LOGS / "passed.log").read_bytes())


if __name__ == "__main__":
    unittest.main()
