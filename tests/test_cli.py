"""The command line as an operator meets it: what `check` says, what `serve` refuses, and how it ends."""

import asyncio
import base64
import re
import shutil
import signal
import socket
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot.demo.world import DIRECTORY, companies
from playbooks.library import AGREEMENT
from sandbox import Sandbox
from tests.ports import free_port

from . import command_line


@dataclass
class Operator:
    """Someone at a shell, in a folder with a directory and a local Slack to talk to."""

    folder: Path
    slack: Sandbox

    def settings(self) -> dict[str, str]:
        app = next(iter(self.slack.world.apps.values())).settings
        return {
            "SLACK_BOT_TOKEN": app.bot_token,
            "SLACK_APP_TOKEN": app.app_token,
            "SLACK_SIGNING_SECRET": app.signing_secret,
            "JOINTROOM_SLACK_API_URL": self.slack.api_url,
            "JOINTROOM_PORT": "0",
        }

    async def starts(self, *arguments: str, **environment: str) -> asyncio.subprocess.Process:
        return await command_line.starts(*arguments, folder=self.folder, **self.settings() | environment)

    async def runs(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Its exit code, and everything it printed."""
        return await command_line.runs(*arguments, folder=self.folder, **self.settings() | environment)

    async def refused(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """As `runs`, for a command that would go on for ever if it were not refused."""
        ran = await self.starts(*arguments, **environment)
        printed, complained = await asyncio.wait_for(ran.communicate(), 30)
        assert b"Traceback" not in complained, complained.decode()
        return ran.returncode or 0, printed.decode() + complained.decode()

    def writes(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def directory(self, *changes: tuple[str, str]) -> int:
        """The demo's directory with these replacements; the line of the first one."""
        text = DIRECTORY.read_text(encoding="utf-8")
        line = text[: text.index(changes[0][0])].count("\n") + 1 if changes else 0
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        self.writes("directory.yml", text)
        return line

    def playbooks(self, name: str, old: str, new: str) -> int:
        """The shipped agreement in `mine/`, with one change; its line."""
        shutil.copytree(AGREEMENT, self.folder / "mine", dirs_exist_ok=True)
        text = (AGREEMENT / name).read_text(encoding="utf-8")
        assert old in text
        self.writes(f"mine/{name}", text.replace(old, new, 1))
        return text[: text.index(old)].count("\n") + 1


@pytest.fixture(name="shell")
async def _shell(tmp_path: Path) -> AsyncIterator[Operator]:
    async with Sandbox(companies()) as slack:
        one = Operator(tmp_path, slack)
        one.directory()
        yield one


async def test_check_says_that_all_is_well_or_what_is_left_to_do(shell: Operator) -> None:
    code, printed = await shell.runs("check")
    assert code == 1 and "run `python -m bot migrate`" in printed

    assert await shell.runs("migrate") == (0, "The database is up to date.\n")
    assert await shell.runs("migrate") == (0, "The database is up to date.\n")
    code, printed = await shell.runs("check")

    assert code == 0, printed
    assert "error" not in printed
    for sentence in ("playbooks are valid", "directory is valid: 18 offices", "token is good for team T0HARBOUR",
                     "the token has every scope", "the directory has no gaps"):  # fmt: skip
        assert sentence in printed


async def test_check_names_settings_that_are_missing_or_wrong(shell: Operator) -> None:
    absent = await shell.runs("check", SLACK_BOT_TOKEN="")
    refused = await shell.runs("check", SLACK_BOT_TOKEN="xoxb-wrong")
    nobody = await shell.runs("check", SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET="")
    bad = await shell.runs("check", JOINTROOM_PORT="99999")
    swapped = await shell.runs("check", SLACK_BOT_TOKEN="xapp-1", SLACK_APP_TOKEN="xoxb-1")
    away = await shell.runs("check", JOINTROOM_SLACK_API_URL="http://127.0.0.1:9/")
    database = await shell.runs("check", DATABASE_URL="sqlite+aiosqlite:////nowhere/at/all.sqlite")
    other = await shell.runs("check", DATABASE_URL="mysql://someone:secret@db/x")
    away_too = await shell.runs("check", DATABASE_URL="postgresql://someone:secret@127.0.0.1:9/x")
    secret = await shell.runs("check", DATABASE_URL="postgresql://someone:se?cret=@h:p/x")
    socket = await shell.runs("check", SLACK_APP_TOKEN="xapp-wrong")
    nowhere = await shell.runs("check", DATABASE_URL="sqlite+aiosqlite:///:memory:")
    option = await shell.runs("check", DATABASE_URL="postgresql://someone:secret@db/x?sslmode=require")

    assert absent[0] == 1 and "SLACK_BOT_TOKEN is not set" in absent[1]
    assert refused[0] == 1 and "invalid_auth" in refused[1]
    assert nobody[0] == 1 and "set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP" in nobody[1]
    assert swapped[0] == 1 and "SLACK_BOT_TOKEN must begin with xoxb-" in swapped[1]
    assert "SLACK_APP_TOKEN must begin with xapp-" in swapped[1]
    assert away[0] == 1 and "Slack cannot be reached; check the network" in away[1]
    assert bad[0] == 2 and "port" in bad[1].lower()
    assert database[0] == 1 and "There is no database here yet" in database[1]
    assert away_too[0] == 1 and "the database cannot be used: nothing listens at its address" in away_too[1]
    assert "secret" not in away_too[1] and not (shell.folder / "jointroom.sqlite").exists()
    assert secret[0] == 2 and "write @ : / ? # [ ] of a password as" in secret[1] and "cret=" not in secret[1]
    assert socket[0] == 1 and "SLACK_APP_TOKEN opens no socket" in socket[1]
    assert nowhere[0] == 2 and "DATABASE_URL: needs a file" in nowhere[1]
    assert option[0] == 2 and "DATABASE_URL: takes host, port, ssl" in option[1] and "secret" not in option[1]
    assert other[0] == 2 and "DATABASE_URL: must begin with sqlite" in other[1] and "secret" not in other[1]


async def test_check_names_what_only_shows_later(shell: Operator) -> None:
    """A channel that the bot is not in, a setting that is none, a key that is missing or is none."""
    await shell.runs("migrate")
    shell.directory(("complaints_channel: C0CMPLUZHOU", "complaints_channel: C0NOWHERE"))
    app = next(shell.slack.world.installations())
    shell.slack.world.channels["C0OPERATORS"].members.remove(app.bot.id)

    shell.writes(".env", "JOINTROOM_OPERATOR_CHANNEL=C0\n")
    _, printed = await shell.runs("check", JOINTROOM_OPERATORS_CHANNEL="C0OPERATORS")
    shell.writes("jointroom-key.pem", "none")
    badly_sealed = await shell.runs("check")

    assert "complaints_channel of office bank-branch-luzhou: Slack answers channel_not_found for C0NOWHERE" in printed
    assert "complaints_channel of office bank-branch-qingyu: the bot is in C0CMPQINGYU" in printed
    assert "JOINTROOM_OPERATORS_CHANNEL: Slack answers channel_not_found for C0OPERATORS" in printed
    assert "JOINTROOM_OPERATOR_CHANNEL is no setting; JOINTROOM_OPERATORS_CHANNEL is" in printed
    assert "there is no jointroom-key.pem: serve makes one" in printed
    assert badly_sealed[0] == 1 and "records cannot be sealed: jointroom-key.pem is not" in badly_sealed[1]


async def test_a_scope_that_the_token_lacks_is_named(tmp_path: Path) -> None:
    app = companies().apps[0]
    fewer = tuple(scope for scope in app.scopes if scope not in ("pins:write", "files:write"))
    config = companies().model_copy(update={"apps": (app.model_copy(update={"scopes": fewer}),)})
    async with Sandbox(config) as slack:
        shell = Operator(tmp_path, slack)
        shell.directory()

        code, printed = await shell.runs("check")

    assert code == 1 and "the token lacks files:write, pins:write: reinstall the app" in printed


async def test_a_malformed_directory_is_told_with_file_and_line(shell: Operator) -> None:
    line = shell.directory(("superior: bank-prov-haiyue", "superior: bank-prov-hq"))

    code, printed = await shell.runs("check")

    assert code == 1
    assert f"directory.yml:{line}: " in printed and "bank-prov-hq" in printed
    shell.writes("directory.yml", "parties: [\n")
    await shell.runs("migrate")
    code, printed = await shell.refused("serve")
    assert code == 1 and re.search(r"directory\.yml:\d+: ", printed), printed


async def test_a_malformed_playbook_is_told_with_file_and_line(shell: Operator) -> None:
    line = shell.playbooks("crisis.yml", "minutes: 60", "minutes: soon")

    code, printed = await shell.runs("check", JOINTROOM_PLAYBOOKS="mine")

    assert code == 1 and f"crisis.yml:{line}: " in printed, printed


async def test_commands_that_cannot_do_their_work_say_why_in_a_sentence(shell: Operator) -> None:
    unmigrated = await shell.runs("check", "--record")
    await shell.runs("migrate")
    nowhere = await shell.runs("demo", "--play", "--folder", "/proc/nowhere")
    with socket.create_server(("127.0.0.1", 0)) as busy:
        served = await shell.refused("serve", JOINTROOM_PORT=str(busy.getsockname()[1]))

    assert unmigrated[0] == 1 and "run `python -m bot migrate`" in unmigrated[1]
    assert nowhere[0] == 1 and "/proc/nowhere: No such file or directory" in nowhere[1]
    assert served[0] == 1
    assert "The port is in use by another program; choose another with JOINTROOM_PORT." in served[1]


async def test_serve_refuses_a_database_that_is_not_migrated(shell: Operator) -> None:
    code, printed = await shell.refused("serve")

    assert code == 1 and "run `python -m bot migrate`" in printed


async def ready(process: asyncio.subprocess.Process) -> bytes:
    """All that it told until it served."""
    assert process.stderr
    told = b""
    async with asyncio.timeout(30):
        while line := await process.stderr.readline():
            told += line
            if b"serving" in line:
                return told
    raise AssertionError("it ended before it served")


async def test_serve_ends_cleanly_within_ten_seconds_and_refuses_a_playbook_that_changed_since(shell: Operator) -> None:
    await shell.runs("migrate")
    port = str(free_port())
    served = await shell.starts("serve", JOINTROOM_PORT=port)
    assert b"warning" not in await ready(served)
    async with aiohttp.ClientSession() as session:
        for path in ("healthz", "readyz"):
            async with session.get(f"http://127.0.0.1:{port}/{path}") as answer:
                assert answer.status == 200, await answer.text()

    begun = time.monotonic()
    served.send_signal(signal.SIGTERM)
    _, logged = await asyncio.wait_for(served.communicate(), 10)

    assert served.returncode == 0 and time.monotonic() - begun < 10
    assert b"Traceback" not in logged and b"Unclosed" not in logged, logged.decode()

    shell.playbooks("crisis.yml", "minutes: 60", "minutes: 61")
    code, told = await shell.refused("serve", JOINTROOM_PLAYBOOKS="mine")
    assert code == 1 and "crisis.yml changed but is still version" in told, told


async def test_serve_ends_when_asked_also_before_anybody_installed_the_app(shell: Operator) -> None:
    await shell.runs("migrate")
    installing = {
        "SLACK_BOT_TOKEN": "",
        "SLACK_CLIENT_ID": "1000.2000",
        "SLACK_CLIENT_SECRET": "secret",
        "JOINTROOM_PUBLIC_URL": "http://127.0.0.1",
        "JOINTROOM_TOKEN_KEYS": base64.b64encode(bytes(32)).decode(),
    }
    waits = await shell.starts("serve", JOINTROOM_PORT=str(free_port()), **installing)
    assert waits.stderr
    async with asyncio.timeout(30):
        while b"not_installed" not in (line := await waits.stderr.readline()):
            assert line, "it ended before it waited"

    waits.send_signal(signal.SIGTERM)
    _, logged = await asyncio.wait_for(waits.communicate(), 10)

    assert (waits.returncode, logged) == (0, b"")


async def test_serve_ends_within_ten_seconds_also_when_the_database_lets_nothing_in(shell: Operator) -> None:
    await shell.runs("migrate")
    served = await shell.starts("serve", JOINTROOM_PORT=str(free_port()))
    await ready(served)
    with closing(sqlite3.connect(shell.folder / "jointroom.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        served.send_signal(signal.SIGTERM)
        _, logged = await asyncio.wait_for(served.communicate(), 10)

    assert served.returncode == 1
    assert b"stop.unfinished" in logged and b"Traceback" not in logged


async def test_serve_looks_at_deadlines_and_ends_when_asked_while_slack_opens_no_socket(shell: Operator) -> None:
    await shell.runs("migrate")
    port = str(free_port())
    served = await shell.starts("serve", JOINTROOM_PORT=port, SLACK_APP_TOKEN="xapp-wrong")
    await ready(served)
    async with aiohttp.ClientSession() as session:
        statuses = []
        for path in ("healthz", "readyz"):
            async with session.get(f"http://127.0.0.1:{port}/{path}") as answer:
                statuses.append(answer.status)

    served.send_signal(signal.SIGTERM)
    await asyncio.wait_for(served.communicate(), 10)

    assert (statuses, served.returncode) == ([200, 503], 0)


async def test_export_of_a_case_that_is_not_there_is_one_sentence(shell: Operator) -> None:
    await shell.runs("migrate")

    code, printed = await shell.runs("export", "CR-2026-0001")

    assert (code, printed) == (1, "There is no case CR-2026-0001.\n")


async def test_an_export_that_cannot_be_written_is_refused_before_it_is_entered(shell: Operator) -> None:
    await shell.runs("migrate")

    code, printed = await shell.runs("export", "CR-2026-0001", "--out", "nowhere/at/all.zip")

    assert (code, printed) == (1, "nowhere/at: nothing can be written there\n")


async def test_help_lists_the_commands(shell: Operator) -> None:
    _, printed = await shell.runs("--help")

    for command in ("serve", "demo", "check", "export", "verify", "migrate"):
        assert command in printed
