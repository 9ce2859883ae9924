#!/usr/bin/env bash
# Writes the requests that the official SDKs of OpenAI and Groq can send as JSON Schema into shared/contracts/llm,
# where the tests of our own client read them. Run it by hand to lift the versions; nothing of the SDKs is ever deployed.
# Usage: infra/contracts/llm.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

environment="$(mktemp -d)"
trap 'rm -rf "$environment"' EXIT
python3 -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
  groq==1.7.0 openai==3.54.0 pydantic==2.14.3
"$environment/bin/python" infra/contracts/llm_schema.py shared/contracts/llm
