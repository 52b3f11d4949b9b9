"""The state of each step."""

from playbooks.rules.checklist import Step

from .shelf import Kind

STEPS = Kind("steps", Step, key=lambda step: step.id, case=lambda step: step.case)
