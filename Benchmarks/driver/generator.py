"""The load generator: one run, one line of JSON."""

import json
import subprocess

import servers

RESBENCH = servers.BENCH / "resbench"


def run(arguments):
    command = [str(part) for part in (RESBENCH, *arguments)]
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if process.returncode:
        raise SystemExit(f"failed: {' '.join(command)}")
    return json.loads(process.stdout)
