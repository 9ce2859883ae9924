"""Which settings of a deployed function give way to those for running it by hand."""

from __future__ import annotations

import unittest

from set_by_hand import settings


class SetByHand(unittest.TestCase):
    def test_what_names_a_resource_of_the_stack_stays(self) -> None:
        deployed = {"STATE_BUCKET": "stack-1", "ALERTS_TOPIC_ARN": "arn:stack", "DRY_RUN": "false", "OTHER": "1"}
        by_hand = {"STATE_BUCKET": "medic-state", "ALERTS_TOPIC_ARN": "arn:hand", "DRY_RUN": "true"}
        expected = {"STATE_BUCKET": "stack-1", "ALERTS_TOPIC_ARN": "arn:stack", "DRY_RUN": "true", "OTHER": "1"}
        self.assertEqual(settings(deployed, by_hand), expected)


if __name__ == "__main__":
    unittest.main()
