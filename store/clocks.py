"""Deadlines, which are rows (invariant 3), and the reports that meet them."""

from playbooks.rules.clocks import Clock, Report

from .shelf import Kind

CLOCKS = Kind(
    "clocks", Clock, key=lambda clock: clock.id, case=lambda clock: clock.case, due=lambda clock: clock.next_ping_at
)
REPORTS = Kind(
    "reports", Report, key=lambda report: report.id, case=lambda report: report.case, due=lambda one: one.next_ping_at
)
