"""In whose workspace an effect is carried out. Where each company runs an app of its own, that company's alone can."""

from .directory import Directory
from .effects import DIRECT, THREAD, CreateBridge, Effect, InviteOutside, ShowBoard, ToOfficer
from .rooms import Room


def team_of(effect: Effect, room: Room | None, directory: Directory) -> str:
    """The workspace's id; empty where both companies share one. `room` is the case's, if it has one."""
    if not directory.workspaces:
        return ""
    host = directory.workspaces.get(directory.host, "")
    if isinstance(effect, ToOfficer) and not isinstance(effect, InviteOutside):
        return home_of(effect.officer, directory) or host
    if isinstance(effect, ShowBoard) and effect.board.startswith(DIRECT):
        return home_of(effect.board.rpartition(":")[2], directory) or host
    if _stands_in_thread(effect, room):
        office = directory.offices.get(room.outlet if room else effect.case)
        return directory.workspaces.get(office.party, host) if office else host
    if room is None:
        return host
    bridged = isinstance(effect, CreateBridge) or getattr(effect, "bridged", False)
    return room.bridge.team if bridged and room.bridge else room.team or host


def home_of(officer: str, directory: Directory) -> str:
    """Where an officer lives, by their id; somebody who is none is named by workspace and Slack id."""
    if officer.startswith("@"):
        return officer[1:].partition("/")[0]
    known = directory.officers.get(officer)
    return known.team_id if known else ""


def _stands_in_thread(effect: Effect, room: Room | None) -> bool:
    """In the complaints channel of an outlet."""
    board = effect.board if isinstance(effect, ShowBoard) else ""
    return board == THREAD or board.endswith(":outlet") or (room is not None and room.is_thread)
