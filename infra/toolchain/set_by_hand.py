"""Gives a function of the local cloud the settings for running it by hand, and prints the function's name.

What names a resource keeps the value that the stack set: the file's names are those of a cloud without a stack.

Usage: .venv/bin/python infra/toolchain/set_by_hand.py FUNCTION SETTINGS_FILE     (in the environment of `medic local`)
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import boto3


def main(function: str, file: str) -> str:
    name = deployed_name(function)
    functions = boto3.client("lambda")
    deployed = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    wanted = settings(deployed, json.loads(Path(file).read_text()))
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": wanted})
    return name


def deployed_name(function: str) -> str:
    output = "".join(word.capitalize() for word in function.split("-")) + "FunctionName"
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    names = [one["OutputValue"] for stack in stacks for one in stack.get("Outputs", []) if one["OutputKey"] == output]
    return names[0] if names else sys.exit(f"no stack of the local cloud has an output {output}")


def settings(deployed: dict[str, str], by_hand: dict[str, str]) -> dict[str, str]:
    chosen = {name: value for name, value in by_hand.items() if not names_a_resource(name)}
    return {**deployed, **chosen}


def names_a_resource(variable: str) -> bool:
    return variable.endswith(("_ARN", "_BUCKET"))


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2]))
