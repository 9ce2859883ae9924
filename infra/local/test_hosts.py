"""Hosts of the local cloud: their containers, their docker, their processor time, their tags."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
import unittest
import urllib.error
from typing import Any

from hosts_for_tests import BUSY, INSTANCE, SLEEP, HostCloud
from started_cloud import StartedCloud, until

IGNORES = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)"
EXITS = "import sys\nsys.exit(4)"


class Host(unittest.TestCase):
    def docker(self, cloud: HostCloud, *words: str | bytes) -> tuple[str, str, int]:
        ran = subprocess.run(
            ["docker", *words], env=cloud.host()["environment"], capture_output=True, check=False
        )
        return ran.stdout.decode(), ran.stderr.decode(), ran.returncode

    def test_a_host_is_an_instance_with_tags_and_an_agent(self) -> None:
        cloud = HostCloud(self, {"web": SLEEP})
        arn = f"arn:aws:ec2:eu-west-1:111122223333:instance/{INSTANCE}"
        self.assertEqual((cloud.made["arn"], cloud.made["ping_status"]), (arn, "Online"))
        reservations = cloud.client("ec2").describe_instances(InstanceIds=[INSTANCE])
        (instance,) = reservations["Reservations"][0]["Instances"]
        tags = [{"Key": "Name", "Value": "billing"}, {"Key": "medic", "Value": "on"}]
        self.assertEqual((instance["State"]["Name"], instance["Tags"]), ("running", tags))

        tagging = cloud.client("resourcegroupstaggingapi")
        found = tagging.get_resources(ResourceARNList=[arn])["ResourceTagMappingList"]
        self.assertEqual(found, [{"ResourceARN": arn, "Tags": tags}])
        other = tagging.get_resources(ResourceARNList=[f"{arn[:-1]}1"])
        self.assertEqual(other["ResourceTagMappingList"], [])

        ids = {"Key": "InstanceIds", "Values": [INSTANCE]}
        for status in ("Online", "ConnectionLost"):
            cloud.set_ping(status)
            (known,) = cloud.ssm.describe_instance_information(Filters=[ids])[
                "InstanceInformationList"
            ]
            self.assertEqual((known["InstanceId"], known["PingStatus"]), (INSTANCE, status))
        nobody = [{"Key": "InstanceIds", "Values": ["i-00000000000000000"]}]
        answer = cloud.ssm.describe_instance_information(Filters=nobody)
        self.assertEqual(answer["InstanceInformationList"], [])

    def test_what_makes_no_host_is_refused(self) -> None:
        cloud = StartedCloud(self)
        valid = {"instance": INSTANCE, "containers": {}}
        program = {"command": [sys.executable]}
        for request in (
            [],
            {},
            {**valid, "instance": "i-0123456789abcdef0\n"},
            {**valid, "tags": {"a": 1}},
            {**valid, "containers": []},
            {**valid, "containers": {"../web": program}},
            {**valid, "containers": {"web": {"command": []}}},
            {**valid, "containers": {"web": {"command": ["/no/such/program"]}}},
            {**valid, "containers": {"web": {**program, "port": 0}}},
            {**valid, "containers": {"web": {**program, "environment": {"A": "\0"}}}},
        ):
            with self.subTest(request=request), self.assertRaises(urllib.error.HTTPError) as caught:
                cloud.post("/_medic/hosts", request)
            self.assertEqual(caught.exception.code, 400)
            caught.exception.close()
        self.assertEqual(cloud.get("/_medic/hosts"), [])
        cloud.post("/_medic/hosts", valid)
        with self.assertRaises(urllib.error.HTTPError) as caught:
            cloud.post("/_medic/hosts", valid)
        caught.exception.close()
        cloud.post("/_ministack/reset")
        self.assertEqual(cloud.get("/_medic/hosts"), [])

    def test_docker_answers_as_docker_does(self) -> None:
        cloud = HostCloud(self, {"web": SLEEP, "web-2": SLEEP, "job": EXITS})
        until("the end of the job", lambda: cloud.container("job")["status"] == "exited")
        ids = {name: cloud.container(name)["id"] for name in ("web", "web-2", "job")}
        short = {name: identity[:12] + "\n" for name, identity in ids.items()}
        for words, expected in (
            (["ps", "-q"], (short["web"] + short["web-2"], "", 0)),
            (["ps", "-a", "-q"], ("".join(short.values()), "", 0)),
            (["container", "ls", "-q", "--filter", "name=^web$"], (short["web"], "", 0)),
            (["ps", "-q", "--filter", "name=web"], (short["web"] + short["web-2"], "", 0)),
            (["ps", "-q", "--filter=status=exited"], (short["job"], "", 0)),
            (["ps", "-q", "--filter", "name=web", "--filter", "status=exited"], ("", "", 0)),
            (["inspect", "--format", "{{.State.Running}}", "web", "job"], ("true\nfalse\n", "", 0)),
            (["inspect", "-f", "{{.State.ExitCode}} {{json .Name}}", "job"], ('4 "/job"\n', "", 0)),
            (["inspect", "-f", "{{.Id}}", ids["web"][:20]], (ids["web"] + "\n", "", 0)),
            (["inspect", "no"], ("[]\n", "Error: No such container: no\n", 1)),
            (["restart", "no"], ("", "Error response from daemon: No such container: no\n", 1)),
            (["restart", "-x", "web"], ("", UNKNOWN_FLAG, 125)),
            (["restart"], ("", TOO_FEW, 1)),
        ):
            with self.subTest(words=words):
                self.assertEqual(self.docker(cloud, *words), expected)
        inspected, _, _ = self.docker(cloud, "inspect", "web")
        (facts,) = json.loads(inspected)
        state = facts["State"]
        self.assertEqual(
            (facts["Name"], state["Running"], state["Pid"], facts["Config"]["Env"]),
            ("/web", True, cloud.container("web")["pid"], ["LEVEL=7"]),
        )
        self.assertEqual(cloud.container("web")["restarts"], 0)

    def test_a_restart_is_another_process_also_of_one_that_does_not_stop_or_has_ended(self) -> None:
        cloud = HostCloud(self, {"stubborn": IGNORES, "job": EXITS})
        until("the end of the job", lambda: cloud.container("job")["status"] == "exited")
        before = cloud.container("stubborn")
        time.sleep(0.5)  # until it ignores the signal
        words = ("restart", "--time", "1", "stubborn", "job")
        self.assertEqual(self.docker(cloud, *words), ("stubborn\njob\n", "", 0))
        after = cloud.container("stubborn")
        self.assertNotEqual(before["pid"], after["pid"])
        self.assertGreater(after["started_at"], before["started_at"])
        self.assertEqual([each["restarts"] for each in cloud.host()["containers"]], [1, 1])
        with self.assertRaises(ProcessLookupError):
            os.kill(before["pid"], 0)

    def test_each_word_that_reached_docker_is_kept_byte_by_byte(self) -> None:
        cloud = HostCloud(self, {})
        words = [b"restart", b"", b"a b", b"$(id)\n", b"\xff\xfe", "\u00e9".encode(), b"'\"\\"]
        self.docker(cloud, *words)
        (call,) = cloud.host()["docker_calls"]
        kept = [base64.b64decode(word) for word in call["argv_base64"]]
        self.assertEqual((kept, call["status"]), ([b"docker", *words], 1))
        self.assertEqual(call["argv"][3:5], ["a b", "$(id)\n"])

    def test_containers_end_with_the_cloud_however_it_ends(self) -> None:
        cloud = HostCloud(self, {"web": IGNORES})
        pid = cloud.container("web")["pid"]
        cloud.process.send_signal(signal.SIGKILL)
        until("the end of the container", lambda: not _is_running(pid))

    def test_a_busy_container_makes_an_alarm_go_off(self) -> None:
        cloud = HostCloud(self, {"web": BUSY, "db": SLEEP})
        cloudwatch = cloud.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName="billing-cpu",
            Namespace="AWS/EC2",
            MetricName="CPUUtilization",
            Dimensions=[{"Name": "InstanceId", "Value": INSTANCE}],
            Statistic="Average",
            Period=10,
            EvaluationPeriods=1,
            # More than half of its vCPU, whatever a busy machine leaves to it.
            Threshold=50,
            ComparisonOperator="GreaterThanThreshold",
        )

        def alarm() -> Any:
            (found,) = cloudwatch.describe_alarms(AlarmNames=["billing-cpu"])["MetricAlarms"]
            return found if found["StateValue"] == "ALARM" else None

        reason = until("the alarm", alarm)["StateReason"]
        self.assertIn("was greater than the threshold (50.0)", reason)
        (metric,) = cloudwatch.list_metrics(Namespace="AWS/EC2")["Metrics"]
        dimensions = [{"Name": "InstanceId", "Value": INSTANCE}]
        self.assertEqual(metric["MetricName"], "CPUUtilization")
        self.assertEqual(metric["Dimensions"], dimensions)
        now = time.time()
        statistics = cloudwatch.get_metric_statistics(
            Namespace="AWS/EC2",
            MetricName="CPUUtilization",
            Dimensions=dimensions,
            StartTime=now - 120,
            EndTime=now,
            Period=60,
            Statistics=["Minimum", "Maximum"],
        )["Datapoints"]
        for datapoint in statistics:
            self.assertGreaterEqual(datapoint["Minimum"], 0)
            self.assertLessEqual(datapoint["Maximum"], 100)


UNKNOWN_FLAG = "unknown shorthand flag: 'x' in -x\nSee 'docker restart --help'.\n"
TOO_FEW = '"docker restart" requires at least 1 argument.\nSee \'docker restart --help\'.\n'


def _is_running(pid: int) -> bool:
    """A zombie, which only its parent can collect, does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()
