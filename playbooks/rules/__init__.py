"""What the agreement decides, as pure functions over frozen values: no I/O, no clock, no network."""
