"""Markdown tables of medians, with the machine they were measured on."""

import os
import pathlib
import statistics
import subprocess

import servers

NOISE_LIMIT = 15  # percent of one core


def machine():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), os.uname().machine)
    versions = ", ".join(version(path) for path in (servers.NATS_SERVER, servers.POCKETBASE) if path.exists())
    return f"{os.cpu_count()} cores, {model}, {os.uname().sysname} {os.uname().release}; {versions}"


def version(path):
    return subprocess.run([path, "--version"], capture_output=True, text=True).stdout.strip()


def median(results, key):
    values = [result[key] for result in results if result.get(key) is not None]
    return statistics.median(values) if values else None


def number(value):
    """Three significant digits, with the unit prefix that keeps them short."""
    for limit, suffix in ((1e6, " M"), (1e4, " k")):
        if value >= limit:
            return significant(value / (1e6 if limit == 1e6 else 1e3)) + suffix
    return significant(value)


def significant(value):
    return f"{value:,.0f}" if value >= 1000 else f"{float(f'{value:.3g}'):g}"


def microseconds(value):
    return f"{significant(value / 1e3)} ms" if value >= 1e3 else f"{significant(value)} µs"


def megabytes(kilobytes):
    return f"{kilobytes / 1024:.1f} MiB"


class Table:
    """Rows of peer and ours per metric; a metric is (title, key, format, whether a ratio is of interest)."""

    def __init__(self, metrics):
        self.metrics = metrics
        self.noise = 0
        heads = ["work"]
        for title, _, _, ratio in metrics:
            heads += [f"{title}: peer", "ours"] + (["ours / peer"] if ratio else [])
        self.lines = [heads, ["---"] + ["---:"] * (len(heads) - 1)]

    def add(self, work, peer, ours):
        line = [work]
        for _, key, form, ratio in self.metrics:
            values = [median(side, key) for side in (peer, ours)]
            line += ["–" if value is None else form(value) for value in values]
            if ratio:
                line.append("–" if None in values or not values[0] else f"{significant(values[1] / values[0])}×")
        self.lines.append(line)
        self.noise = max([self.noise] + [result.get("other_cpu_pct") or 0 for result in peer + ours])

    def __str__(self):
        text = "\n".join("| " + " | ".join(line) + " |" for line in self.lines)
        if self.noise > NOISE_LIMIT:
            text += f"\n\nNot to be relied on: other programs took up to {self.noise:.0f}% of a core meanwhile."
        return text
