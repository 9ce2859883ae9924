"""Prints the architecture of a Linux binary in Lambda's words and the newest C library it asks for: `x86_64 2.34`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

# e_machine of the ELF header.
ARCHITECTURES = {0x3E: "x86_64", 0xB7: "arm64"}


def main(path: str) -> str:
    binary = Path(path).read_bytes()
    architecture = ARCHITECTURES.get(int.from_bytes(binary[18:20], "little")) if binary[:4] == b"\x7fELF" else None
    if architecture is None:
        return f"{path} is no Linux binary for arm64 or x86_64"
    minor = max((int(version) for version in re.findall(rb"GLIBC_2\.(\d+)", binary)), default=0)
    print(architecture, f"2.{minor}")
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
