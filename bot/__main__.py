"""`python -m bot`."""

from .cli import app

app()
