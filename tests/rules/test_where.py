"""In whose workspace each effect is carried out, where each company runs an app of its own."""

from dataclasses import replace

import pytest

from playbooks.rules import effects as e
from playbooks.rules.directory import Directory, Party
from playbooks.rules.rooms import Bridge, Room
from playbooks.rules.where import team_of

from ..fakes import demo_directory

CASE, OUTLET = "CR-2026-0001", "bank-outlet-linjiang"
BANK, REED = "T0BANK", "T0REED"
ROOM = Room(CASE, "cr-2026-0001", OUTLET, "C0ROOM", team=BANK)
BRIDGED = replace(ROOM, parted=(Party.INSURER,), bridge=Bridge(Party.INSURER, REED, "x", "C0BRIDGE"))


def apart() -> Directory:
    """The demo's directory, with a workspace for each company."""
    lives_in = {Party.BANK: BANK, Party.INSURER: REED}
    directory = demo_directory()
    officers = {one.id: replace(one, team_id=lives_in[one.party]) for one in directory.officers.values()}
    return replace(directory, officers=officers, workspaces=lives_in)


@pytest.mark.parametrize(
    "effect, room, team",
    [
        (e.CreateRoom(CASE), replace(ROOM, team="", channel_id=""), BANK),
        (e.TellRoom(CASE, 1), ROOM, BANK),
        (e.TellRoom(CASE, 1), replace(ROOM, team=REED), REED),
        (e.TellRoom(CASE, 1, bridged=True), BRIDGED, REED),
        (e.CreateBridge(CASE), BRIDGED, REED),
        (e.CaptureFile(CASE, "F1", True), BRIDGED, REED),
        (e.RemoveGuest(CASE, "U1"), BRIDGED, BANK),
        (e.PageOfficer(CASE, "chen-wei", "seat"), ROOM, BANK),
        (e.PageOfficer(CASE, "zhou-kai", "seat"), ROOM, REED),
        (e.PingOwner(CASE, "zhou-kai", "T1", "half"), ROOM, REED),
        (e.InviteOutside(CASE, "zhou-kai"), ROOM, BANK),
        (e.ShowBoard(CASE, "page:zhou-kai"), ROOM, REED),
        (e.ShowBoard(CASE, f"receipt:{CASE}/T1/bank/report:zhou-kai"), ROOM, REED),
        (e.ShowBoard(CASE, "card"), ROOM, BANK),
        (e.ShowBoard(CASE, "card"), replace(ROOM, is_thread=True, team=REED), BANK),
        (e.ShowBoard(CASE, "released:S1:outlet"), replace(ROOM, team=REED), BANK),
        (e.ShowBoard(OUTLET, "thread"), None, BANK),
        (e.PublishHome("", "zhou-kai"), None, REED),
        (e.PublishHome("", f"@{REED}/U0STAN"), None, REED),
        (e.PublishHome("", "left-the-directory"), None, BANK),
        (e.TellOperators("", "deaf", {}), None, BANK),
    ],
    ids=lambda one: str(one)[:60],
)
def test_each_effect_is_carried_out_where_its_reader_or_its_channel_is(
    effect: e.Effect, room: Room | None, team: str
) -> None:
    assert team_of(effect, room, apart()) == team


def test_rooms_are_the_hosts_whichever_party_that_is() -> None:
    hosted = replace(apart(), host=Party.INSURER)

    assert team_of(e.CreateRoom(CASE), replace(ROOM, team=""), hosted) == REED


def test_where_both_share_a_workspace_nobody_asks() -> None:
    assert team_of(e.PageOfficer(CASE, "zhou-kai", "seat"), ROOM, demo_directory()) == ""
