"""Statements with all their versions and approvals."""

from playbooks.rules.statements import Statement

from .shelf import Kind

STATEMENTS = Kind(
    "statements", Statement, key=lambda one: one.id, case=lambda one: one.case, due=lambda one: one.ends_at
)
