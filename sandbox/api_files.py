"""files.*: an upload in three steps, and what becomes of it. Source: docs.slack.dev/messaging/working-with-files."""

from typing import Any

from sandbox import shapes, uploads
from sandbox.api_chat import checked_blocks, direct, thread
from sandbox.blocks import with_ids
from sandbox.methods import ApiError, Call, invalid_arguments, method
from sandbox.world import Channel, File, Json

MOST_BYTES, MOST_CHANNELS = 1_000_000_000, 100
SHARES_SHOWN_AFTER_S = 1


@method("files.getUploadURLExternal", scopes=("files:write",), takes_json=False)
def get_upload_url(call: Call) -> Json:
    name = call.required("filename", "missing_argument")
    length = call.number("length", 0)
    if length == 0:
        raise ApiError("missing_argument", "`length` is not given, or 0")
    if length < 0:
        raise invalid_arguments("must be greater than 0 [json-pointer:/length]")
    if length > MOST_BYTES:
        raise ApiError("file_upload_size_restricted", "at most 1 GB")
    file = uploads.begin(call.world, name, length, call.bot_id)
    return {"upload_url": uploads.address(call.world, file), "file_id": file.id}


@method("files.completeUploadExternal", scopes=("files:write",))
def complete_upload(call: Call) -> Json:
    given = _listed(call)
    files = [_ready(call, one) for one in given]
    channels = _shared_in(call)
    content = _comment(call)
    for file, one in zip(files, given, strict=True):
        file.title, file.is_complete = one.get("title") or file.name, True
        file.completed_at = call.world.clock()
    author = shapes.bot_author(call.world, call.installation)
    for channel in channels:
        uploads.share(call.world, channel, files, {**author, **content, **thread(call, channel)})
    return {"files": [_answer(call, file) for file in files]}


def _listed(call: Call) -> list[Json]:
    files: Any = call.args.get("files")
    if not isinstance(files, list) or not files:
        raise invalid_arguments("must be a JSON array of {id, title} [json-pointer:/files]")
    for number, one in enumerate(files):
        if not isinstance(one, dict) or not all(isinstance(one.get(name), str | None) for name in ("id", "title")):
            raise invalid_arguments(f"must be {{id, title}}, both texts [json-pointer:/files/{number}]")
    return files


def _ready(call: Call, given: Json) -> File:
    file = call.world.files.get(given.get("id") or "")
    if file is None or file.user != call.bot_id or file.content is None:
        raise ApiError("file_not_found", f"{given!r}: unknown, or its bytes were never uploaded")
    if file.is_complete:
        raise ApiError("file_already_completed", f"{file.id}")
    return file


def _shared_in(call: Call) -> list[Channel]:
    """Where `channel_id` and `channels` say, every place checked before the first is written to."""
    given = ",".join((call.given("channel_id") or "", call.given("channels") or ""))
    targets = list(dict.fromkeys(one.strip() for one in given.split(",") if one.strip()))
    if len(targets) > MOST_CHANNELS:
        raise ApiError("channels_limit_exceeded", f"at most {MOST_CHANNELS} channels a call")
    channels = [direct(call, target) if call.knows(target) else call.writable(call.seen(target)) for target in targets]
    if call.given("thread_ts") and len(channels) > 1:
        raise invalid_arguments("only one channel can be given with `thread_ts` [json-pointer:/thread_ts]")
    for channel in channels:
        thread(call, channel)
    return channels


def _comment(call: Call) -> Json:
    """Documented: `blocks` count only without `initial_comment`."""
    text = call.given("initial_comment") or ""
    blocks = call.args.get("blocks") or []
    if text or not blocks:
        return {"text": text}
    return {"text": "", "blocks": with_ids(checked_blocks(call, blocks), call.views.next_block_id)}


def _answer(call: Call, file: File) -> Json:
    """Sharing is asynchronous in Slack: where it was shared is known a moment later."""
    if call.world.clock() >= file.completed_at + SHARES_SHOWN_AFTER_S:
        return shapes.file(call.world, file)
    hidden = ("shares", "channels", "groups", "ims")
    shape = {key: value for key, value in shapes.file(call.world, file).items() if key not in hidden}
    return {**shape, "shares": {}, "channels": [], "groups": [], "ims": []}


@method("files.info", scopes=("files:read",), takes_json=False)
def info(call: Call) -> Json:
    file = call.world.files.get(call.required("file", "file_not_found"))
    if file is None or not uploads.visible(call.world, file, call.bot):
        raise ApiError("file_not_found", f"{call.given('file')!r} is unknown, or shared where the bot is not")
    return {"file": _answer(call, file), "comments": [], "response_metadata": {"next_cursor": ""}}
