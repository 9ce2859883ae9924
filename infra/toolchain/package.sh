#!/usr/bin/env bash
# Builds functions for Lambda into target/lambda/<function>/, as infra/template.yaml expects them.
# Usage: infra/toolchain/package.sh [PACKAGE...]     without PACKAGE all of functions/
# ARCH: arm64 or x86_64; this machine's by default.
# COMPILER: cargo for this machine's architecture, cargo-zigbuild for the other one or for an older C library than ours.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly bin="$PWD/.venv/bin"
export PATH="$PWD/infra/toolchain/bin:$PATH"
# The C library of provided.al2023. A binary that asks for a newer one does not start there.
readonly lambda_glibc_minor=34

fail() {
  echo "package: $1" >&2
  exit 1
}

case "$(uname -m)" in
  aarch64 | arm64) host=arm64 ;;
  *) host=x86_64 ;;
esac
arch="${ARCH:-$host}"
[[ $arch == arm64 || $arch == x86_64 ]] || fail "ARCH is \`$arch\`; use arm64 or x86_64"
if [[ $arch == "$host" && "$(uname -s)" == Linux ]]; then
  compiler="${COMPILER:-cargo}"
else
  compiler="${COMPILER:-cargo-zigbuild}"
fi
triple="${arch/arm64/aarch64}-unknown-linux-gnu"
[[ -d "$(rustc --print sysroot)/lib/rustlib/$triple" ]] || fail "Rust's target is missing: rustup target add $triple"
# zig comes with the pinned packages, as a module of their Python.
if [[ $compiler == cargo-zigbuild ]]; then PATH="$PWD/infra/toolchain/bin:$bin:$PATH"; fi

names=("$@")
if ((${#names[@]} == 0)); then
  for manifest in functions/*/Cargo.toml; do
    names+=("$(basename "$(dirname "$manifest")")")
  done
fi
packages=("${names[@]/#/--package=}")

CARGO_LAMBDA_COMPILER="$compiler" "$bin/cargo-lambda" lambda build --release --locked --skip-target-check \
  --target "$triple" --lambda-dir target/lambda "${packages[@]}"

for name in "${names[@]}"; do
  out="target/lambda/$name"
  if [[ -f functions/$name/playbook.yaml ]]; then cp "functions/$name/playbook.yaml" "$out/"; fi
  read -r built glibc < <("$bin/python" infra/toolchain/bootstrap_facts.py "$out/bootstrap")
  echo "$out/bootstrap: $built, $(wc -c <"$out/bootstrap" | tr -d ' ') bytes, needs glibc $glibc"
  if ((${glibc#2.} > lambda_glibc_minor)); then
    echo "package: provided.al2023 has glibc 2.$lambda_glibc_minor, so this runs here but not on AWS; use COMPILER=cargo-zigbuild" >&2
  fi
done
