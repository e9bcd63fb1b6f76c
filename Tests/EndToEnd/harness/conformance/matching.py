"""Comparing what came with what a transcript says."""

import json
import re

VARIABLE = re.compile(r"<([a-z][a-zA-Z0-9]*|_)>")


class Number(str):
    """A number as it was written, for `1` is not `1.0`."""


def decode(text):
    """JSON with its numbers as they were written. A name that stands twice in one object is an error."""
    return json.loads(text, parse_int=Number, parse_float=Number, object_pairs_hook=_object)


def _object(pairs):
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the member {name} stands twice in one object")
    return dict(pairs)


def matches(expected, actual, variables):
    """Whether a value is as expected. `<name>` in a string stands for any text, the same wherever it stands; `<_>` for
    anything; a member `"..."` for any further members. Variables are bound only when all of it matches."""
    bound = dict(variables)
    if not _value(expected, actual, bound):
        return False
    variables.update(bound)
    return True


def _value(expected, actual, variables):
    if expected == "<_>":
        return True
    if isinstance(expected, str) and not isinstance(expected, Number):
        return isinstance(actual, str) and not isinstance(actual, Number) and text_matches(expected, actual, variables)
    if isinstance(expected, dict) and isinstance(actual, dict):
        names = set(expected) - {"..."}
        if not (names <= set(actual) if "..." in expected else names == set(actual)):
            return False
        return all(_value(expected[name], actual[name], variables) for name in sorted(names))
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(_value(e, a, variables) for e, a in zip(expected, actual))
    return type(expected) is type(actual) and expected == actual


def text_matches(expected, actual, variables):
    """Whether a text is as expected, variables in it bound."""
    if not VARIABLE.search(expected):
        return expected == actual
    pattern, names, position = "", [], 0
    for found in VARIABLE.finditer(expected):
        pattern += re.escape(expected[position:found.start()])
        position = found.end()
        name = found[1]
        if name in variables:
            pattern += re.escape(variables[name])
        elif name in names:
            pattern += f"(?P={name})"
        elif name == "_":
            pattern += ".*?"
        else:
            pattern += f"(?P<{name}>.+?)"
            names.append(name)
    match = re.fullmatch(pattern + re.escape(expected[position:]), actual, re.DOTALL)
    if match:
        variables.update({name: match[name] for name in names})
    return match is not None


def payload_matches(expected, actual, variables):
    """Whether a payload is as expected: as JSON where the expectation is JSON, else as text. `-` is an empty one."""
    if expected == "-":
        return actual == ""
    try:
        wanted = decode(expected)
    except ValueError:
        return text_matches(expected, actual, variables)
    try:
        given = decode(actual)
    except ValueError:
        return False
    return matches(wanted, given, variables)


def filled_in(text, variables):
    """The text with the variables that are bound replaced by their values."""
    return VARIABLE.sub(lambda found: variables.get(found[1], found[0]), text)
