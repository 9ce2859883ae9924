"""The collector of CI logs, run for real: against a GitHub with state and the real cloud's S3."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from github_for_collector import TOKEN, GitHub, Run, job
from started_cloud import StartedCloud

ROOT = Path(__file__).resolve().parents[2]
COLLECTOR = ROOT / ".github" / "actions" / "collect-ci-logs" / "collect.sh"
BUCKET = "medic-ci-logs"
LOG = b"2026-01-01T00:00:00Z ##[error]Process completed with exit code 1.\nsecret-of-the-log\n"

# All that it may print: what GitHub Actions takes for an annotation, in harmless characters.
LINE = re.compile(r"::(notice|warning) title=collect-ci-logs::[A-Za-z0-9 ,./_:;'-]+")


class Collector(unittest.TestCase):
    def setUp(self) -> None:
        self.cloud = StartedCloud(self)
        self.s3 = self.cloud.client("s3")
        region = {"LocationConstraint": "eu-west-1"}
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
        self.s3.put_bucket_versioning(
            Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
        )
        self.github = GitHub()
        self.github.start()
        self.addCleanup(self.github.stop)

    def environment(self, **settings: str) -> dict[str, str]:
        return {
            "PATH": f"{ROOT}/infra/local/aws_bin:{os.environ['PATH']}",
            "AWS_STAND_IN_PYTHON": sys.executable,
            "AWS_ENDPOINT_URL": self.cloud.endpoint,
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "the-key-of-aws",
            "CI_LOGS_BUCKET": BUCKET,
            "GITHUB_API_URL": self.github.endpoint,
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_TOKEN": TOKEN,
            "RUN_ID": "42",
            "RUN_ATTEMPT": "1",
            "COLLECT_RETRIES": "0",
            **settings,
        }

    def collect(self, status: int = 0, **settings: str) -> str:
        environment = self.environment(**settings)
        done = subprocess.run(
            [str(COLLECTOR)], env=environment, capture_output=True, text=True, timeout=180, check=False
        )
        self.assertEqual((done.returncode, done.stderr), (status, ""), done.stdout)
        for line in done.stdout.splitlines():
            self.assertRegex(line, rf"^{LINE.pattern}$")
        for secret in (TOKEN, "the-key-of-aws", "secret-of-the-log"):
            self.assertNotIn(secret, done.stdout)
        return done.stdout

    def given(self, run: Run, log: bytes = LOG) -> None:
        self.github.runs["42"] = run
        for one in run.jobs:
            self.github.logs[str(one["id"])] = log

    def keys(self) -> list[str]:
        listed = self.s3.list_object_versions(Bucket=BUCKET)
        return sorted(one["Key"] for one in listed.get("Versions", []))

    def test_a_failed_job_is_uploaded_with_what_is_known_of_it(self) -> None:
        run = Run("failure", [job(1, "build", "success"), job(2, "test", "failure")])
        self.given(run)
        output = self.collect()
        self.assertIn("uploaded 1 logs of run 42", output)
        self.assertEqual(self.keys(), ["logs/acme/shop/42-1-test.log.gz"])
        stored = self.s3.get_object(Bucket=BUCKET, Key=self.keys()[0])
        self.assertEqual(gzip.decompress(stored["Body"].read()), LOG)
        self.assertEqual(stored["ContentType"], "application/gzip")
        self.assertEqual(
            stored["Metadata"],
            {
                "repository": "acme/shop",
                "run-id": "42",
                "run-attempt": "1",
                "job-id": "2",
                "job": "test",
                "conclusion": "failure",
                "workflow": "ci",
                "branch": "main",
                "event": "push",
                "head-sha": "0" * 39 + "1",
                "truncated": "false",
            },
        )

    def test_the_token_stays_at_github(self) -> None:
        self.given(Run("failure", [job(2, "test", "failure")]))
        self.collect()
        (headers,) = self.github.at_blob_host
        self.assertNotIn("Authorization", headers)

    def test_the_same_run_again_adds_nothing(self) -> None:
        self.given(Run("failure", [job(2, "test", "failure")]))
        self.collect()
        self.assertIn("42-1-test.log.gz was uploaded before", self.collect())
        self.assertEqual(len(self.keys()), 1)

    def test_jobs_that_are_still_running_were_cancelled_or_passed_are_left_out(self) -> None:
        jobs = [
            job(1, "build", "success"),
            job(2, "test", "failure"),
            job(3, "slow", "timed_out"),
            job(4, "late", "cancelled"),
            job(5, "collect", None),
        ]
        self.given(Run(None, jobs))
        self.collect()
        expected = ["logs/acme/shop/42-1-slow.log.gz", "logs/acme/shop/42-1-test.log.gz"]
        self.assertEqual(self.keys(), expected)

    def test_a_cancelled_run_uploads_nothing(self) -> None:
        self.given(Run("cancelled", [job(1, "build", "success"), job(2, "test", "cancelled")]))
        self.assertIn("no job of run 42 failed", self.collect())
        self.assertEqual(self.keys(), [])

    def test_what_passes_on_the_default_branch_is_learnt_from(self) -> None:
        jobs = [job(1, "build", "success"), job(2, "deploy", "skipped")]
        self.given(Run("success", jobs))
        self.collect()
        self.assertEqual(self.keys(), ["passing/acme/shop/42-1-build.log.gz"])

    def test_what_passes_elsewhere_is_not_learnt_from(self) -> None:
        jobs = [job(1, "build", "success")]
        for run in (
            Run("success", jobs, head_branch="feature"),
            Run("success", jobs, event="pull_request"),
            Run("success", jobs, event="workflow_dispatch"),
            Run("success", jobs, head_repository="mallory/shop"),
            Run(None, jobs),
        ):
            self.given(run)
            self.collect()
        self.assertEqual(self.keys(), [])

    def test_hostile_names_become_harmless_ones(self) -> None:
        names = [
            "test (ubuntu, 3.11)",
            "test [ubuntu, 3.11]",
            "../../../etc/passwd",
            "a\n::set-output name=x::y\n::stop-commands::z",
            "$(touch /tmp/owned) `id` ; rm -rf ~",
            "--key",
            "ünï",
            "\u202e",
            "",
            "x" * 500,
            "build",
            "build",
        ]
        jobs = [job(number, name, "failure") for number, name in enumerate(names, start=1)]
        run = Run("failure", jobs, name="ci,injected=1\n::error::", head_branch="a b,c='d'")
        self.given(run)
        self.collect()
        keys = self.keys()
        self.assertEqual(len(set(keys)), len(names))
        pattern = r"^logs/acme/shop/42-1-[A-Za-z0-9_][A-Za-z0-9_-]{0,62}\.log\.gz$"
        for key in keys:
            self.assertRegex(key, pattern)
        self.assertIn("logs/acme/shop/42-1-build.log.gz", keys)
        self.assertIn("logs/acme/shop/42-1-build-2.log.gz", keys)
        metadata = self.s3.head_object(Bucket=BUCKET, Key=keys[0])["Metadata"]
        self.assertEqual(metadata["workflow"], "ci-injected-1-error")
        self.assertEqual(metadata["branch"], "a-b-c-d")

        first = keys
        self.github.runs["43"] = self.github.runs["42"]
        self.collect(RUN_ID="43")
        again = [key for key in self.keys() if "/43-" in key]
        self.assertEqual(again, [key.replace("/42-", "/43-") for key in first])

    def test_of_many_jobs_some_are_uploaded(self) -> None:
        passed = [job(number, f"job-{number}", "success") for number in range(1, 121)]
        failed = [job(number, f"job-{number}", "failure") for number in range(121, 151)]
        self.given(Run("failure", [*passed, *failed]))
        self.assertIn("more than 20 jobs; the rest is left out", self.collect())
        self.assertEqual(len(self.keys()), 20)

    def test_of_a_long_log_the_end_is_uploaded(self) -> None:
        most = 64 * 2**20
        self.given(Run("failure", [job(2, "test", "failure")]), b"first\n" + b"x" * most + b"last\n")
        self.collect()
        stored = self.s3.get_object(Bucket=BUCKET, Key=self.keys()[0])
        log = gzip.decompress(stored["Body"].read())
        self.assertEqual((len(log), log[-5:]), (most, b"last\n"))
        self.assertEqual(stored["Metadata"]["truncated"], "true")

    def test_a_log_that_is_gone_keeps_none_of_the_others_back(self) -> None:
        self.given(Run("failure", [job(1, "build", "failure"), job(2, "test", "failure")]))
        del self.github.logs["1"]
        self.assertIn("::warning title=collect-ci-logs::the log of job 1 could not be read", self.collect())
        self.assertEqual(self.keys(), ["logs/acme/shop/42-1-test.log.gz"])

    def test_its_own_troubles_are_warnings_unless_it_is_told_otherwise(self) -> None:
        self.given(Run("failure", [job(2, "test", "failure")]))
        self.github.broken = True
        untold = "::warning title=collect-ci-logs::GitHub does not tell of run 42"
        self.assertRegex(self.collect(), f"{untold}: .*503")
        self.collect(status=1, COLLECT_STRICT="true")
        self.github.broken = False
        self.assertIn("GitHub does not tell of run 42", self.collect(GITHUB_TOKEN="other"))
        self.assertIn("GitHub does not tell of run 42", self.collect(GITHUB_API_URL="http://127.0.0.1:1"))
        self.assertEqual(self.keys(), [])

    def test_an_upload_that_is_denied_is_a_warning(self) -> None:
        self.given(Run("failure", [job(1, "build", "failure"), job(2, "test", "failure")]))
        denying = denying_s3()
        self.addCleanup(denying.server_close)
        self.addCleanup(denying.shutdown)
        output = self.collect(AWS_ENDPOINT_URL=f"http://127.0.0.1:{denying.server_port}")
        refused = "::warning title=collect-ci-logs::logs/acme/shop/42-1-{}.log.gz could not be uploaded: AccessDenied"
        for name in ("build", "test"):
            self.assertIn(refused.format(name), output)
        missing = self.collect(CI_LOGS_BUCKET="other-bucket")
        self.assertIn("could not be uploaded: NoSuchBucket", missing)

    def test_settings_that_are_wrong_are_named_and_never_run(self) -> None:
        self.given(Run("failure", [job(2, "test", "failure")]))
        for name, value in {
            "RUN_ID": "42; touch /tmp/owned",
            "RUN_ATTEMPT": "",
            "GITHUB_REPOSITORY": "acme/../other",
            "CI_LOGS_BUCKET": "--endpoint-url=http://evil",
            "CI_LOGS_ROLE": "admin",
            "AWS_REGION": "eu west",
            "GITHUB_TOKEN": 'x"\nurl = "http://evil"',
            "GITHUB_API_URL": "file:///etc",
        }.items():
            with self.subTest(name):
                output = self.collect(**{name: value})
                self.assertEqual(
                    output,
                    f"::warning title=collect-ci-logs::{name} is missing, or is not what it should be\n",
                )

    def test_the_role_is_taken_by_the_runs_own_identity(self) -> None:
        self.given(Run("failure", [job(2, "test", "failure")]))
        role = "arn:aws:iam::111122223333:role/upload"
        trust = {"Version": "2012-10-17", "Statement": []}
        iam = self.cloud.client("iam")
        iam.create_role(RoleName="upload", AssumeRolePolicyDocument=json.dumps(trust))
        self.assertIn("the job needs the permission id-token: write", self.collect(CI_LOGS_ROLE=role))
        asked = {
            "CI_LOGS_ROLE": role,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.github.endpoint}/identity?x=1",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "ask-for-identity",
        }
        self.assertEqual(self.keys(), [])
        self.assertIn("uploaded 1 logs", self.collect(**asked))
        self.assertEqual(self.keys(), ["logs/acme/shop/42-1-test.log.gz"])
        refused = self.collect(**asked | {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "other"})
        self.assertIn("GitHub gave no identity token", refused)

    def test_the_number_of_uploads_is_an_output(self) -> None:
        self.given(Run("failure", [job(2, "test", "failure")]))
        output = Path(self.enterContext(scratch())) / "output"
        self.collect(GITHUB_OUTPUT=str(output))
        self.assertEqual(output.read_text(), "uploaded=1\n")

    @unittest.skipUnless(shutil.which("aws"), "there is no AWS command line here")
    def test_the_real_command_line_does_the_same(self) -> None:
        self.given(Run("failure", [job(2, "test (a)", "failure")]))
        self.collect(PATH=os.environ["PATH"], HOME=os.environ["HOME"])
        (key,) = self.keys()
        stored = self.s3.get_object(Bucket=BUCKET, Key=key)
        self.assertEqual(gzip.decompress(stored["Body"].read()), LOG)
        self.assertEqual(stored["Metadata"]["job-id"], "2")
        again = self.collect(PATH=os.environ["PATH"], HOME=os.environ["HOME"])
        self.assertIn("was uploaded before", again)


def scratch() -> Any:
    import tempfile

    return tempfile.TemporaryDirectory()


def denying_s3() -> ThreadingHTTPServer:
    """An S3 that lets nobody in."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b"<Error><Code>AccessDenied</Code><Message>::error::no</Message></Error>"
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    unittest.main()
