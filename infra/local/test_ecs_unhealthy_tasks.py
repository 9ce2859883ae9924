"""Which task is behind an unhealthy target, and what becomes of it when it is stopped."""

from __future__ import annotations

import unittest
from typing import Any

from started_cloud import Shop, StartedCloud, until

FAST = {"ALB_HEALTH_CHECK_SPEEDUP": "50"}


class AnUnhealthyTask(unittest.TestCase):
    def started(self) -> Shop:
        """Two healthy tasks; ECS leaves unhealthy ones alone for ten minutes."""
        shop = Shop(StartedCloud(self, **FAST), HealthCheckTimeoutSeconds=2)
        shop.define()
        shop.create(desired=2, healthCheckGracePeriodSeconds=600)
        shop.rolled_out()
        return shop

    def tasks_by_address(self, shop: Shop) -> dict[str, str]:
        described = shop.ecs.describe_tasks(cluster="shop", tasks=shop.running())["tasks"]
        return {address(task): task["taskArn"] for task in described}

    def unhealthy(self, shop: Shop, reason: str) -> dict[str, Any]:
        """The one unhealthy target, once there is one with the reason."""

        def look() -> dict[str, Any] | None:
            targets = shop.elb.describe_target_health(TargetGroupArn=shop.group)
            found = [
                each
                for each in targets["TargetHealthDescriptions"]
                if each["TargetHealth"].get("Reason") == reason
            ]
            return found[0] if found else None

        return until(f"a target {reason}", look)

    def check_stopped_and_replaced(self, shop: Shop, bad: str, exit_code: int) -> None:
        stopped = shop.ecs.stop_task(cluster="shop", task=bad, reason="it is unhealthy")["task"]
        self.assertEqual((stopped["desiredStatus"], stopped["taskArn"]), ("STOPPED", bad))
        until("two healthy tasks", lambda: shop.health() == [("healthy", None)] * 2)
        until("the end of the bad one", lambda: shop.task(bad)["lastStatus"] == "STOPPED")
        gone = shop.task(bad)
        self.assertEqual(
            (gone["stopCode"], gone["stoppedReason"], gone["containers"][0]["exitCode"]),
            ("UserInitiated", "it is unhealthy", exit_code),
        )
        self.assertEqual(len(shop.running()), 2)
        self.assertNotIn(bad, shop.running())
        self.assertEqual(shop.primary()["failedTasks"], 0)

    def test_one_that_answers_500_is_found_stopped_and_replaced(self) -> None:
        shop = self.started()
        _, task_id = shop.get("/fault")
        target = self.unhealthy(shop, "Target.ResponseCodeMismatch")
        self.assertEqual(
            target["TargetHealth"],
            {
                "State": "unhealthy",
                "Reason": "Target.ResponseCodeMismatch",
                "Description": "Health checks failed with these codes: [500]",
            },
        )
        self.assertEqual(target["Target"]["Port"], 8080)
        bad = self.tasks_by_address(shop)[target["Target"]["Id"]]
        self.assertTrue(bad.endswith(f"/{task_id}"), bad)
        self.check_stopped_and_replaced(shop, bad, exit_code=0)

    def test_one_that_hangs_is_found_and_in_the_end_killed(self) -> None:
        shop = self.started()
        _, task_id = shop.get("/hang")
        target = self.unhealthy(shop, "Target.Timeout")
        self.assertEqual(
            target["TargetHealth"],
            {"State": "unhealthy", "Reason": "Target.Timeout", "Description": "Request timed out"},
        )
        bad = self.tasks_by_address(shop)[target["Target"]["Id"]]
        self.assertTrue(bad.endswith(f"/{task_id}"), bad)
        self.check_stopped_and_replaced(shop, bad, exit_code=137)

    def test_a_stop_without_a_reason_says_who_stopped_it(self) -> None:
        shop = self.started()
        arn = shop.running()[0]
        stopped = shop.ecs.stop_task(cluster="shop", task=arn)["task"]
        self.assertEqual(
            (stopped["stopCode"], stopped["stoppedReason"]),
            ("UserInitiated", "Task stopped by user"),
        )

    def test_a_second_stop_changes_nothing(self) -> None:
        shop = self.started()
        arn = shop.running()[0]
        shop.ecs.stop_task(cluster="shop", task=arn, reason="first")
        stopped = shop.ecs.stop_task(cluster="shop", task=arn, reason="second")["task"]
        self.assertEqual(stopped["stoppedReason"], "first")


def address(task: dict[str, Any]) -> str:
    """The address that its targets are registered under; all places that tell it agree."""
    (attachment,) = task["attachments"]
    details = {each["name"]: each["value"] for each in attachment["details"]}
    (interface,) = task["containers"][0]["networkInterfaces"]
    assert attachment["type"] == "ElasticNetworkInterface", attachment
    assert interface == {
        "attachmentId": attachment["id"],
        "privateIpv4Address": details["privateIPv4Address"],
    }, interface
    return details["privateIPv4Address"]


if __name__ == "__main__":
    unittest.main()
