"""Runs the groups of cells asked for, peer and resdev alternately, and prints a table of medians for each."""

import argparse
import json
import re
import sys

import cells
import footprint
import generator
import report
import servers

LOAD_METRICS = [
    ("operations/s", "rate", report.number, True),
    ("CPU µs/op", "server_cpu_us_per_op", report.significant, True),
    ("p50", "p50_us", report.microseconds, False),
    ("p99", "p99_us", report.microseconds, False),
    ("memory after", "rss_kb", report.megabytes, False),
]
# The gateway's clients are measured one by one, and so is what they have.
GATEWAY_METRICS = LOAD_METRICS + [("KiB/subscription", "rss_per_sub_kb_server", report.significant, False)]


def note(text):
    print(text, file=sys.stderr, flush=True)


def measure(side, cell):
    with side.start() as server:
        subcommand, *rest = side.load(server)
        result = generator.run([subcommand, "-procs", f"server={server.pid}", *rest])
    result |= result.get(cell.phase, {})
    faults = {key: result[key] for key in ("lost", "non2xx", "socket_errors", "dead_conns") if result.get(key)}
    if faults:
        note(f"    faults: {faults}")
    if "ops" in result and result.get("secs"):
        result.setdefault("ops_per_s", result["ops"] / result["secs"])
    return {**result, "rate": result[cell.rate], "rss_kb": result["procs"]["server"]["rss_kb"], "faults": faults}


def alternate(work, sides, runs, record):
    """Measures every side once per run, so that a drift of the machine meets all alike."""
    results = {name: [] for name in sides}
    for _ in range(runs):
        for name, run in sides.items():
            result = run()
            record.write(json.dumps({"work": work, "side": name, **result}) + "\n")
            record.flush()
            results[name].append(result)
    return results.get("peer", []), results.get("ours", [])


def load_table(options, group, record):
    table = report.Table(GATEWAY_METRICS if group == "gateway" else LOAD_METRICS)
    for cell in cells.GROUPS[group](options.seconds):
        if not re.search(options.only, cell.work):
            continue
        note(f"  {cell.work}")
        there = [name for name in options.sides if getattr(cell, name)]
        sides = {name: lambda side=getattr(cell, name), cell=cell: measure(side, cell) for name in there}
        peer, ours = alternate(cell.work, sides, options.runs, record)
        faulty = any(result["faults"] for result in peer + ours)
        table.add(cell.work + (" (with faults)" if faulty else ""), peer, ours)
    return table


def startup_table(options, record):
    table = report.Table(footprint.METRICS)
    for work, peer, ours in footprint.programs():
        note(f"  {work}")
        starts = {"peer": peer, "ours": ours}
        table.add(work, *alternate(work, {name: starts[name] for name in options.sides}, options.runs, record))
    return table


def arguments():
    groups = [*cells.GROUPS, "startup"]
    parser = argparse.ArgumentParser(prog="Benchmarks/run", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"{', '.join(groups)}; all of them unless named")
    parser.add_argument("--side", choices=("peer", "ours"), help="measure only one side")
    parser.add_argument("--runs", type=int, default=3, help="per cell and side; the median is shown (3)")
    parser.add_argument("--seconds", type=int, default=4, help="load per run (4)")
    parser.add_argument("--only", default="", metavar="REGEX", help="cells whose name matches")
    options = parser.parse_args()
    unknown = set(options.groups) - set(groups)
    if unknown:
        parser.error(f"unknown group {', '.join(sorted(unknown))}: there are {', '.join(groups)}")
    options.groups = options.groups or groups
    options.sides = [options.side] if options.side else ["peer", "ours"]
    return options


def main():
    options = arguments()
    print(f"{report.machine()}. Medians of {options.runs}.")
    with open(servers.BENCH / "results.jsonl", "a") as record:
        for group in options.groups:
            note(group)
            table = startup_table(options, record) if group == "startup" else load_table(options, group, record)
            print(f"\n## {group}\n\n{table}", flush=True)


main()
