"""A service with its load balancer from a template, and what becomes of a template's text."""

from __future__ import annotations

import json
import unittest
from typing import Any

import ecs_templates
from started_cloud import StartedCloud, fetch, until

CONTAINER = {
    "Name": "checkout",
    "Image": "example.com:5000/shop/checkout:7",
    "PortMappings": [{"ContainerPort": 8080}],
    "Environment": [{"Name": "LEVEL", "Value": {"Ref": "Level"}}],
    "StopTimeout": 5,
}

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Level": {"Type": "String", "Default": "debug"},
        "Fault": {"Type": "String", "Default": "none"},
        "Rollback": {"Type": "String", "Default": "true"},
    },
    "Resources": {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.7.0.0/16"}},
        "SubnetA": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.7.1.0/24"},
        },
        "Balancer": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {"Name": "shop", "Subnets": [{"Ref": "SubnetA"}]},
        },
        "Group": {
            "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
            "Properties": {
                "Name": "checkout",
                "Port": 8080,
                "Protocol": "HTTP",
                "TargetType": "ip",
                "VpcId": {"Ref": "Vpc"},
                "HealthCheckPath": "/health",
                "HealthCheckIntervalSeconds": 5,
                "HealthyThresholdCount": 2,
                "Matcher": {"HttpCode": "200-299"},
                "TargetGroupAttributes": [
                    {"Key": "deregistration_delay.timeout_seconds", "Value": "10"}
                ],
            },
        },
        "Listener": {
            "Type": "AWS::ElasticLoadBalancingV2::Listener",
            "Properties": {
                "LoadBalancerArn": {"Ref": "Balancer"},
                "Port": 80,
                "Protocol": "HTTP",
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Group"}}],
            },
        },
        "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "shop"}},
        "Definition": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "Family": "checkout",
                "RequiresCompatibilities": ["FARGATE"],
                "NetworkMode": "awsvpc",
                "Cpu": "256",
                "Memory": "512",
                "ContainerDefinitions": [
                    {
                        **CONTAINER,
                        "Environment": [
                            {"Name": "LEVEL", "Value": {"Ref": "Level"}},
                            {"Name": "FAULT", "Value": {"Ref": "Fault"}},
                        ],
                    }
                ],
            },
        },
        "Service": {
            "Type": "AWS::ECS::Service",
            "DependsOn": "Listener",
            "Properties": {
                "ServiceName": "checkout",
                "Cluster": {"Fn::GetAtt": ["Cluster", "Arn"]},
                "TaskDefinition": {"Ref": "Definition"},
                "DesiredCount": 1,
                "LaunchType": "FARGATE",
                "HealthCheckGracePeriodSeconds": 1,
                "NetworkConfiguration": {
                    "AwsvpcConfiguration": {"Subnets": [{"Ref": "SubnetA"}]}
                },
                "LoadBalancers": [
                    {
                        "ContainerName": "checkout",
                        "ContainerPort": 8080,
                        "TargetGroupArn": {"Ref": "Group"},
                    }
                ],
                "DeploymentConfiguration": {
                    "MinimumHealthyPercent": 100,
                    "MaximumPercent": 200,
                    "DeploymentCircuitBreaker": {"Enable": True, "Rollback": {"Ref": "Rollback"}},
                },
            },
        },
    },
    "Outputs": {"Service": {"Value": {"Ref": "Service"}}},
}


class AStack(unittest.TestCase):
    def setUp(self) -> None:
        self.cloud = StartedCloud(self, ALB_HEALTH_CHECK_SPEEDUP="50")
        self.stacks = self.cloud.client("cloudformation")
        self.ecs = self.cloud.client("ecs")

    def settled(self) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            (stack,) = self.stacks.describe_stacks(StackName="shop")["Stacks"]
            return None if stack["StackStatus"].endswith("_IN_PROGRESS") else stack

        return until("the end of the stack's change", look)

    def service(self) -> dict[str, Any]:
        return self.ecs.describe_services(cluster="shop", services=["checkout"])["services"][0]

    def apply(self, change: str, **parameters: str) -> dict[str, Any]:
        given = [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]
        method = getattr(self.stacks, f"{change}_stack")
        method(StackName="shop", TemplateBody=json.dumps(TEMPLATE), Parameters=given)
        return self.settled()

    def test_it_is_created_when_the_service_runs_and_updated_by_a_rollout(self) -> None:
        stack = self.apply("create")
        self.assertEqual(stack["StackStatus"], "CREATE_COMPLETE")
        service = self.service()
        self.assertEqual(stack["Outputs"][0]["OutputValue"], service["serviceArn"])
        self.assertEqual(
            (service["runningCount"], service["healthCheckGracePeriodSeconds"]), (1, 1)
        )
        self.assertEqual(
            service["deploymentConfiguration"],
            {
                "minimumHealthyPercent": 100,
                "maximumPercent": 200,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            },
        )
        (listed,) = self.cloud.get("/_medic/load-balancers")
        status, task = fetch(f"{listed['endpoint']}/")
        self.assertEqual(status, 200)
        attachment = self.ecs.describe_tasks(cluster="shop", tasks=[task])["tasks"][0][
            "attachments"
        ][0]
        address = {d["name"]: d["value"] for d in attachment["details"]}["privateIPv4Address"]
        self.assertTrue(address.startswith("10.7.1."), address)

        stack = self.apply("update", Level="info")
        self.assertEqual(stack["StackStatus"], "UPDATE_COMPLETE")
        after = self.service()
        self.assertTrue(after["taskDefinition"].endswith("checkout:2"))
        self.assertEqual(after["deployments"][0]["rolloutState"], "COMPLETED")

        self.stacks.delete_stack(StackName="shop")
        # The cluster goes after the service, which goes after its tasks.
        until("the end of the stack", lambda: not self.ecs.list_clusters()["clusterArns"])
        self.assertEqual(self.cloud.get("/_medic/load-balancers"), [])

    def test_a_service_whose_tasks_fail_makes_the_stack_fail(self) -> None:
        stack = self.apply("create", Fault="exit", Rollback="false")
        self.assertEqual(stack["StackStatus"], "ROLLBACK_COMPLETE")
        events = self.stacks.describe_stack_events(StackName="shop")["StackEvents"]
        reasons = [e.get("ResourceStatusReason", "") for e in events]
        self.assertTrue(any("Circuit Breaker was triggered" in reason for reason in reasons))


class Text(unittest.TestCase):
    def test_numbers_and_truth_values_become_what_the_api_has(self) -> None:
        given = {
            "desiredCount": "2",
            "deploymentConfiguration": {
                "maximumPercent": "200",
                "deploymentCircuitBreaker": {"enable": "true", "rollback": "false"},
            },
            "environment": [{"name": "essential", "value": "7"}],
        }
        self.assertEqual(
            ecs_templates.typed(given),
            {
                "desiredCount": 2,
                "deploymentConfiguration": {
                    "maximumPercent": 200,
                    "deploymentCircuitBreaker": {"enable": True, "rollback": False},
                },
                "environment": [{"name": "essential", "value": "7"}],
            },
        )


if __name__ == "__main__":
    unittest.main()
