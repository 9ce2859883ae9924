"""A load balancer on a started cloud: what its clients, its targets and CloudWatch see."""

from __future__ import annotations

import time
import unittest
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import load_balancer_metrics as metrics
from load_balancer_metrics import Exchange, Seconds
from started_cloud import Shop, StartedCloud, until

FAST = {"ALB_HEALTH_CHECK_SPEEDUP": "50"}


class Target(BaseHTTPRequestHandler):
    """Answers with the status that the path names, or breaks off."""

    protocol_version = "HTTP/1.1"
    seen: list[dict[str, str]] = []

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.path.startswith("/break"):
            self.close_connection = True
            return
        if self.path.startswith("/echo"):
            Target.seen.append({name.lower(): value for name, value in self.headers.items()})
        status = int(self.path[1:]) if self.path[1:].isdigit() else 200
        answer = f"{self.command} {self.path} {body.decode()}".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_POST = do_HEAD = do_GET

    def log_message(self, format: str, *arguments: object) -> None:
        pass


class ALoadBalancer(unittest.TestCase):
    def setUp(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Target)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.shop = Shop(StartedCloud(self, **FAST))

    def register(self, port: int) -> None:
        self.shop.elb.register_targets(
            TargetGroupArn=self.shop.group, Targets=[{"Id": "127.0.0.1", "Port": port}]
        )

    def registered(self) -> None:
        self.register(self.server.server_port)
        self.assertEqual(self.shop.health(), [("initial", "Elb.RegistrationInProgress")])
        until("a healthy target", lambda: self.shop.health() == [("healthy", None)])

    def test_it_says_where_it_listens(self) -> None:
        (listed,) = self.shop.cloud.get("/_medic/load-balancers")
        described = self.shop.elb.describe_load_balancers()["LoadBalancers"][0]
        self.assertEqual(
            {key: listed[key] for key in ("arn", "name", "dns_name")},
            {
                "arn": described["LoadBalancerArn"],
                "name": "shop",
                "dns_name": described["DNSName"],
            },
        )
        self.assertRegex(listed["endpoint"], r"^http://127\.0\.0\.1:\d+$")

    def test_requests_and_answers_arrive_whole(self) -> None:
        import http.client

        self.registered()
        host = self.shop.url.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=10)
        self.addCleanup(connection.close)
        for method, body, expected in (
            ("POST", "hello", b"POST /echo%20it?a=1&b= hello"),
            ("HEAD", None, b""),
            ("GET", None, b"GET /echo%20it?a=1&b= "),
        ):
            with self.subTest(method=method):
                connection.request(method, "/echo%20it?a=1&b=", body=body)
                answer = connection.getresponse()
                self.assertEqual((answer.status, answer.read()), (200, expected))
                self.assertEqual(answer.msg.get_all("set-cookie"), ["a=1", "b=2"])
        headers = Target.seen[-1]
        self.assertEqual(
            (headers["x-forwarded-for"], headers["x-forwarded-port"]), ("127.0.0.1", "80")
        )

    def test_it_answers_itself_when_no_target_does(self) -> None:
        self.assertEqual(self.shop.get("/")[0], 503)
        self.registered()
        self.assertEqual(self.shop.get("/break")[0], 502)
        self.assertEqual(self.shop.get("/404")[0], 404)
        self.shop.elb.deregister_targets(
            TargetGroupArn=self.shop.group,
            Targets=[{"Id": "127.0.0.1", "Port": self.server.server_port}],
        )
        self.assertEqual((self.shop.health(), self.shop.get("/")[0]), ([], 503))

    def test_a_target_that_nobody_is_at_becomes_unhealthy_and_it_fails_open(self) -> None:
        self.register(1)
        expected = [("unhealthy", "Target.FailedHealthChecks")]
        until("an unhealthy target", lambda: self.shop.health() == expected)
        self.assertEqual(self.shop.get("/")[0], 502)

    def test_a_group_without_a_listener_is_not_in_use(self) -> None:
        (listener,) = self.shop.elb.describe_listeners(LoadBalancerArn=self.shop.balancer)[
            "Listeners"
        ]
        self.registered()
        self.shop.elb.delete_listener(ListenerArn=listener["ListenerArn"])
        self.assertEqual(self.shop.health(), [("unused", "Target.NotInUse")])
        self.assertIsNone(self.shop.cloud.get("/_medic/load-balancers")[0]["endpoint"])

    def test_the_metrics_tell_what_happened_and_no_zeros(self) -> None:
        self.registered()
        for path in ("/200", "/204", "/404", "/500", "/500", "/break"):
            self.shop.get(path)
        balancer = {"LoadBalancer": metrics.load_balancer_dimension(self.shop.balancer)}
        group = {**balancer, "TargetGroup": metrics.target_group_dimension(self.shop.group)}
        until("all requests", lambda: self.sum("RequestCount", group) == 6)
        counted = {
            name: (self.sum(name, balancer), self.sum(name, group))
            for name in (
                "RequestCount",
                "HTTPCode_Target_2XX_Count",
                "HTTPCode_Target_3XX_Count",
                "HTTPCode_Target_4XX_Count",
                "HTTPCode_Target_5XX_Count",
                "HTTPCode_ELB_5XX_Count",
                "HTTPCode_ELB_502_Count",
            )
        }
        self.assertEqual(
            counted,
            {
                "RequestCount": (6, 6),
                "HTTPCode_Target_2XX_Count": (2, 2),
                "HTTPCode_Target_3XX_Count": (None, None),
                "HTTPCode_Target_4XX_Count": (1, 1),
                "HTTPCode_Target_5XX_Count": (2, 2),
                "HTTPCode_ELB_5XX_Count": (1, None),
                "HTTPCode_ELB_502_Count": (1, None),
            },
        )
        time.sleep(1)
        self.assertIsNotNone(self.sum("HealthyHostCount", group))
        self.assertIsNone(self.sum("HealthyHostCount", balancer))

    def sum(self, name: str, dimensions: dict[str, str]) -> float | None:
        """`None` if there is no data at all."""
        now = datetime.now(timezone.utc)
        answer: Any = self.shop.cloudwatch.get_metric_statistics(
            Namespace="AWS/ApplicationELB",
            MetricName=name,
            Dimensions=[{"Name": n, "Value": value} for n, value in dimensions.items()],
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )
        points = answer["Datapoints"]
        return sum(point["Sum"] for point in points) if points else None


class Counting(unittest.TestCase):
    def names(self, exchange: Exchange, status: int) -> set[tuple[str, bool]]:
        """The metrics of one request, and whether each has the target group's dimension too."""
        seconds = Seconds()
        seconds.count(exchange, status, 7)
        data = seconds.take(before=8)
        both = {datum.name for datum in data if "TargetGroup" in datum.dimensions}
        self.assertEqual({datum.second for datum in data}, {7})
        return {(datum.name, datum.name in both) for datum in data}

    def test_what_each_outcome_counts_as(self) -> None:
        answered = Exchange("app/a/1", "targetgroup/b/2", 500, 0.25)
        refused = Exchange("app/a/1", "targetgroup/b/2", could_not_connect=True)
        cases = [
            (
                answered,
                500,
                {
                    ("RequestCount", True),
                    ("HTTPCode_Target_5XX_Count", True),
                    ("TargetResponseTime", True),
                },
            ),
            (
                refused,
                502,
                {
                    ("RequestCount", True),
                    ("TargetConnectionErrorCount", True),
                    ("HTTPCode_ELB_5XX_Count", False),
                    ("HTTPCode_ELB_502_Count", False),
                },
            ),
            (
                Exchange("app/a/1"),
                503,
                {("HTTPCode_ELB_5XX_Count", False), ("HTTPCode_ELB_503_Count", False)},
            ),
        ]
        for exchange, status, expected in cases:
            with self.subTest(status=status):
                self.assertEqual(self.names(exchange, status), expected)

    def test_a_second_is_published_once_and_when_it_is_over(self) -> None:
        seconds = Seconds()
        exchange = Exchange("app/a/1", "targetgroup/b/2", 200)
        seconds.count(exchange, 200, 7)
        seconds.count(exchange, 200, 7)
        seconds.count(exchange, 200, 8)
        requests = [datum for datum in seconds.take(before=8) if datum.name == "RequestCount"]
        self.assertEqual([dict(datum.counted) for datum in requests], [{1.0: 2}, {1.0: 2}])
        self.assertEqual(seconds.take(before=8), [])


if __name__ == "__main__":
    unittest.main()
