"""A whole crisis played through the Slack surface, with its outcome checked; `demo --play` and the README use it."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from playbooks.desk.turn import unattended
from playbooks.desk.views import CaseFile, case_file
from playbooks.rules import archive, clocks
from playbooks.rules.clocks import State
from playbooks.rules.directory import Party
from playbooks.rules.record import Entry, breaks
from playbooks.rules.statements import Stage
from sandbox.client import Control, Person
from sandbox.methods import Logged

from .world import BANK, BOT, INSURER, INSURERS_BOT, TOGETHER, World

NUMBER = "CR-2026-0001"
GENERAL = "C0GENERAL"
PATIENT = 15.0
BOTS = {TOGETHER: BOT, BANK: BOT, INSURER: INSURERS_BOT}
PROMISE = "我们保证今天之内全额退款，请放心。客服电话 13812345678。"
CORRECTED = "我们已接到客户反映，双方正在核实有关情况，将依据合同条款向客户说明。"
Tell = Callable[[str], None]


class WentWrong(Exception):
    """Something was not as it must be."""


@dataclass
class Played:
    """What came of it, as `--json` prints it."""

    room: dict[str, Any] = field(default_factory=dict)
    officers: dict[str, list[str]] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    clocks: list[dict[str, Any]] = field(default_factory=list)
    pings: int = 0
    statements: list[dict[str, Any]] = field(default_factory=list)
    refused_wording: str = ""
    record: str = ""
    verified: bool = False
    problems: list[str] = field(default_factory=list)
    slack_calls: dict[str, int] = field(default_factory=dict)
    timeline: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        return json.dumps(vars(self), ensure_ascii=False, indent=2)


class Play:
    """The people of the scene and the room they act in."""

    def __init__(self, world: World, control: Control, folder: Path, tell: Tell) -> None:
        self.world, self.folder, self._tell = world, folder, tell
        self.outcome = Played()
        self.chen, self.zhao, self.lin, self.gu = self._people(control, "CHENWEI", "ZHAOLIHUA", "LINZHIYUAN", "GUMING")
        self.wang, self.zhou, self.tian, self.lina = self._people(control, "WANGLEI", "ZHOUKAI", "TIANHONG", "LINA")
        self.room = ""
        self.number = NUMBER

    def _people(self, control: Control, *names: str) -> list[Person]:
        return [control.person(f"U0{name}") for name in names]

    def say(self, what: str) -> None:
        line = f"{self.world.clock.now():%m-%d %H:%M} UTC  {what}"
        self.outcome.timeline.append(line)
        self._tell(line)

    async def run(self) -> Played:
        scenes: tuple[Callable[[], Awaitable[None]], ...] = (
            self._open,
            self._answer,
            self._steps,
            self._miss_the_hour,
            self._report_late,
            self._provinces,
            self._statement,
            self._talk,
            self._export,
        )
        for scene in scenes:
            await scene()
        await self._tally()
        return self.outcome

    async def _open(self) -> None:
        await self.chen.run("/crisis", channel=GENERAL)
        form = {"criteria": ["K2"], "headcount": "7", "title": "客户聚集询问满期给付", "language": "zh-CN",
                "summary": "七名客户在营业厅要求提前支取满期金，一名记者在场拍摄。",
                "customer_ref": "C-20418"}  # fmt: skip
        opened = await self.chen.submits(form)
        if opened.errors:
            raise WentWrong(f"the crisis form was refused: {opened.errors}")
        self.number = str(opened.views[-1]["title"]["text"])
        self.room = str((await self.chen.channel(self.number.lower(), within=PATIENT))["id"])
        self.say(f"Chen Wei (outlet head) opens {self.number}: seven customers and a reporter in the lobby")
        if self._are_apart:
            await self._come_over()

    @property
    def _are_apart(self) -> bool:
        return len(self.world.slack.world.teams) > 1

    async def _come_over(self) -> None:
        """The insurer's people accept the invitations into the bank's room, which has another id since the first."""
        for person in (self.wang, self.zhou, self.tian, self.lina):
            await person.accepts(self.number.lower(), within=PATIENT)
        await self._entered("room.moved")
        self.room = str((await self.chen.channel(self.number.lower(), within=PATIENT))["id"])
        self.say("the insurer's officers accept the invitation into the bank's workspace")

    async def _answer(self) -> None:
        for person, who in ((self.chen, "Chen Wei, bank"), (self.wang, "Wang Lei, insurer")):
            await person.clicks("room.answer", await self._direct(person), within=PATIENT)
            self.say(f"{who}: I'm on it")
        await self.chen.sees("联席室已联通", self.room, within=PATIENT)
        self.say("the room is live: both parties have answered")

    async def _direct(self, person: Person) -> str:
        bot = BOTS[self.world.slack.world.users[person.id].team.id]
        return str((await person.opens_direct(bot))["id"])

    async def _steps(self) -> None:
        await self._tick(self.chen, "H1", "bank", {"attested": ["yes"]})
        await self._tick(self.wang, "H5", "insurer", {"evidence": "到达网点，现场开始沟通"})
        await self.chen.clicks("step.tick", self.room, block_id="step:H3:bank", within=PATIENT)
        self.say("steps H1, H5 and H3 are done")

    async def _tick(self, person: Person, step: str, party: str, form: dict[str, Any]) -> None:
        await person.clicks("step.form", self.room, block_id=f"step:{step}:{party}", within=PATIENT)
        done = await person.submits(form)
        if done.errors:
            raise WentWrong(f"step {step} was refused: {done.errors}")

    async def _miss_the_hour(self) -> None:
        for minutes, mark in (
            (31, "时限已过半"),
            (15, "还剩 15 分钟"),
            (10, "还剩 5 分钟"),
            (5, "时限已到"),
            (15, "已超时 15 分钟"),
        ):
            await self._later(minutes=minutes)
            await self.chen.sees(mark, self.room, within=PATIENT)
            self.say(f"reminder in the room: {mark}")
        await self.zhao.sees("下级", await self._direct(self.zhao), within=PATIENT)
        self.say("T1 is overdue; the branch above the outlet is told")

    async def _later(self, **span: float) -> None:
        self.world.clock.advance(**span)
        await self.world.bot.beat()

    async def _report(self, person: Person, clock: str, form: dict[str, Any]) -> None:
        await person.clicks("report.open", self.room, block_id=f"clock:{clock}", within=PATIENT)
        made = await person.submits(form)
        if made.errors:
            raise WentWrong(f"the report {clock} was refused: {made.errors}")

    async def _received(self, person: Person) -> None:
        await person.clicks("report.received", await self._direct(person), within=PATIENT)

    async def _report_late(self) -> None:
        await self._report(self.chen, "T1:bank", {"means": "phone", "late_reason": "现场人多，先行疏导客户"})
        await self._received(self.zhao)
        self.say("Chen Wei reports T1 to the branch, late and with the reason; Zhao Lihua confirms the receipt")

    async def _provinces(self) -> None:
        for person, party, superior in ((self.zhao, "bank", self.lin), (self.zhou, "insurer", self.tian)):
            await self._report(person, f"T2:{party}", {"means": "slack"})
            await self._received(superior)
            self.say(f"T2: the {party}'s branch reports to its province, which confirms; its 24 hours run")
        await self._later(hours=12, minutes=1)
        await self.lin.sees("还剩 12 小时", await self._direct(self.lin), within=PATIENT)
        self.say("12 hours left: both provinces are reminded")
        for person, party in ((self.lin, "bank"), (self.tian, "insurer")):
            form = {"means": "slack", "text": "建议由双方在网点共同解释条款，按合同办理，并安排专人回访。"}
            await self._report(person, f"T3:{party}", form)
            self.say(f"T3: the {party}'s province sends its handling opinion to the head office, within 24 hours")

    async def _statement(self) -> None:
        await self.chen.run("/crisis", "say", channel=self.room)
        refused = await self.chen.submits({"text": PROMISE, "sources": "合同第三条"})
        self.outcome.refused_wording = refused.errors.get("text", "")
        self.say(f"a statement is refused by the wording check: {self.outcome.refused_wording}")
        sent = await self.chen.submits({"text": CORRECTED, "sources": "合同第三条；现场日志"})
        if sent.errors or sent.response_action == "update":
            raise WentWrong(f"the corrected statement was refused: {sent}")
        self.say("corrected and submitted")
        for person, who in ((self.gu, "the bank's spokesperson"), (self.lina, "the insurer's compliance officer")):
            await person.clicks("statement.approve", self.room, within=PATIENT)
            self.say(f"approved by {who}")
        await self.chen.sees("双方已批准 ·", self.room, within=PATIENT)
        self.say("released, to the letter")

    async def _talk(self) -> None:
        first = await self.chen.post("客户情绪已平稳，正在逐一登记。", self.room)
        await self.chen.edit(self.room, first["ts"], "客户情绪已平稳，已逐一登记七人。")
        second = await self.wang.post("这条发错了", self.room)
        await self.wang.delete(self.room, second["ts"])
        await self.wang.post("收到，我在现场。", self.room, thread_ts=first["ts"])
        await self.wang.upload("现场登记表.txt", "登记表（示例）\n".encode(), self.room)
        await self._entered("message.edited", "message.deleted", "file.captured")
        self.say("messages written, edited and deleted, a thread reply, a file: all captured")

    async def _entered(self, *kinds: str) -> None:
        """Waits until the record holds entries of these kinds."""
        deadline = self.world.clock.now() + timedelta(seconds=PATIENT)
        while set(kinds) - {entry.kind for entry in await self._entries()}:
            if self.world.clock.now() > deadline:
                raise WentWrong(f"the record lacks one of {kinds}")
            await self.chen.channels()

    async def _entries(self) -> list[Entry]:
        async with self.world.bot.ports.reading() as unit:
            return await unit.record.of(self.number)

    async def _export(self) -> None:
        await self.lina.run("/crisis", "export", channel=self.room)
        message = await self.lina.sees(f"{self.number}-X1.zip", self.room, within=PATIENT)
        data = await self.lina.download(message["files"][0]["id"])
        path = self.folder / f"{self.number}-X1.zip"
        path.write_bytes(data)
        verdict = archive.verify(data)
        self.outcome.record, self.outcome.verified = str(path), verdict.valid
        self.outcome.problems += verdict.problems
        self.say(f"Li Na exports the sealed record; verified: {'valid' if verdict.valid else 'NOT VALID'}")

    async def _file(self) -> CaseFile:
        async with unattended(self.world.bot.ports, "read") as turn:
            return await case_file(turn, self.number)

    async def _tally(self) -> None:
        file, entries, out = await self._file(), await self._entries(), self.outcome
        out.room = {"number": self.number, "channel": self.room, "live_at": str(file.room.live_at)}
        out.officers = {
            party.value: [
                seat.officer for seat in file.room.seats if seat.party is party and seat.paged and seat.invited
            ]
            for party in Party
        }
        out.steps = [
            {"step": one.rule, "party": one.party.value, "by": one.done_by} for one in file.steps if one.is_done
        ]
        out.clocks = [
            {"clock": one.rule, "party": one.party.value, "basis": one.basis.value, "pings": one.pings,
             "state": clocks.state(one, now=file.now).value}
            for one in file.clocks
        ]  # fmt: skip
        out.pings = sum(entry.kind == "clock.reminded" for entry in entries)
        out.statements = [
            {"id": one.id, "version": one.current.n, "stage": one.stage.value, "sha256": one.current.sha256}
            for one in file.statements
        ]
        out.slack_calls = dict(Counter(call.method for call in self.world.slack.calls).most_common())
        out.problems += [*breaks(entries), *self._expectations(file)]

    def _expectations(self, file: CaseFile) -> list[str]:
        """What must be so at the end; each that is not, as a sentence."""
        states = {(one.rule, one.party): clocks.state(one, now=file.now) for one in file.clocks}
        expected = {
            "T1 is met late": states[("T1", Party.BANK)] is State.MET_LATE,
            "T3 is met by the bank": states[("T3", Party.BANK)] is State.MET,
            "T3 is met by the insurer": states[("T3", Party.INSURER)] is State.MET,
            "the room is live": file.room.live_at is not None,
            "each party's officers were reached": all(self.outcome.officers.values()),
            "the promise was refused": bool(self.outcome.refused_wording),
            "one statement is released": [one.stage for one in file.statements] == [Stage.RELEASED],
            "the record is verified": self.outcome.verified,
            "no Slack call was refused": not [call for call in self.world.slack.calls if not self._is_expected(call)],
            "nothing is undelivered": not file.troubles,
        }
        return [f"not so: {what}" for what, holds in expected.items() if not holds]

    def _is_expected(self, call: Logged) -> bool:
        """Refusals belong to two workspaces: the companies know each other's ids only once a channel is shared, and by
        that the room's own id changes."""
        return call.ok or (self._are_apart and call.error in ("user_not_found", "channel_not_found"))


async def play(world: World, folder: Path, tell: Tell) -> Played:
    async with Control(world.slack.url) as control:
        return await Play(world, control, folder, tell).run()
