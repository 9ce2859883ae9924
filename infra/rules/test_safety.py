"""What would do harm before anybody noticed."""

from __future__ import annotations

from . import findings
from .broken import FUNCTION, SECRET, Rules, changed_stack, properties


class Safety(Rules):
    def test_no_secret_is_written_down(self) -> None:
        path = f"Resources.{FUNCTION}.Properties.Environment.Variables"
        advice = "looks like a literal secret; keep it in SSM and name the parameter"
        self.expect(
            lambda r: properties(r, FUNCTION)["Environment"]["Variables"].update(MAIL_TO=SECRET),
            f"{path}.MAIL_TO {advice}",
        )
        self.expect(
            lambda r: properties(r, FUNCTION)["Environment"]["Variables"].update(MAIL_PASSWORD="short"),
            f"{path}.MAIL_PASSWORD {advice}",
            f"{FUNCTION} sets MAIL_PASSWORD, which its config.rs does not read",
            f"infra/local/env/alarm-playbook.json and {FUNCTION} do not agree on MAIL_PASSWORD: one sets it and the other does "
            "not",
        )

    def test_no_secret_is_written_down_nor_passed_as_a_parameter(self) -> None:
        altered = changed_stack()
        altered.raw["Parameters"]["GitHubToken"] = {"Type": "String", "NoEcho": True}
        sentence = "parameter GitHubToken would carry a secret through CloudFormation; keep it in SSM"
        self.assertEqual(findings(altered), [sentence])

    def test_a_first_installation_acts_on_nothing(self) -> None:
        altered = changed_stack()
        altered.raw["Parameters"]["DryRun"]["Default"] = "false"
        self.assertEqual(findings(altered), ["DryRun does not default to 'true'"])
        self.expect(
            lambda r: properties(r, FUNCTION)["Environment"]["Variables"].update(DRY_RUN="false"),
            f"{FUNCTION} does not take DRY_RUN from the parameter DryRun",
        )

    def test_the_kill_switch_reaches_each_function(self) -> None:
        self.expect(
            lambda r: properties(r, FUNCTION)["Environment"]["Variables"].update(MEDIC_PAUSED="false"),
            f"{FUNCTION} does not take MEDIC_PAUSED from the parameter Paused",
        )
