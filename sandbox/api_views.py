"""views.*: opening, stacking, changing and publishing. Source: docs.slack.dev/reference/methods/views.open."""

from typing import Any

from sandbox.assets import asset_faults
from sandbox.blocks import Surface
from sandbox.methods import ApiError, Call, invalid_arguments, method
from sandbox.views import DEEPEST_STACK, Trigger, TriggerRefused, View
from sandbox.viewshapes import is_too_large, view_faults
from sandbox.world import Json


def _body(call: Call, surface: Surface) -> Json:
    body: Any = call.args.get("view")
    if body in (None, ""):
        raise invalid_arguments("missing required field: view")
    faults = view_faults(body, surface) or asset_faults(call.world, call.installation, body["blocks"], "/view/blocks")
    if faults:
        raise invalid_arguments(*faults)
    if is_too_large(body):
        raise ApiError("view_too_large", "a view holds at most 250 KB")
    checked: Json = body
    return checked


def _unused_external_id(call: Call, body: Json, view: View | None = None) -> None:
    if call.views.external_id_is_taken(call.installation, body, view):
        raise ApiError("duplicate_external_id", f"{body['external_id']!r} belongs to another open view")


def _trigger(call: Call) -> Trigger:
    trigger_id = call.given("trigger_id") or call.given("interactivity_pointer")
    if trigger_id is None:
        raise invalid_arguments("missing required field: trigger_id")
    try:
        return call.views.exchange(trigger_id, call.installation)
    except TriggerRefused as refused:
        raise ApiError(str(refused), "a trigger_id lives three seconds and opens one view") from None


@method("views.open")
def open_view(call: Call) -> Json:
    body = _body(call, "modal")
    _unused_external_id(call, body)
    trigger = _trigger(call)
    return {"view": call.views.shape(call.views.open_modal(call.installation, trigger.user, body), with_state=False)}


@method("views.push")
def push(call: Call) -> Json:
    body = _body(call, "modal")
    _unused_external_id(call, body)
    trigger = _trigger(call)
    stack = call.views.stack(trigger.user)
    if trigger.view not in [view.id for view in stack]:
        raise ApiError("not_found", "the trigger is not from a modal that the person has open")
    if len(stack) >= DEEPEST_STACK:
        raise ApiError("push_limit_reached", f"a stack holds {DEEPEST_STACK} views")
    return {"view": call.views.shape(call.views.push(call.installation, trigger.user, body), with_state=False)}


@method("views.update")
def update(call: Call) -> Json:
    view_id, external_id = call.given("view_id"), call.given("external_id")
    if view_id is None and external_id is None:
        raise invalid_arguments("must define either `view_id` or `external_id`")
    view = call.views.find(call.installation, view_id=view_id, external_id=external_id)
    if view is None:
        raise ApiError("not_found", f"no open view {view_id or external_id}")
    body = _body(call, "home" if view.kind == "home" else "modal")
    _unused_external_id(call, body, view)
    if call.given("hash") not in (None, view.hash):
        raise ApiError("hash_conflict", "the view changed since that hash")
    call.views.update(view, body)
    return {"view": call.views.shape(view, with_state=False)}


@method("views.publish")
def publish(call: Call) -> Json:
    user = call.required("user_id")
    known = call.knows(user)
    if known is None or known.is_bot or known.team is not call.installation.team:
        raise ApiError("user_not_found", f"{user!r} is unknown")
    if not call.app.settings.home_tab:
        raise ApiError("not_enabled", "the app's manifest does not enable the Home tab")
    body = _body(call, "home")
    home = call.views.homes.get((call.app.id, user))
    _unused_external_id(call, body, home)
    if call.given("hash") is not None and (home is None or call.given("hash") != home.hash):
        raise ApiError("hash_conflict", "Home changed since that hash")
    return {"view": call.views.shape(call.views.publish(call.installation, user, body), with_state=False)}


@method("apps.connections.open", caller="app")
def open_connection(call: Call) -> Json:
    if call.app.settings.request_url or not call.app.settings.socket_mode:
        raise ApiError(
            "not_enabled", "Socket Mode is off: the app has a request_url, or its manifest does not enable it"
        )
    return {"url": call.socket_url(call.app)}
