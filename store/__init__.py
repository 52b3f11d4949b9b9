"""The database: what is kept of each noun, the unit of work, the inbox and the outbox."""

import sys
from types import ModuleType

# SQLAlchemy's asyncio package brings its ORM along, of which nothing here is used: six megabytes in a process that
# serves. For as long as the package is first imported, its sessions are names without anything behind them.
if "sqlalchemy.ext.asyncio" not in sys.modules:
    unused = [ModuleType(f"sqlalchemy.ext.asyncio.{name}") for name in ("session", "scoping")]
    for module in unused:
        module.__getattr__ = lambda _name: None  # type: ignore[method-assign]  # how a module answers for any name
        sys.modules[module.__name__] = module
    import sqlalchemy.ext.asyncio  # noqa: F401

    for module in unused:
        del sys.modules[module.__name__]
