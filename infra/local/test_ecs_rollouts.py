"""Rollouts on a started cloud, with real processes behind a real load balancer."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import unittest
from typing import Any

from started_cloud import Shop, StartedCloud, fetch, until

# Ten health checks a second; a drain of 300 s at most takes 6 s.
FAST = {"ALB_HEALTH_CHECK_SPEEDUP": "50"}

STARTED = "(service checkout) has started 1 tasks: (task <id>)."
REGISTERED = "(service checkout) registered 1 targets in (target-group <arn>)"
DRAINING = "(service checkout) has begun draining connections on 1 tasks."
DEREGISTERED = "(service checkout) deregistered 1 targets in (target-group <arn>)"
STOPPED = "(service checkout) has stopped 1 running tasks: (task <id>)."
COMPLETED = "(service checkout) (deployment <id>) deployment completed."
STEADY = "(service checkout) has reached a steady state."
FAILED = "(service checkout) (deployment <id>) deployment failed: tasks failed to start."
ROLLING_BACK = "(service checkout) rolling back to deployment <id>."
UNHEALTHY = (
    "(service checkout) (task <id>) (port 8080) is unhealthy in (target-group <arn>) "
    "due to (reason Health checks failed with these codes: [500])"
)

FIRST_DEPLOYMENT = [STARTED, REGISTERED, COMPLETED, STEADY]


class ARollout(unittest.TestCase):
    def test_it_replaces_a_task_without_losing_a_request(self) -> None:
        shop = Shop(StartedCloud(self, **FAST))
        shop.define()
        shop.create()
        before = shop.rolled_out()
        _, first_task = shop.get("/")
        load = Load(shop)
        begun = time.time()
        shop.update(forceNewDeployment=True)
        after = shop.rolled_out()
        ended = time.time()
        statuses = load.end()

        self.assertEqual(
            shop.events(),
            [
                *FIRST_DEPLOYMENT,
                *(STARTED, REGISTERED, DRAINING, DEREGISTERED, STOPPED, COMPLETED, STEADY),
            ],
        )
        self.assertNotEqual(before["id"], after["id"])
        self.assertTrue(begun < after["updatedAt"].timestamp() <= ended, after)
        self.assertEqual(shop.service()["deployments"], [after])
        self.assertEqual(set(statuses), {200}, "requests during the rollout")
        status, second_task = shop.get("/")
        self.assertEqual(status, 200)
        self.assertNotEqual(first_task, second_task)
        self.assertEqual(shop.health(), [("healthy", None)])

        gone = shop.task(first_task)
        self.assertEqual(
            (gone["lastStatus"], gone["stopCode"], gone["stoppedReason"]),
            (
                "STOPPED",
                "ServiceSchedulerInitiated",
                f"Scaling activity initiated by (deployment {after['id']})",
            ),
        )
        self.assertEqual(gone["containers"][0]["exitCode"], 0)

    def test_there_is_always_one_primary_deployment_also_after_two_in_a_row(self) -> None:
        shop = Shop(StartedCloud(self, **FAST))
        shop.define()
        shop.create()
        shop.rolled_out()
        overtaken = shop.update(forceNewDeployment=True)["deployments"][0]["id"]
        last = shop.update(forceNewDeployment=True)["deployments"][0]["id"]
        seen = until("the last deployment", lambda: self.statuses_until_completed(shop))
        self.assertEqual({statuses.count("PRIMARY") for statuses in seen}, {1})
        self.assertEqual(shop.primary()["id"], last)
        events = shop.service()["events"]
        self.assertFalse([e for e in events if f"{overtaken}) deployment comp" in e["message"]])
        self.assertEqual(len(shop.running()), 1)

    def statuses_until_completed(self, shop: Shop) -> list[list[str]]:
        seen = []
        while True:
            deployments = shop.service()["deployments"]
            seen.append([deployment["status"] for deployment in deployments])
            if len(deployments) == 1 and deployments[0]["rolloutState"] == "COMPLETED":
                return seen

    def test_requests_in_flight_are_finished(self) -> None:
        shop = Shop(StartedCloud(self, **FAST))
        shop.elb.modify_target_group_attributes(
            TargetGroupArn=shop.group,
            Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "300"}],
        )
        shop.define()
        shop.create()
        shop.rolled_out()
        answers: list[tuple[int, str]] = []
        slow = threading.Thread(target=lambda: answers.append(shop.get("/slow")))
        slow.start()
        time.sleep(0.1)
        shop.update(forceNewDeployment=True)
        draining = until(
            "a draining target",
            lambda: ("draining", "Target.DeregistrationInProgress") in shop.health(),
        )
        slow.join()
        shop.rolled_out()
        self.assertTrue(draining)
        self.assertEqual([status for status, _ in answers], [200])

    def test_the_percentages_are_honoured(self) -> None:
        shop = Shop(StartedCloud(self, **FAST))
        shop.define()
        shop.create(configuration={"minimumHealthyPercent": 100, "maximumPercent": 100})
        shop.rolled_out()
        shop.update(forceNewDeployment=True)
        until("the event", lambda: "was unable to stop or start tasks" in shop.events()[-1])
        self.assertEqual(shop.primary()["rolloutState"], "IN_PROGRESS")
        shop.update(
            deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100}
        )
        shop.rolled_out()
        # A draining task does not count: its replacement need not wait for its end.
        events = [event for event in shop.events()[-7:] if event != STOPPED]
        self.assertEqual(
            events, [DRAINING, DEREGISTERED, STARTED, REGISTERED, COMPLETED, STEADY]
        )


class Scaling(unittest.TestCase):
    def test_to_nothing_and_back(self) -> None:
        shop = Shop(StartedCloud(self, **FAST))
        shop.define()
        shop.create()
        deployment = shop.rolled_out()
        shop.update(desiredCount=0)
        until("the steady state", lambda: shop.events()[-1] == STEADY and not shop.running())
        self.assertEqual(shop.events()[4:], [DRAINING, DEREGISTERED, STOPPED, STEADY])
        self.assertEqual(shop.get("/")[0], 503)
        self.assertEqual(shop.health(), [])
        self.assertEqual(
            (shop.primary()["id"], shop.primary()["updatedAt"]),
            (deployment["id"], deployment["updatedAt"]),
        )
        shop.update(desiredCount=2)
        until("two tasks", lambda: shop.health() == [("healthy", None)] * 2)
        until("the steady state", lambda: shop.events()[-1] == STEADY)
        tasks = {shop.get("/")[1] for _ in range(4)}
        self.assertEqual(len(tasks), 2, "requests take turns")

    def test_a_deployment_of_no_tasks_is_complete_at_once(self) -> None:
        shop = Shop(StartedCloud(self, **FAST))
        shop.define()
        shop.create(desired=0)
        shop.rolled_out()
        self.assertEqual(shop.events(), [COMPLETED, STEADY])


class StoppedTasks(unittest.TestCase):
    def test_a_process_that_exits_is_replaced_and_its_task_says_why(self) -> None:
        shop = Shop(StartedCloud(self, **FAST))
        shop.define(LEVEL="debug")
        shop.create()
        deployment = shop.rolled_out()
        _, first_task = shop.get("/exit")
        expected = [*FIRST_DEPLOYMENT, DEREGISTERED, STARTED, REGISTERED, STEADY]
        until("another task", lambda: shop.events() == expected)
        gone = shop.task(first_task)
        self.assertEqual(
            (gone["lastStatus"], gone["stopCode"], gone["stoppedReason"]),
            ("STOPPED", "EssentialContainerExited", "Essential container in task exited"),
        )
        self.assertEqual(gone["containers"][0]["exitCode"], 3)
        self.assertEqual(shop.primary()["id"], deployment["id"])
        self.assertEqual(shop.primary()["failedTasks"], 0)
        logged = shop.logs.get_log_events(
            logGroupName="/ecs/checkout", logStreamName=f"shop/checkout/{first_task}"
        )
        self.assertEqual(
            [event["message"] for event in logged["events"]],
            ["listening, LEVEL=debug", '{"path": "/exit"}'],
        )

    def test_a_task_that_a_user_stops_is_drained_and_replaced(self) -> None:
        shop = Shop(StartedCloud(self, **FAST))
        shop.define()
        shop.create()
        shop.rolled_out()
        (arn,) = shop.running()
        shop.ecs.stop_task(cluster="shop", task=arn, reason="because")
        until("another task", lambda: shop.events()[-1] == STEADY and shop.running() != [arn])
        self.assertEqual(shop.task(arn)["stoppedReason"], "because")
        self.assertEqual(shop.task(arn)["containers"][0]["exitCode"], 0)

    def test_an_unhealthy_task_is_replaced(self) -> None:
        shop = Shop(StartedCloud(self, **FAST))
        shop.define()
        shop.create()
        shop.rolled_out()
        _, first_task = shop.get("/fault")
        # One look at the events: between two, the first of the new ones may come.
        until("another task", lambda: shop.events()[4:][-1:] == [STEADY])
        # A replacement comes first, since there is room for it.
        self.assertEqual(
            shop.events()[4:],
            [STARTED, REGISTERED, UNHEALTHY, DRAINING, DEREGISTERED, STOPPED, STEADY],
        )
        gone = shop.task(first_task)
        self.assertEqual(
            gone["stoppedReason"], f"Task failed ELB health checks in (target-group {shop.group})"
        )


class Failures(unittest.TestCase):
    def failing(self, breaker: dict[str, bool], **environment: str) -> Shop:
        """A shop with a good deployment, and a bad one that begins."""
        shop = Shop(StartedCloud(self, **FAST))
        self.good = shop.define()
        shop.create(breaker=breaker)
        self.completed = shop.rolled_out()
        self.bad = shop.define(**environment)
        shop.update(taskDefinition=self.bad)
        return shop

    def test_a_crash_loop_is_rolled_back(self) -> None:
        shop = self.failing({"enable": True, "rollback": True}, FAULT="exit")
        events = Bus(shop.cloud)
        until("the rollback", lambda: ROLLING_BACK in shop.events())
        back = shop.rolled_out()
        self.assertEqual(
            (back["id"], back["taskDefinition"], shop.service()["taskDefinition"]),
            (self.completed["id"], self.good, self.good),
        )
        self.assertGreater(back["updatedAt"], self.completed["updatedAt"])
        self.assertEqual(shop.service()["deployments"], [back])
        # A good task that is too slow to answer on a busy machine is replaced, too.
        self.assertIn(shop.events().count(STARTED), (4, 5), "one good task, and three bad ones")
        self.assertEqual(shop.events()[-4:], [FAILED, ROLLING_BACK, COMPLETED, STEADY])
        self.assertEqual(shop.get("/")[0], 200)
        names = [
            "SERVICE_DEPLOYMENT_FAILED",
            "SERVICE_DEPLOYMENT_IN_PROGRESS",
            "SERVICE_DEPLOYMENT_COMPLETED",
        ]
        self.assertEqual(events.names("ECS Deployment State Change", 3)[-3:], names)

    def test_tasks_that_never_get_healthy_are_failures_after_the_grace_period(self) -> None:
        shop = self.failing({"enable": True, "rollback": False}, FAULT="unhealthy")
        failed = until("a failure", lambda: self.primary_if(shop, "FAILED"))
        self.assertEqual(
            (failed["failedTasks"], failed["taskDefinition"], failed["rolloutStateReason"]),
            (3, self.bad, "ECS deployment circuit breaker: tasks failed to start."),
        )
        self.assertEqual(shop.events().count(UNHEALTHY), 3)
        # The old task goes on serving, and nothing new is started.
        time.sleep(0.3)
        self.assertEqual(len(shop.running()), 1)
        self.assertEqual(shop.get("/")[0], 200)
        statuses = {d["status"]: d["rolloutState"] for d in shop.service()["deployments"]}
        self.assertEqual(statuses, {"PRIMARY": "FAILED", "ACTIVE": "COMPLETED"})

    def primary_if(self, shop: Shop, state: str) -> dict[str, Any] | None:
        primary = shop.primary()
        return primary if primary["rolloutState"] == state else None

    def test_without_a_breaker_it_goes_on_trying(self) -> None:
        shop = self.failing({"enable": False, "rollback": False}, FAULT="exit")
        failed = until("four failures", lambda: shop.primary()["failedTasks"] >= 4)
        self.assertTrue(failed)
        self.assertEqual(shop.primary()["rolloutState"], "IN_PROGRESS")
        impaired = "(service checkout) is unable to consistently start tasks successfully."
        self.assertEqual(shop.events().count(impaired), 1)

    def test_a_task_in_its_grace_period_is_left_alone(self) -> None:
        shop = Shop(StartedCloud(self, **FAST))
        shop.define(FAULT="unhealthy")
        shop.create(healthCheckGracePeriodSeconds=2)
        until("an unhealthy target", lambda: [state for state, _ in shop.health()] == ["unhealthy"])
        (arn,) = shop.running()
        time.sleep(0.5)
        self.assertEqual(shop.running(), [arn])
        until("another task", lambda: shop.primary()["failedTasks"] > 0)
        self.assertEqual(shop.primary()["rolloutState"], "IN_PROGRESS")

    def test_a_missing_log_group_keeps_a_task_from_starting(self) -> None:
        shop = Shop(StartedCloud(self, **FAST))
        shop.logs.delete_log_group(logGroupName="/ecs/checkout")
        shop.define()
        shop.create(breaker={"enable": True, "rollback": False})
        until("a failure", lambda: self.primary_if(shop, "FAILED"))
        stopped = shop.ecs.list_tasks(cluster="shop", desiredStatus="STOPPED")["taskArns"]
        self.assertEqual(shop.task(stopped[0])["stopCode"], "TaskFailedToStart")
        self.assertIn("log group does not exist", shop.task(stopped[0])["stoppedReason"])


class Surroundings(unittest.TestCase):
    def test_processes_die_with_the_cloud(self) -> None:
        shop = Shop(StartedCloud(self, **FAST))
        shop.define()
        shop.create(desired=2)
        shop.rolled_out()
        tasks = [shop.task(arn) for arn in shop.running()]
        ports = [t["containers"][0]["networkBindings"][0]["hostPort"] for t in tasks]
        self.assertEqual([fetch(f"http://127.0.0.1:{port}/")[0] for port in ports], [200, 200])
        os.kill(shop.cloud.process.pid, signal.SIGKILL)
        shop.cloud.process.wait()
        for port in ports:
            until("nobody who listens", lambda port=port: self.is_refused(port))

    def is_refused(self, port: int) -> bool:
        try:
            fetch(f"http://127.0.0.1:{port}/")
        except OSError:
            return True
        return False

    def test_a_reset_ends_them_too(self) -> None:
        shop = Shop(StartedCloud(self, **FAST))
        shop.define()
        shop.create()
        shop.rolled_out()
        shop.cloud.post("/_ministack/reset")
        self.assertEqual(shop.cloud.get("/_medic/load-balancers"), [])
        until("nobody who listens", lambda: self.is_refused(int(shop.url.rsplit(":", 1)[1])))

    def test_tasks_of_other_images_are_simulated(self) -> None:
        cloud = StartedCloud(self, ECS_ROLLOUT_SECONDS="0.3")
        ecs = cloud.client("ecs")
        ecs.create_cluster(clusterName="shop")
        container = {"name": "checkout", "image": "checkout:1"}
        ecs.register_task_definition(family="checkout", containerDefinitions=[container])
        ecs.create_service(
            cluster="shop", serviceName="checkout", taskDefinition="checkout", desiredCount=1
        )
        begun = time.monotonic()

        def completed() -> dict[str, Any] | None:
            service = ecs.describe_services(cluster="shop", services=["checkout"])["services"][0]
            is_completed = service["deployments"][0]["rolloutState"] == "COMPLETED"
            return service if is_completed else None

        service = until("a completed deployment", completed)
        self.assertGreater(time.monotonic() - begun, 0.2)
        self.assertEqual((service["runningCount"], service["pendingCount"]), (1, 0))
        ecs.delete_service(cluster="shop", service="checkout", force=True)

        def status() -> str:
            described = ecs.describe_services(cluster="shop", services=["checkout"])
            return described["services"][0]["status"]

        until("its end", lambda: status() == "INACTIVE")


class Load:
    """Requests one after the other, until it is told to end."""

    def __init__(self, shop: Shop) -> None:
        self._statuses: list[int] = []
        self._is_ended = False
        self._thread = threading.Thread(target=self._run, args=(shop,))
        self._thread.start()

    def _run(self, shop: Shop) -> None:
        while not self._is_ended:
            self._statuses.append(shop.get("/")[0])

    def end(self) -> list[int]:
        self._is_ended = True
        self._thread.join()
        return self._statuses


class Bus:
    """The events of ECS that come from now on."""

    def __init__(self, cloud: StartedCloud) -> None:
        self._sqs = cloud.client("sqs")
        self._url = self._sqs.create_queue(QueueName="events")["QueueUrl"]
        arn = "arn:aws:sqs:eu-west-1:111122223333:events"
        events = cloud.client("events")
        events.put_rule(Name="ecs", EventPattern=json.dumps({"source": ["aws.ecs"]}))
        events.put_targets(Rule="ecs", Targets=[{"Id": "queue", "Arn": arn}])
        self._received: list[dict[str, Any]] = []

    def names(self, detail_type: str, count: int) -> list[str]:
        """The names of the events of a type, once there are so many."""

        def look() -> list[str] | None:
            messages = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
            bodies = [json.loads(m["Body"]) for m in messages.get("Messages", [])]
            self._received += bodies
            names = [
                event["detail"]["eventName"]
                for event in self._received
                if event["detail-type"] == detail_type
            ]
            return names if len(names) >= count else None

        return until(f"{count} events {detail_type}", look)


if __name__ == "__main__":
    unittest.main()
