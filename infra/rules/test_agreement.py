"""Where the template and the Rust code have to say the same."""

from __future__ import annotations

import dataclasses
import tempfile
import unittest
from pathlib import Path
from typing import Any

from . import findings
from .broken import BY_HAND, EXPORTER_ROLE, FUNCTION, ROLE, Rules, changed_stack, grant, grants, properties
from .source import Source, read_source


class Agreement(Rules):
    def test_the_document_is_that_of_the_host(self) -> None:
        document = "RestartContainerDocument"
        self.expect(
            lambda r: properties(r, document)["Content"]["parameters"]["Container"].pop("allowedPattern"),
            f"{document} is not what infra/host/restart-container.yaml says",
        )

    def test_variables_set_are_variables_read(self) -> None:
        self.expect(
            lambda r: properties(r, FUNCTION)["Environment"]["Variables"].pop("DRY_RUN"),
            f"{FUNCTION} does not set DRY_RUN, which its config.rs reads",
            f"infra/local/env/alarm-playbook.json and {FUNCTION} do not agree on DRY_RUN: one sets it and the other does not",
        )
        self.expect(
            lambda r: properties(r, FUNCTION)["Environment"]["Variables"].update(UNREAD="1"),
            f"{FUNCTION} sets UNREAD, which its config.rs does not read",
            f"infra/local/env/alarm-playbook.json and {FUNCTION} do not agree on UNREAD: one sets it and the other does not",
        )
        self.assertIn(
            f"{FUNCTION}: functions/alarm-playbook/src/config.rs is missing, so nobody reads its variables",
            findings(changed_stack(source=None)),
        )

    def test_actions_granted_are_calls_made(self) -> None:
        self.expect(
            lambda r: grant(r, "ReadAndWriteRecords")["Action"].append("s3:GetObjectAcl"),
            f"{FUNCTION} may do s3:GetObjectAcl, which no code calls",
        )
        self.expect(
            lambda r: grants(r).remove(grant(r, "ReadMetrics")),
            "functions/alarm-playbook calls get_metric_data, but no role of it grants cloudwatch:GetMetricData",
        )
        self.expect(
            lambda r: [
                grant(r, sid, role).update(Action=["s3:GetObject", "s3:PutObject"])
                for sid, role in (
                    ("KeepTheIndexOfOpenIncidents", ROLE),
                    ("MarkWhatIsUnderRemediation", ROLE),
                    ("WriteAndTidyLogs", EXPORTER_ROLE),
                )
            ],
            "functions/log-exporter calls delete_objects, but no role of it grants s3:DeleteObject",
            "shared calls delete_object, but no role of it grants s3:DeleteObject",
        )
        self.expect(
            lambda r: grant(r, "RestartScaleAndRollBackTheListedServices")["Action"].remove("ecs:DescribeServices"),
            "functions/alarm-playbook calls describe_services, but no role of it grants ecs:DescribeServices",
        )
        self.expect(
            lambda r: grant(r, "MailTheReport").update(Action="ses:SendRawEmail"),
            f"{FUNCTION} may do ses:SendRawEmail, which no code calls",
        )

    def test_variables_set_are_variables_read_unless_left_alone_on_purpose(self) -> None:
        self.expect(
            lambda r: properties(r, FUNCTION)["Environment"]["Variables"].update(PLAYBOOK_FILE="other.yaml"),
            f"{FUNCTION} sets PLAYBOOK_FILE: package.sh packs one playbook, under the default name",
            f"infra/local/env/alarm-playbook.json and {FUNCTION} do not agree on PLAYBOOK_FILE: one sets it and the other does "
            "not",
        )

    def test_settings_by_hand_are_the_templates(self) -> None:
        def found(by_hand: dict[str, dict[str, Any]]) -> list[str]:
            others = {name: one for name, one in BY_HAND.items() if name != "alarm-playbook"}
            return findings(dataclasses.replace(changed_stack(), by_hand=others | by_hand))

        file, settings = "infra/local/env/alarm-playbook.json", BY_HAND["alarm-playbook"]
        self.assertEqual(found({}), [f"{file} is missing, so {FUNCTION} cannot be run by hand"])
        without = {name: value for name, value in settings.items() if name != "STATE_BUCKET"}
        sentence = f"{file} and {FUNCTION} do not agree on STATE_BUCKET: one sets it and the other does not"
        self.assertEqual(found({"alarm-playbook": without}), [sentence])
        sentence = f"{file} sets DRY_RUN to something that is no text, which an environment cannot hold"
        self.assertEqual(found({"alarm-playbook": {**settings, "DRY_RUN": False}}), [sentence])


class ReadingRust(unittest.TestCase):
    def test_only_the_code_that_is_deployed_counts(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            package = Path(scratch)
            (package / "src").mkdir()
            (package / "Cargo.toml").write_text(
                '[dependencies]\naws-sdk-ecs.workspace = true\n[dev-dependencies]\naws-sdk-s3 = { workspace = true }\n'
            )
            (package / "src" / "config.rs").write_text(
                'settings.required("STATE_BUCKET", "OK")?; // or "OLD_NAME"\n'
                'settings.optional("LAMBDA_TASK_ROOT");\n'
                '#[cfg(test)]\nmod tests { const OTHER: &str = "TEST_ONLY"; fn f() { ecs.stop_task().send() } }\n'
            )
            (package / "src" / "ecs.rs").write_text("/// not .delete_service()\nclient\n    .update_service()\n")
            (package / "src" / "metrics.rs").write_text(
                'const TICKS: &str = "Ticks"; // once "Polls"\n'
                'const ALL: [(&str, &str); 1] = [("TimeToRecover", "Seconds")];\nconst WORD: &str = "remediate";\n'
            )
            self.assertEqual(
                read_source(package),
                Source(
                    frozenset({"STATE_BUCKET"}),
                    frozenset({"update_service"}),
                    frozenset({"ecs"}),
                    frozenset({"Ticks", "TimeToRecover"}),
                    frozenset({"remediate"}),
                ),
            )

    def test_settings_are_read_by_modules_and_by_shared_methods_too(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            package, shared = Path(scratch) / "functions" / "one", Path(scratch) / "shared" / "src"
            (package / "src" / "llm").mkdir(parents=True)
            shared.mkdir(parents=True)
            (package / "Cargo.toml").write_text("[dependencies]\n")
            (package / "src" / "config.rs").write_text(
                'vars.list("REPOSITORIES", "whose they are")?;\nvars.mail()?;\nllm::providers(&vars)\n'
            )
            (package / "src" / "llm" / "settings.rs").write_text(
                'key: concat!($prefix, "_KEY"),\nmodel: concat!($prefix, "_MODEL"),\n'
                'A => of!("GROQ"),\nB => of!("OPENAI"),\nvars.optional_list("LLM_PROVIDERS")\n'
            )
            (shared / "settings.rs").write_text(
                'pub fn optional(&self, name: &str) {}\npub fn mail(&self) { self.optional("MAIL_FROM"); }\n'
                'pub fn pager(&self) { self.optional("PAGER_TOPIC") }\n'
            )
            wanted = {"REPOSITORIES", "MAIL_FROM", "LLM_PROVIDERS", "GROQ_KEY", "GROQ_MODEL", "OPENAI_KEY", "OPENAI_MODEL"}
            self.assertEqual(read_source(package).variables, wanted)
