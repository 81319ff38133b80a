# SPDX-License-Identifier: GPL-2.0-only
"""Reads the TAP of a kernel selftest."""

import re

KSFT_SKIP = 4

_PLAN = re.compile(r"^1\.\.(\d+)(?:\s*#\s*SKIP\s*(.*))?$", re.I)
_POINT = re.compile(r"^(not )?ok (\d+)\s*(.*)$")
_SKIP = re.compile(r"#\s*SKIP\b\s*(.*)$", re.I)


class Result:
    """Counts of one test program, and why it failed or skipped."""

    def __init__(self):
        self.passed = 0
        self.failures = []
        self.skips = []
        self.problems = []

    @property
    def failed(self):
        return len(self.failures) + len(self.problems)

    @property
    def skipped(self):
        return len(self.skips)

    def points(self):
        return self.passed + len(self.failures) + len(self.skips)


def _point(result, match, diagnostics):
    failed, number, name = match.groups()
    skip = _SKIP.search(name)
    if skip:
        result.skips.append(skip.group(1) or name)
    elif failed:
        result.failures.append((f"{number} {name}", diagnostics))
    else:
        result.passed += 1


def parse(lines):
    """The result of these lines, and the plan (None without one)."""
    result, plan, diagnostics = Result(), None, []
    for line in lines:
        match = _POINT.match(line)
        if match:
            _point(result, match, diagnostics)
            diagnostics = []
            continue
        match = _PLAN.match(line)
        if match:
            plan = int(match.group(1))
            if plan == 0 and match.group(2) is not None:
                result.skips.append(match.group(2) or "no reason given")
            continue
        diagnostics.append(line)
    return result, plan


def _status_problem(result, status):
    """A status must say the same as the points do."""
    if status == 0 and result.failures:
        return "it exited with 0 although points failed"
    if status == KSFT_SKIP and (result.passed or result.failures):
        return "it exited with 4 (skip) although points were run"
    if status not in (0, KSFT_SKIP) and not result.failures:
        return f"it exited with status {status} although no point failed"
    return None


def judge(lines, status):
    """The result of a program that wrote lines and exited with status."""
    result, plan = parse(lines)
    if status == KSFT_SKIP and plan is None and not result.points():
        result.skips.append(next((l.lstrip("# ") for l in lines if l.strip()), "no reason given"))
        return result
    if status > 128:
        result.problems.append(f"it was killed by signal {status - 128}")
    elif plan is None:
        result.problems.append(f"it printed no TAP plan and exited with status {status}")
    elif plan and plan != result.points():
        result.problems.append(f"it planned {plan} points and reported {result.points()}")
    else:
        problem = _status_problem(result, status)
        if problem:
            result.problems.append(problem)
    return result
