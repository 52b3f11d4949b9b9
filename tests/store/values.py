"""One full value of every noun, with every field set, times in odd microseconds and text in both scripts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from playbooks.ports import Board, Export, SharedFile
from playbooks.rules import record
from playbooks.rules.cases import Case, Criterion, Intake, Kind, Status
from playbooks.rules.checklist import Step
from playbooks.rules.clocks import Basis, Clock, Report
from playbooks.rules.directory import Gap, Party
from playbooks.rules.record import JOINTROOM, Entry, Note
from playbooks.rules.rooms import Bridge, Handover, Paging, Room, Seat
from playbooks.rules.statements import Approval, Stage, Statement, Version
from playbooks.rules.wording import Finding

CASE = "CR-2026-0001"
AT = datetime(2026, 3, 2, 4, 5, 6, 123_457, tzinfo=UTC)
TEXT = "第一行\n\"quoted\" \\ back\tTab 😀 é \u202e \u2028 \x00 'end'"


def case(number: str = CASE, **facts: Any) -> Case:
    value = Case(
        number=number,
        kind=Kind.CRISIS,
        intake=Intake(
            outlet="bank-outlet-linjiang",
            aware_at=AT - timedelta(minutes=7),
            title="Payouts 到期",
            topics=("yield", "term"),
            summary=TEXT,
            headcount=5,
            criteria=(Criterion("K1"), Criterion("K4", "会有损失")),
            customer_ref="C-20418",
        ),
        opened_by="chen-wei",
        opened_at=AT,
        playbook="crisis",
        version=1,
        language="zh-CN",
        line=2,
        headcount=6,
        origin="CP-2026-0007",
        crisis="CR-2026-0009",
        closed_at=AT,
    )
    return replace(value, **facts)


ROOM = Room(
    case=CASE,
    name="cr-2026-0001",
    outlet="bank-outlet-linjiang",
    channel_id="C0ROOM",
    seats=(
        Seat("chen-wei", Party.BANK, "seat", AT, AT, True, True, True, True, "cant_invite", "user_not_found"),
        Seat("li-na", Party.INSURER),
    ),
    owners={Party.BANK: "zhao-lihua", Party.INSURER: "zhou-kai"},
    interim=(Party.INSURER,),
    gaps=(Gap("gap.seat", "insurer:on_site"),),
    paging={Party.BANK: Paging(1, None), Party.INSURER: Paging(2, AT)},
    live_at=AT,
    handovers=(Handover(Party.BANK, "zhao-lihua", "tang-bo"),),
    guests=("U0JORDAN",),
    was="C0BEFORE",
    team="T0BANK",
    gone=(Party.BANK,),
    parted=(Party.INSURER,),
    bridge=Bridge(
        Party.INSURER,
        "T0INSURER",
        "cr-2026-0001-bridge",
        "C0BRIDGE",
        ("C0LOST",),
        True,
        ("zhou-kai",),
        ("U0STAN",),
        True,
    ),
)
CLOCK = Clock(
    id=f"{CASE}/T1/bank",
    case=CASE,
    rule="T1",
    basis=Basis.AGREEMENT,
    party=Party.BANK,
    from_office="bank-outlet-linjiang",
    to_office="bank-branch-luzhou",
    step="T1",
    starts_at=AT,
    due_at=AT + timedelta(hours=1),
    warn_at=AT + timedelta(hours=24),
    met_at=AT + timedelta(hours=2),
    met_by="chen-wei",
    report=f"{CASE}/T1/bank/report",
    late_reason="电话不通",
    stopped=True,
    overdue_noted=True,
    pings=3,
    next_ping_at=AT,
)
REPORT = Report(
    id=f"{CASE}/T1/bank/report",
    case=CASE,
    clocks=(CLOCK.id,),
    party=Party.BANK,
    from_office="bank-outlet-linjiang",
    to_office="bank-branch-luzhou",
    by="chen-wei",
    means="phone",
    text=TEXT,
    delivered_at=AT,
    recipients=("zhao-lihua", "tang-bo"),
    received_by="tang-bo",
    received_at=AT,
    stage=2,
    next_ping_at=AT,
)
STATEMENT = Statement(
    id=f"{CASE}-S1",
    case=CASE,
    audience="media",
    sources="Branch log 支行记录",
    versions=(
        Version(1, "one", "a" * 64, "gu-ming", AT),
        Version(2, TEXT, "b" * 64, "su-wan", AT, (Finding("promise", "保证退", "zh"),), "quoted"),
    ),
    stage=Stage.RECALLED,
    approvals=(Approval(Party.BANK, "lin-zhiyuan", AT, "b" * 64), Approval(Party.INSURER, "li-na", AT, "b" * 64)),
    rejected_by="li-na",
    rejected_why="no",
    released_at=AT,
    expires_at=AT + timedelta(hours=24),
    recalled_by="li-na",
    recalled_why="outdated",
)

SHELVES: dict[str, Any] = {
    "rooms": ROOM,
    "boards": Board(CASE, "clocks", "C0ROOM", "1.000001", "c" * 64, AT, "1.000000"),
    "steps": Step(CASE, "H1", Party.BANK, "chen-wei", AT, TEXT),
    "clocks": CLOCK,
    "reports": REPORT,
    "statements": STATEMENT,
    "exports": Export(f"{CASE}-X1", CASE, "zhao-lihua", AT, "F0EXPORT", "d" * 64),
    "files": SharedFile(f"{CASE}/F1", CASE, "照片.jpg", 10, "e" * 64, "too_large"),
}

# The same nouns as they are at first, with nothing set that may be left out.
BARE: dict[str, Any] = {
    "rooms": Room(CASE, "cr-2026-0001", "bank-outlet-linjiang"),
    "steps": Step(CASE, "H1", Party.BANK),
    "clocks": Clock(CLOCK.id, CASE, "T3", Basis.HOUSE, Party.INSURER, "insurer-prov-haiyue"),
    "statements": Statement(f"{CASE}-S1", CASE, "public", "log", (Version(1, "one", "a" * 64, "gu-ming", AT),)),
    "files": SharedFile(f"{CASE}/F1", CASE),
}


def status(value: Case, to: Status) -> Case:
    return replace(value, status=to)


def entries(count: int, case: str = CASE) -> list[Entry]:
    """The first entries of a record, properly chained."""
    chained: list[Entry] = []
    for n in range(count):
        last = chained[-1] if chained else None
        note = Note("log", {"text": TEXT, "n": n, "list": [1, {"a": "b"}], "none": None})
        at = AT + timedelta(seconds=n)
        chained.append(record.chain(note, case=case, last=last, by=JOINTROOM, now=at, cause="command"))
    return chained
