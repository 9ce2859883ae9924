"""Which targets a deployment would leave without permission."""

from __future__ import annotations

import unittest
from typing import Any

from uncovered_targets import uncovered, uncovered_instances

SERVICE = "arn:aws:ecs:eu-west-1:111122223333:service"


def playbooks(*targets: tuple[Any, Any]) -> dict[str, Any]:
    services = [{"cluster": cluster, "service": service} for cluster, service in targets]
    named = [{"name": f"p{n}", "target": {"ecs_service": one}} for n, one in enumerate(services)]
    return {"version": 1, "playbooks": named}


class UncoveredTargets(unittest.TestCase):
    def test_each_is_named_with_its_playbook(self) -> None:
        file = playbooks(("shop", "checkout"), ("shop", "search"), ("other", "checkout"))
        self.assertEqual(uncovered(file, f"{SERVICE}/shop/checkout"), ["shop/search (p1)", "other/checkout (p2)"])

    def test_several_arns_and_the_old_form_cover(self) -> None:
        file = playbooks(("shop", "checkout"), ("shop", "search"))
        self.assertEqual(uncovered(file, f"{SERVICE}/shop/checkout, {SERVICE}/search"), [])

    def test_a_part_of_a_name_does_not_cover(self) -> None:
        self.assertEqual(uncovered(playbooks(("shop", "checkout")), f"{SERVICE}/shop/check"), ["shop/checkout (p0)"])

    def test_what_an_alarm_chooses_is_not_looked_at(self) -> None:
        chosen = {"from_dimension": "ServiceName", "allowed": ["checkout"]}
        self.assertEqual(uncovered(playbooks(("shop", chosen)), f"{SERVICE}/shop/other"), [])

    def test_an_instance_is_looked_at_where_its_agent_restarts_the_container(self) -> None:
        def playbook(name: str, instance: Any, step: Any) -> dict[str, Any]:
            target = {"ec2_container": {"instance": instance, "container": "web"}}
            return {"name": name, "target": target, "steps": [step]}

        file = {
            "playbooks": [
                playbook("covered", "i-01234567", "restart_container"),
                playbook("forgotten", "i-89abcdef", "restart_container"),
                playbook("over-ssh", "i-89abcdef", {"restart_container_over_ssh": {}}),
                playbook("chosen", {"from_dimension": "InstanceId", "allowed": []}, "restart_container"),
            ]
        }
        arns = "arn:aws:ec2:eu-west-1:111122223333:instance/i-01234567"
        self.assertEqual(uncovered_instances(file, arns), ["i-89abcdef (forgotten)"])


if __name__ == "__main__":
    unittest.main()
