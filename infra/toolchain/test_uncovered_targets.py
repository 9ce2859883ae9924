"""Which targets a deployment would leave without permission."""

from __future__ import annotations

import unittest
from typing import Any

from uncovered_targets import uncovered

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


if __name__ == "__main__":
    unittest.main()
