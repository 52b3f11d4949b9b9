"""After a restore: what was decided and sent since the backup is not in the database, and must not be met again."""

from datetime import datetime, timedelta

from playbooks.rules.cases import Kind
from store import schema
from store.database import Database
from store.unit import sql_unit

# Between the first and the last place on Earth where a day begins, and UTC.
ZONES = timedelta(hours=14)


async def restored(url: str, now: datetime, *, skip: int) -> list[str]:
    """The next case numbers, `skip` beyond those of the backup: buttons that stand in Slack from since then belong to
    no case. What waited then is looked for before it is sent, and no alarm is raised for the replicas of that time.
    Raises InUse where a process serves the file."""
    # The year of a number is that of the outlet's zone.
    years = sorted({(now - ZONES).year, (now + ZONES).year})
    database = Database(url)
    try:
        await schema.require_current(database)
        database.serve_alone()
        async with sql_unit(database) as unit:
            numbers = [await unit.cases.skip_numbers(kind, year, skip) for kind in Kind for year in years]
            await unit.outbox.doubt()
            for replica in await unit.replicas.silent(timedelta()):
                await unit.replicas.stopped(replica)
        return numbers
    finally:
        await database.close()
