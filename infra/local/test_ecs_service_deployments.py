"""Service deployments and revisions: how they come about, end, are stopped and shown."""

from __future__ import annotations

import time
import unittest
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from started_cloud import Shop, StartedCloud, until

FAST = {"ALB_HEALTH_CHECK_SPEEDUP": "50"}
ARN = "arn:aws:ecs:eu-west-1:111122223333"
NOWHERE = f"{ARN}:service-deployment/shop/checkout/NCWGC2ZR-taawPAYrIaU5"

BREAKER_REASON = (
    "Service deployment rolled back because the circuit breaker threshold was exceeded."
)
USER_REASON = "Service deployment rolled back by user."
NO_CANDIDATE_REASON = "No rollback candidate was found to run the rollback."
OVERTAKEN_REASON = "Service deployment stopped because a new service deployment was started."


class History:
    """A shop, and what it tells of its service deployments."""

    def __init__(self, test: unittest.TestCase) -> None:
        self.shop = Shop(StartedCloud(test, **FAST))
        self.ecs = self.shop.ecs

    def listed(self, **asked: Any) -> list[dict[str, Any]]:
        answer = self.ecs.list_service_deployments(cluster="shop", service="checkout", **asked)
        return answer["serviceDeployments"]

    def statuses(self) -> list[str]:
        return [each["status"] for each in self.listed()]

    def newest(self) -> dict[str, Any]:
        return self.described(self.listed()[0]["serviceDeploymentArn"])

    def described(self, arn: str) -> dict[str, Any]:
        answer = self.ecs.describe_service_deployments(serviceDeploymentArns=[arn])
        assert answer["failures"] == [], answer
        return answer["serviceDeployments"][0]

    def revision(self, arn: str) -> dict[str, Any]:
        answer = self.ecs.describe_service_revisions(serviceRevisionArns=[arn])
        assert answer["failures"] == [], answer
        return answer["serviceRevisions"][0]

    def ended(self, status: str) -> dict[str, Any]:
        """The newest one, once it has a status and its numbers are final."""

        def look() -> dict[str, Any] | None:
            newest = self.newest()
            time.sleep(0.1)
            return newest if newest == self.newest() and newest["status"] == status else None

        return until(f"a service deployment {status}", look)

    def stop(self, arn: str, **how: str) -> None:
        stopped = self.ecs.stop_service_deployment(serviceDeploymentArn=arn, **how)
        assert stopped["serviceDeploymentArn"] == arn, stopped


def current_counts(shop: Shop) -> list[tuple[int, int, int]]:
    return [counts(summary) for summary in shop.service()["currentServiceRevisions"]]


def counts(summary: dict[str, Any]) -> tuple[int, int, int]:
    names = ("requestedTaskCount", "runningTaskCount", "pendingTaskCount")
    requested, running, pending = (summary[name] for name in names)
    return requested, running, pending


class Successes(unittest.TestCase):
    def test_each_deployment_makes_one_and_a_number_of_tasks_does_not(self) -> None:
        history = History(self)
        shop = history.shop
        first_definition = shop.define()
        shop.create(desired=1)
        first = history.ended("SUCCESSFUL")
        before = shop.primary()
        shop.update(desiredCount=2)
        until("two tasks", lambda: current_counts(shop) == [(2, 2, 0)])
        after = shop.primary()
        self.assertEqual(
            after, {**before, "desiredCount": 2, "runningCount": 2, "pendingCount": 0}
        )
        self.assertEqual(history.statuses(), ["SUCCESSFUL"])
        self.assertEqual(history.newest(), first, "a finished one stays as it was")

        shop.update(forceNewDeployment=True)
        second = history.ended("SUCCESSFUL")
        second_definition = shop.define(LEVEL="debug")
        updated = shop.update(taskDefinition=second_definition)
        third = history.ended("SUCCESSFUL")
        self.assertEqual(updated["currentServiceDeployment"], third["serviceDeploymentArn"])
        self.assertEqual(
            [each["serviceDeploymentArn"] for each in history.listed()],
            [each["serviceDeploymentArn"] for each in (third, second, first)],
        )
        revisions = [
            history.revision(each["targetServiceRevision"]["arn"])
            for each in (first, second, third)
        ]
        self.assertEqual(
            [revision["taskDefinition"] for revision in revisions],
            [first_definition, first_definition, second_definition],
        )
        self.assertEqual(len({revision["serviceRevisionArn"] for revision in revisions}), 3)
        self.assertEqual(
            [each["sourceServiceRevisions"] for each in (first, second, third)],
            [
                [],
                [self.nothing_left(first)],
                [self.nothing_left(second)],
            ],
        )

    def nothing_left(self, deployment: dict[str, Any]) -> dict[str, Any]:
        return {
            "arn": deployment["targetServiceRevision"]["arn"],
            "requestedTaskCount": 0,
            "runningTaskCount": 0,
            "pendingTaskCount": 0,
        }

    def test_what_they_look_like(self) -> None:
        history = History(self)
        shop = history.shop
        definition = shop.define()
        shop.create(breaker={"enable": True, "rollback": True})
        found = history.ended("SUCCESSFUL")
        (brief,) = history.listed()
        times = ("createdAt", "startedAt", "finishedAt")
        self.assertEqual([brief[name] for name in times], [found[name] for name in times])
        self.assertEqual([found[name] for name in times], sorted(found[name] for name in times))
        arn, revision_arn = found["serviceDeploymentArn"], found["targetServiceRevision"]["arn"]
        self.assertRegex(arn, rf"^{ARN}:service-deployment/shop/checkout/[\w-]{{21}}$")
        self.assertRegex(revision_arn, rf"^{ARN}:service-revision/shop/checkout/\d{{19}}$")
        shared = {
            "serviceDeploymentArn": arn,
            "serviceArn": f"{ARN}:service/shop/checkout",
            "clusterArn": f"{ARN}:cluster/shop",
            "status": "SUCCESSFUL",
        }
        self.assertEqual(
            without_times(brief), {**shared, "targetServiceRevisionArn": revision_arn}
        )
        summary = {
            "arn": revision_arn,
            "requestedTaskCount": 1,
            "runningTaskCount": 1,
            "pendingTaskCount": 0,
        }
        self.assertEqual(
            without_times(found),
            {
                **shared,
                "sourceServiceRevisions": [],
                "targetServiceRevision": summary,
                "deploymentConfiguration": {
                    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                    "maximumPercent": 200,
                    "minimumHealthyPercent": 100,
                },
                "deploymentCircuitBreaker": {
                    "status": "MONITORING_COMPLETE",
                    "failureCount": 0,
                    "threshold": 3,
                },
                "alarms": {"status": "DISABLED", "alarmNames": [], "triggeredAlarmNames": []},
            },
        )
        service = shop.service()
        self.assertEqual(
            (service["currentServiceDeployment"], service["currentServiceRevisions"]),
            (arn, [summary]),
        )
        balancer = {
            "targetGroupArn": shop.group,
            "containerName": "checkout",
            "containerPort": 8080,
        }
        image = "example.com:5000/shop/checkout:7"
        self.assertEqual(
            without_times(history.revision(revision_arn)),
            {
                "serviceRevisionArn": revision_arn,
                "serviceArn": shared["serviceArn"],
                "clusterArn": shared["clusterArn"],
                "taskDefinition": definition,
                "launchType": "FARGATE",
                "loadBalancers": [balancer],
                "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
                "containerImages": [{"containerName": "checkout", "image": image}],
                "guardDutyEnabled": False,
            },
        )

    def test_another_update_stops_the_one_that_is_ongoing(self) -> None:
        history = History(self)
        history.shop.define()
        history.shop.create()
        history.ended("SUCCESSFUL")
        history.shop.update(forceNewDeployment=True)
        history.shop.update(forceNewDeployment=True)
        history.ended("SUCCESSFUL")
        _, overtaken, _ = history.listed()
        self.assertEqual(
            (overtaken["status"], overtaken["statusReason"]), ("STOPPED", OVERTAKEN_REASON)
        )
        described = history.described(overtaken["serviceDeploymentArn"])
        self.assertEqual(described["stoppedAt"], described["finishedAt"])

    def test_they_go_with_their_service(self) -> None:
        history = History(self)
        history.shop.define()
        history.shop.create()
        found = history.ended("SUCCESSFUL")
        history.ecs.delete_service(cluster="shop", service="checkout", force=True)
        until("the end", lambda: history.shop.service()["status"] == "INACTIVE")
        self.assertEqual(history.listed(), [])
        arn, revision = found["serviceDeploymentArn"], found["targetServiceRevision"]["arn"]
        answer = history.ecs.describe_service_deployments(serviceDeploymentArns=[arn])
        self.assertEqual(answer["failures"], [{"arn": arn, "reason": "MISSING"}])
        answer = history.ecs.describe_service_revisions(serviceRevisionArns=[revision])
        self.assertEqual(answer["failures"], [{"arn": revision, "reason": "MISSING"}])


class Failures(unittest.TestCase):
    def failing(self, breaker: dict[str, bool], **environment: str) -> History:
        """A good deployment, and a bad one that has begun; unhealthy tasks are left alone."""
        history = History(self)
        self.good = history.shop.define()
        history.shop.create(breaker=breaker, healthCheckGracePeriodSeconds=600)
        self.first = history.ended("SUCCESSFUL")
        self.before = history.shop.primary()
        history.shop.update(taskDefinition=history.shop.define(**environment))
        return history

    def check_rolled_back(self, history: History, reason: str) -> None:
        shop = history.shop
        found = history.ended("ROLLBACK_SUCCESSFUL")
        first_revision = self.first["targetServiceRevision"]["arn"]
        self.assertEqual(found["statusReason"], reason)
        rollback = found["rollback"]
        self.assertTrue(found["startedAt"] < rollback["startedAt"] <= found["finishedAt"])
        self.assertEqual(
            without_times(rollback), {"reason": reason, "serviceRevisionArn": first_revision}
        )
        self.assertEqual(history.statuses(), ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"])
        primary = shop.rolled_out()
        self.assertEqual(
            (primary["id"], primary["taskDefinition"], shop.service()["taskDefinition"]),
            (self.before["id"], self.good, self.good),
        )
        (current,) = shop.service()["currentServiceRevisions"]
        self.assertEqual((current["arn"], counts(current)), (first_revision, (1, 1, 0)))
        self.assertEqual(
            [shop.task(arn)["taskDefinitionArn"] for arn in shop.running()], [self.good]
        )
        self.assertEqual(shop.get("/")[0], 200)

    def test_the_circuit_breaker_rolls_back(self) -> None:
        history = self.failing({"enable": True, "rollback": True}, FAULT="exit")
        self.check_rolled_back(history, BREAKER_REASON)
        self.assertEqual(
            history.newest()["deploymentCircuitBreaker"],
            {"status": "TRIGGERED", "failureCount": 3, "threshold": 3},
        )

    def test_the_circuit_breaker_stops_where_nothing_rolls_back(self) -> None:
        history = self.failing({"enable": True, "rollback": False}, FAULT="exit")
        found = history.ended("STOPPED")
        self.assertEqual(
            found["statusReason"], "ECS deployment circuit breaker: tasks failed to start."
        )
        self.assertNotIn("rollback", found)

    def test_a_user_rolls_back_what_no_breaker_watches(self) -> None:
        history = self.failing({"enable": False, "rollback": False}, FAULT="unhealthy")
        arn = history.listed()[0]["serviceDeploymentArn"]
        unhealthy = ("unhealthy", "Target.ResponseCodeMismatch")
        until("a bad task", lambda: unhealthy in history.shop.health())
        self.assertEqual(
            [counts(each) for each in history.newest()["sourceServiceRevisions"]], [(1, 1, 0)]
        )
        history.stop(arn, stopType="ROLLBACK")
        history.stop(arn)  # it goes on as it is
        seen = history.described(arn)["status"]
        self.assertIn(seen, ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"))
        self.check_rolled_back(history, USER_REASON)
        self.assertEqual(
            history.newest()["deploymentCircuitBreaker"]["status"], "DISABLED"
        )
        with self.assertRaises(ClientError) as refused:
            history.stop(arn)
        self.assertEqual(refused.exception.response["Error"]["Code"], "ConflictException")

    def without_room(self) -> History:
        """A bad deployment for which the good task had to go."""
        history = History(self)
        shop = history.shop
        self.good = shop.define()
        room = {"minimumHealthyPercent": 0, "maximumPercent": 100}
        shop.create(configuration=room, healthCheckGracePeriodSeconds=600)
        self.first = history.ended("SUCCESSFUL")
        self.before = shop.primary()
        self.old = shop.running()
        shop.update(taskDefinition=shop.define(FAULT="unhealthy"))
        until("the old task's end", lambda: shop.task(self.old[0])["lastStatus"] == "STOPPED")
        until("the bad task", lambda: shop.running() not in ([], self.old))
        return history

    def test_a_rollback_starts_the_tasks_it_needs(self) -> None:
        history = self.without_room()
        history.stop(history.listed()[0]["serviceDeploymentArn"], stopType="ROLLBACK")
        self.check_rolled_back(history, USER_REASON)
        self.assertNotEqual(history.shop.running(), self.old)

    def test_an_abort_starts_nothing_any_more_and_keeps_what_runs(self) -> None:
        history = self.failing({"enable": False, "rollback": False}, FAULT="unhealthy")
        arn = history.listed()[0]["serviceDeploymentArn"]
        until("two tasks", lambda: len(history.shop.running()) == 2)
        history.stop(arn, stopType="ABORT")
        found = history.ended("STOPPED")
        self.assertEqual(found["statusReason"], "Service deployment stopped by user.")
        states = {d["status"]: d["rolloutState"] for d in history.shop.service()["deployments"]}
        self.assertEqual(states, {"PRIMARY": "FAILED", "ACTIVE": "COMPLETED"})
        self.assertEqual(history.shop.get("/")[0], 200)

    def test_the_first_deployment_has_nothing_to_go_back_to(self) -> None:
        history = History(self)
        history.shop.define(FAULT="unhealthy")
        history.shop.create(healthCheckGracePeriodSeconds=600)
        history.stop(history.listed()[0]["serviceDeploymentArn"], stopType="ROLLBACK")
        found = history.ended("ROLLBACK_FAILED")
        self.assertEqual(found["statusReason"], NO_CANDIDATE_REASON)
        self.assertEqual(history.shop.primary()["rolloutState"], "FAILED")

    def test_an_update_during_a_rollback_makes_the_rollback_fail(self) -> None:
        history = self.without_room()
        history.stop(history.listed()[0]["serviceDeploymentArn"])
        history.shop.update(taskDefinition=self.good, forceNewDeployment=True)
        history.ended("SUCCESSFUL")
        self.assertEqual(history.statuses(), ["SUCCESSFUL", "ROLLBACK_FAILED", "SUCCESSFUL"])


class Requests(unittest.TestCase):
    def setUp(self) -> None:
        self.history = History(self)
        self.ecs = self.history.ecs

    def check_refused(self, code: str, call: str, **request: Any) -> None:
        with self.assertRaises(ClientError) as refused:
            getattr(self.ecs, call)(**request)
        self.assertEqual(refused.exception.response["Error"]["Code"], code, request)

    def test_what_aws_refuses_is_refused(self) -> None:
        self.history.shop.define()
        self.history.shop.create(desired=0)
        listing = {"cluster": "shop", "service": "checkout"}
        invalid = "InvalidParameterException"
        for code, call, request in (
            ("ClusterNotFoundException", "list_service_deployments", {**listing, "cluster": "x"}),
            ("ServiceNotFoundException", "list_service_deployments", {**listing, "service": "x"}),
            (invalid, "list_service_deployments", {**listing, "maxResults": 101}),
            (invalid, "list_service_deployments", {**listing, "nextToken": "x"}),
            (invalid, "list_service_deployments", {**listing, "status": ["COMPLETED"]}),
            (invalid, "describe_service_deployments", {"serviceDeploymentArns": [NOWHERE] * 21}),
            (invalid, "describe_service_revisions", {"serviceRevisionArns": []}),
            (invalid, "stop_service_deployment", {"serviceDeploymentArn": "ecs-svc/1"}),
            (
                invalid,
                "stop_service_deployment",
                {"serviceDeploymentArn": NOWHERE, "stopType": "PAUSE"},
            ),
            (
                "ServiceDeploymentNotFoundException",
                "stop_service_deployment",
                {"serviceDeploymentArn": NOWHERE},
            ),
            (invalid, "update_service", {**listing, "desiredCount": -1}),
        ):
            with self.subTest(call=call, request=request):
                self.check_refused(code, call, **request)

    def test_lists_are_filtered_and_come_in_pages(self) -> None:
        shop = self.history.shop
        shop.define()
        shop.create(desired=0)
        self.history.ended("SUCCESSFUL")
        for _ in range(2):
            shop.update(forceNewDeployment=True)
            self.history.ended("SUCCESSFUL")
        found = self.history.listed()
        self.assertEqual(len(found), 3)
        listing = {"cluster": "shop", "service": f"{ARN}:service/shop/checkout"}
        first = self.ecs.list_service_deployments(**listing, maxResults=2)
        shop.update(forceNewDeployment=True)  # must not shift the pages
        second = self.ecs.list_service_deployments(
            **listing, maxResults=2, nextToken=first["nextToken"]
        )
        self.assertEqual(first["serviceDeployments"] + second["serviceDeployments"], found)
        self.assertNotIn("nextToken", second)
        self.history.ended("SUCCESSFUL")
        middle: datetime = found[1]["createdAt"]
        self.assertEqual(self.history.listed(createdAt={"before": middle}), found[2:])
        self.assertEqual(len(self.history.listed(createdAt={"after": middle})), 2)
        self.assertEqual(len(self.history.listed(status=["SUCCESSFUL"])), 4)
        self.assertEqual(self.history.listed(status=["STOPPED", "IN_PROGRESS"]), [])

    def test_a_part_of_the_configuration_leaves_the_rest(self) -> None:
        shop = self.history.shop
        shop.define()
        shop.create(desired=0, breaker={"enable": True, "rollback": True})
        updated = shop.update(deploymentConfiguration={"minimumHealthyPercent": 50})
        self.assertEqual(
            updated["deploymentConfiguration"],
            {
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                "maximumPercent": 200,
                "minimumHealthyPercent": 50,
            },
        )
        self.assertEqual(len(self.history.listed()), 1, "it is no deployment")


def without_times(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if not isinstance(value, datetime)}


if __name__ == "__main__":
    unittest.main()
