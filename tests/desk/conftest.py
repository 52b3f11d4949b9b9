"""A desk over an empty store, at noon."""

import pytest

from ..fakes import FakePorts, fake_ports


@pytest.fixture
def ports() -> FakePorts:
    return fake_ports()
