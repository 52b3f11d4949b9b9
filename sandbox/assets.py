"""What blocks point at outside themselves: images that the app must see, and videos that it must be allowed to show."""

from collections.abc import Iterator

from sandbox import shapes, uploads
from sandbox.blocks import every
from sandbox.world import File, Installation, Json, World

_IMAGES = ("png", "jpg", "jpeg", "gif")


def asset_faults(world: World, by: Installation, blocks: list[Json], at: str = "/blocks") -> list[str]:
    """What Slack would find wrong with well-formed blocks of this app, each with its JSON pointer."""
    faults = []
    for pointer, block in every(blocks, at):
        if block.get("type") == "video" and not by.may("links.embed:write"):
            faults.append(f"a video needs the scope links.embed:write [json-pointer:{pointer}]")
        if not all(_is_visible_image(world, by, one) for one in _slack_files(block)):
            faults.append(f"invalid slack file [json-pointer:{pointer}]")
    return faults


def _slack_files(block: Json) -> Iterator[Json]:
    images = [block, *(block.get(place) for place in ("accessory", "icon", "hero_image"))]
    images += block["elements"] if block.get("type") == "context" else []
    return (one["slack_file"] for one in images if one and one.get("slack_file"))


def _is_visible_image(world: World, by: Installation, given: Json) -> bool:
    file = world.files.get(given["id"]) if given.get("id") else _by_address(world, given["url"])
    if file is None or file.content is None or not uploads.visible(world, file, by.bot):
        return False
    return file.name.rpartition(".")[2].lower() in _IMAGES


def _by_address(world: World, url: str) -> File | None:
    shown = ((file, shapes.file(world, file)) for file in world.files.values())
    return next((file for file, shape in shown if url in (shape["url_private"], shape["permalink"])), None)
