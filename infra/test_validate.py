"""The whole: the template as it is, that no rule goes untested, and the linters."""

from __future__ import annotations

import copy
import io
import json
import re
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import validate
from rules import RULES, UPLOAD_RULES, findings
from rules.broken import CI_ROLE, FUNCTION, TEMPLATE, TRANSFORMED, changed_stack, grant, properties


class Rules(unittest.TestCase):
    def test_the_template_as_it_is_has_no_findings(self) -> None:
        self.assertEqual(findings(changed_stack()), [])

    def test_every_rule_is_broken_somewhere(self) -> None:
        tests = "".join(path.read_text() for path in Path(validate.__file__).parent.glob("rules/test_*.py"))
        self.assertEqual([rule.__name__ for rule in {*RULES, *UPLOAD_RULES} if f"def test_{rule.__name__}" not in tests], [])

    def test_every_rule_is_applied(self) -> None:
        written = "".join(path.read_text() for path in Path(validate.__file__).parent.glob("rules/*.py"))
        names = re.findall(r"^def (\w+)\(stack: Stack\) -> Iterator\[str\]:", written, re.MULTILINE)
        self.assertEqual(sorted(names), sorted(rule.__name__ for rule in {*RULES, *UPLOAD_RULES}))


class Linting(unittest.TestCase):
    def test_a_circle_is_found_after_the_transform(self) -> None:
        template = copy.deepcopy(TEMPLATE)
        properties(template["Resources"], FUNCTION)["Events"]["Objects"] = {
            "Type": "S3",
            "Properties": {"Bucket": {"Ref": "StateBucket"}, "Events": "s3:ObjectCreated:*"},
        }
        self.assertEqual(linted(TRANSFORMED), (True, ""))
        clean, output = linted(validate.transform(template))
        self.assertFalse(clean)
        self.assertIn("E3004", output)

    def test_a_role_that_waits_for_the_bucket_closes_a_circle(self) -> None:
        template = copy.deepcopy(TEMPLATE)
        arn = {"Fn::GetAtt": ["CiLogsBucket", "Arn"]}
        grant(template["Resources"], "TellMissingLogsFromForbiddenOnes", CI_ROLE).update(Resource=arn)
        clean, output = linted(validate.transform(template))
        self.assertFalse(clean)
        self.assertIn("E3004", output)


def linted(template: dict[str, Any]) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory() as scratch, redirect_stdout(io.StringIO()) as output:
        path = Path(scratch) / "template.json"
        path.write_text(json.dumps(template))
        return validate.lint(path, "--ignore-checks", *validate.TRANSFORM_EXCEPTIONS), output.getvalue()


if __name__ == "__main__":
    unittest.main()
