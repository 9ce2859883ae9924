"""What a service's tasks use, and the end of one that uses too much memory."""

from __future__ import annotations

import time
import unittest
from pathlib import Path
from typing import Any

from started_cloud import Shop, StartedCloud, until

SERVICE = [
    {"Name": "ClusterName", "Value": "shop"},
    {"Name": "ServiceName", "Value": "checkout"},
]


@unittest.skipUnless(Path("/proc/self/statm").exists(), "nothing is measured without /proc")
class AServiceThatGrows(unittest.TestCase):
    def started(self) -> Shop:
        shop = Shop(StartedCloud(self, ALB_HEALTH_CHECK_SPEEDUP="50"), HealthCheckTimeoutSeconds=2)
        shop.define()
        shop.create()
        shop.rolled_out()
        return shop

    def highest(self, shop: Shop, metric: str) -> float:
        def look() -> list[dict[str, Any]]:
            now = time.time()
            return shop.cloudwatch.get_metric_statistics(
                Namespace="AWS/ECS",
                MetricName=metric,
                Dimensions=SERVICE,
                StartTime=now - 120,
                EndTime=now + 60,
                Period=60,
                Statistics=["Maximum"],
            )["Datapoints"]

        points = until(f"a datapoint of {metric}", look)
        return max(point["Maximum"] for point in points)

    def test_its_memory_is_measured_against_what_the_task_definition_gives(self) -> None:
        shop = self.started()
        before = self.highest(shop, "MemoryUtilization")
        self.assertGreater(before, 0)
        shop.get("/grow")
        # 40 of 512 MiB are 7.8 %.
        until("growth", lambda: self.highest(shop, "MemoryUtilization") > before + 7)
        self.assertLess(self.highest(shop, "MemoryUtilization"), before + 20)
        self.assertLessEqual(self.highest(shop, "CPUUtilization"), 100)

    def test_above_its_limit_it_is_killed_and_another_one_comes(self) -> None:
        shop = self.started()
        (first,) = shop.running()
        for _ in range(13):  # 520 of 512 MiB
            shop.get("/grow")
        until("the end of the task", lambda: shop.task(first)["lastStatus"] == "STOPPED")
        gone = shop.task(first)
        (container,) = gone["containers"]
        self.assertEqual(
            (gone["stopCode"], gone["stoppedReason"], container["exitCode"], container["reason"]),
            (
                "EssentialContainerExited",
                "Essential container in task exited",
                137,
                "OutOfMemoryError: Container killed due to memory usage",
            ),
        )
        until("another task", lambda: shop.health() == [("healthy", None)])


if __name__ == "__main__":
    unittest.main()
