"""Scalable targets by the API and from a template."""

from __future__ import annotations

import json
import unittest
from typing import Any

from botocore.exceptions import ClientError
from started_cloud import StartedCloud, until

KEY = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/checkout",
    "ScalableDimension": "ecs:service:DesiredCount",
}
ROLE = (
    "arn:aws:iam::111122223333:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_ECSService"
)
RUNNING = dict.fromkeys(
    ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), False
)


class ScalableTargets(unittest.TestCase):
    def setUp(self) -> None:
        self.cloud = StartedCloud(self, ECS_ROLLOUT_SECONDS="0.1")
        self.scaling = self.cloud.client("application-autoscaling")
        self.ecs = self.cloud.client("ecs")

    def create_service(self, name: str = "checkout") -> None:
        self.ecs.create_cluster(clusterName="shop")
        container = {"name": "checkout", "image": "checkout:1"}
        self.ecs.register_task_definition(family="checkout", containerDefinitions=[container])
        self.ecs.create_service(
            cluster="shop", serviceName=name, taskDefinition="checkout", desiredCount=1
        )

    def described(self, **asked: Any) -> list[dict[str, Any]]:
        answer = self.scaling.describe_scalable_targets(ServiceNamespace="ecs", **asked)
        return answer["ScalableTargets"]

    def check_refused(self, code: str, call: str, **request: Any) -> None:
        with self.assertRaises(ClientError) as refused:
            getattr(self.scaling, call)(**request)
        self.assertEqual(refused.exception.response["Error"]["Code"], code)

    def test_a_target_is_registered_changed_and_deregistered(self) -> None:
        self.create_service()
        register = self.scaling.register_scalable_target
        arn = register(**KEY, MinCapacity=1, MaxCapacity=4)["ScalableTargetARN"]
        (target,) = self.described()
        created = target.pop("CreationTime")
        self.assertEqual(
            target,
            {
                **KEY,
                "MinCapacity": 1,
                "MaxCapacity": 4,
                "RoleARN": ROLE,
                "SuspendedState": RUNNING,
                "ScalableTargetARN": arn,
            },
        )
        suspended = {"DynamicScalingInSuspended": True}
        again = register(**KEY, MaxCapacity=6, SuspendedState=suspended)
        self.assertEqual(again["ScalableTargetARN"], arn)
        (changed,) = self.described(ResourceIds=[KEY["ResourceId"]])
        self.assertEqual(
            changed,
            {
                **target,
                "CreationTime": created,
                "MaxCapacity": 6,
                "SuspendedState": {**RUNNING, **suspended},
            },
        )
        self.assertEqual(self.described(ResourceIds=["service/shop/other"]), [])
        self.scaling.deregister_scalable_target(**KEY)
        self.assertEqual(self.described(), [])

    def test_what_aws_refuses_is_refused(self) -> None:
        bounds = {"MinCapacity": 1, "MaxCapacity": 4}
        invalid = "ValidationException"
        self.check_refused(invalid, "register_scalable_target", **KEY, **bounds)
        self.create_service()
        self.check_refused(invalid, "register_scalable_target", **KEY, MinCapacity=1)
        upside_down = {"MinCapacity": 2, "MaxCapacity": 1}
        self.check_refused(invalid, "register_scalable_target", **KEY, **upside_down)
        of_nothing = {**KEY, "ResourceId": "table/orders"}
        self.check_refused(invalid, "register_scalable_target", **of_nothing, **bounds)
        self.check_refused(invalid, "describe_scalable_targets", ServiceNamespace="dynamodb")
        self.check_refused("ObjectNotFoundException", "deregister_scalable_target", **KEY)

    def test_pages_and_a_reset(self) -> None:
        for name in ("a", "b", "c"):
            self.create_service(name)
            key = {**KEY, "ResourceId": f"service/shop/{name}"}
            self.scaling.register_scalable_target(**key, MinCapacity=1, MaxCapacity=4)
        pages = self.scaling.get_paginator("describe_scalable_targets").paginate(
            ServiceNamespace="ecs", PaginationConfig={"PageSize": 2}
        )
        found = [[t["ResourceId"][-1] for t in page["ScalableTargets"]] for page in pages]
        self.assertEqual(found, [["a", "b"], ["c"]])
        self.cloud.post("/_ministack/reset")
        self.assertEqual(self.described(), [])

    def test_a_template_registers_and_deregisters_it(self) -> None:
        self.create_service()
        stacks = self.cloud.client("cloudformation")
        properties = {
            **KEY,
            "MinCapacity": {"Ref": "Least"},
            "MaxCapacity": 4,
            "SuspendedState": {"ScheduledScalingSuspended": "true"},
        }
        template = {
            "Parameters": {"Least": {"Type": "Number"}},
            "Resources": {
                "Target": {
                    "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
                    "Properties": properties,
                }
            },
            "Outputs": {"Target": {"Value": {"Ref": "Target"}}},
        }

        def apply(change: str, least: str) -> dict[str, Any]:
            getattr(stacks, f"{change}_stack")(
                StackName="scaling",
                TemplateBody=json.dumps(template),
                Parameters=[{"ParameterKey": "Least", "ParameterValue": least}],
            )

            def settled() -> dict[str, Any] | None:
                (stack,) = stacks.describe_stacks(StackName="scaling")["Stacks"]
                return None if stack["StackStatus"].endswith("_IN_PROGRESS") else stack

            return until("the stack", settled)

        stack = apply("create", "1")
        self.assertEqual(stack["StackStatus"], "CREATE_COMPLETE")
        self.assertEqual(
            stack["Outputs"][0]["OutputValue"],
            "service/shop/checkout|ecs:service:DesiredCount|ecs",
        )
        (target,) = self.described()
        self.assertEqual(
            (target["MinCapacity"], target["MaxCapacity"], target["SuspendedState"]),
            (1, 4, {**RUNNING, "ScheduledScalingSuspended": True}),
        )
        self.assertEqual(apply("update", "2")["StackStatus"], "UPDATE_COMPLETE")
        self.assertEqual([t["MinCapacity"] for t in self.described()], [2])
        stacks.delete_stack(StackName="scaling")
        until("no target", lambda: not self.described())


if __name__ == "__main__":
    unittest.main()
