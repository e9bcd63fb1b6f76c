"""The Autobahn test suite's fuzzing client, which is written for Python 2, under Python 3.

The suite is converted with lib2to3 (Python 3.12 is the last that has it) into a folder of its own. What remains is that its
cases keep bytes in strings: here each byte is one character, and becomes a byte again where a case meets the protocol.

usage: fuzzing_client.py URL OUTDIR [CASE...]; cases are written as `1.*`, and all of them run where none is named.
"""

import binascii
import collections
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path


def convert(folder):
    """The suite's package for Python 3, in `folder`."""
    target = folder / "autobahntestsuite"
    if target.exists():
        return
    source = Path(importlib.util.find_spec("autobahntestsuite").origin).parent
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(
        [sys.executable, "-m", "lib2to3", "--write", "--nobackups", target], check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    for file in (target / "case").glob("*.py"):
        text = file.read_text().replace("(object, Case", "(Case").replace("from zope.interface import implements\n", "")
        file.write_text(re.sub(r"\bimplements\(.*\)", "pass", text))
    # The rest of the suite, for which the package's start would ask, is of no use here.
    start = target / "__init__.py"
    start.write_text(re.sub(r"(?m)^from \. import .*$", "", start.read_text()))
    compression = target / "case" / "case12_x_x.py"
    names = r"\b(?:request|accept)?(?:[nN]oContextTakeover|[mM]axWindowBits)\b|\bwindowBits\b"
    compression.write_text(re.sub(
        names, lambda name: re.sub(r"(?<!^)([A-Z])", lambda capital: "_" + capital[1].lower(), name[0]),
        compression.read_text(),
    ))
    for file in (target / "case").glob("case6_2_*.py"):
        literal = r"(?m)^( *PAYLOAD\d* = )(\".*\")$"
        file.write_text(re.sub(literal, r'\1\2.encode("utf-8").decode("latin-1")', file.read_text()))
    division = target / "case" / "case10_1_1.py"
    division.write_text(division.read_text().replace(" / ", " // "))
    cases = target / "case" / "case6_x_x.py"
    text = cases.read_text().replace('.encode("utf-8")', '.encode("utf-8").decode("latin-1")')
    cases.write_text(re.sub(r"\bvalidate\(([^()\n]+)\)", r'validate(\1.encode("latin-1"))', text))


def to_bytes(value):
    return value.encode("latin-1") if isinstance(value, str) else value


def to_text(value):
    return value.decode("latin-1") if isinstance(value, (bytes, bytearray)) else value


def sends_bytes(protocol, name):
    """Makes a method of the protocol take its payload as a case has it."""
    original = getattr(protocol, name)

    def send(self, *arguments, **named):
        arguments = [to_bytes(argument) for argument in arguments]
        for key in ("payload", "reasonUtf8"):
            if key in named:
                named[key] = to_bytes(named[key])
        return original(self, *arguments, **named)

    setattr(protocol, name, send)


def adapt(fuzzing, case):
    """Puts the seam between strings and bytes where cases and protocol meet."""
    hexadecimal = binascii.b2a_hex
    binascii.b2a_hex = lambda data: hexadecimal(to_bytes(data)).decode()
    client, factory = fuzzing.FuzzingClientProtocol, fuzzing.FuzzingClientFactory
    for name in ("sendFrame", "sendMessage", "sendMessageFrameData", "sendPing", "sendPong", "sendCloseFrame"):
        sends_bytes(client, name)
    # The wire is not logged, since its reports would take most of the time; cases ask how many frames there were.
    for name in ("logRxOctets", "logTxOctets", "enableWirelog"):
        setattr(client, name, lambda self, *arguments, **named: None)

    def counting(statistics):
        def count(self, header, *arguments):
            counts = getattr(self, statistics)
            counts[header.opcode] = counts.get(header.opcode, 0) + 1
        return count

    client.logRxFrame, client.logTxFrame = counting("rxFrameStats"), counting("txFrameStats")

    def received(name):
        def tell(self, payload, *rest):
            if self.runCase:
                is_raw = self.runCase.__class__.__name__.startswith(("Case12", "Case13"))
                getattr(self.runCase, name)(payload if is_raw else to_text(payload), *rest)
        return tell

    for name in ("onMessage", "onPing", "onPong"):
        setattr(client, name, received(name))
    case.compare = lambda self, one, other: repr(one) == repr(other)

    websocket_init = fuzzing.WebSocketClientFactory.__init__
    fuzzing.WebSocketClientFactory.__init__ = lambda self, *arguments, **named: websocket_init(self)
    results = {}

    def log_case(self, result):
        results[result["id"]] = (result["behavior"], result["behaviorClose"], result["result"])
        print(f"{result['id']:10} {result['behavior']:14} close {result['behaviorClose']:8} {result['duration']} ms", flush=True)

    factory.logCase = log_case
    factory.createReports = lambda self: None
    return results


def main(url, folder, *cases):
    folder = Path(folder).absolute()
    convert(folder)
    sys.path.insert(0, str(folder))
    for name in [name for name in sys.modules if name.startswith("autobahntestsuite")]:
        del sys.modules[name]
    hexadecimal = binascii.b2a_hex
    binascii.b2a_hex = lambda data: hexadecimal(to_bytes(data)).decode()
    import autobahn.twisted  # chooses the framework, before the suite needs one
    from autobahntestsuite import fuzzing
    from autobahntestsuite.case.case import Case
    binascii.b2a_hex = hexadecimal
    from twisted.internet import reactor

    results = adapt(fuzzing, Case)
    fuzzing.startClient({
        "outdir": str(folder), "servers": [{"agent": "resdev", "url": url}], "cases": list(cases) or ["*"],
        "exclude-cases": [], "exclude-agent-cases": {},
    })
    reactor.run()
    (folder / "results.json").write_text(json.dumps(results, indent=1))
    print()
    for label, index in (("behaviour", 0), ("close", 1)):
        counts = collections.Counter(result[index] for result in results.values())
        print(label, "  ".join(f"{count} {name}" for name, count in counts.most_common()))
    good = {"OK", "NON-STRICT", "INFORMATIONAL"}
    bad = {name for name, result in results.items() if result[0] not in good or result[1] not in good}
    for name in sorted(bad):
        print("FAILED", name, *results[name])
    sys.exit(1 if bad or not results else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
