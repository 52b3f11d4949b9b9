"""auth.test, team.info and users.*: who is who. Source: docs.slack.dev/reference/methods/users.info."""

from sandbox import shapes
from sandbox.api_conversations import listed
from sandbox.cursors import Order, page
from sandbox.methods import ApiError, Call, kinds, method
from sandbox.world import Json, User


@method("auth.test")
def auth_test(call: Call) -> Json:
    return {
        "url": call.world.url_of(call.installation.team) + "/",
        "team": call.installation.team.name,
        "user": call.bot.name,
        "team_id": call.installation.team.id,
        "user_id": call.bot_id,
        "bot_id": call.installation.bot_id,
        "is_enterprise_install": False,
    }


@method("team.info", scopes=("team:read",), takes_json=False)
def team_info(call: Call) -> Json:
    team = call.installation.team
    if call.given("team") not in (None, team.id):
        raise ApiError("team_not_found", f"{call.given('team')!r} is another team")
    icon = {"image_default": True}
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": icon}}


# In every workspace, and not marked as a bot: what loops over users.list must expect it.
def _slackbot(call: Call) -> User:
    return User("USLACKBOT", call.installation.team, "slackbot", "Slackbot")


def _shape(call: Call, user: User) -> Json:
    return shapes.user(call.world, user, call.installation, with_locale=call.flag("include_locale"))


@method("users.info", scopes=("users:read",), takes_json=False)
def info(call: Call) -> Json:
    slackbot = _slackbot(call)
    if call.required("user", "user_not_found") == slackbot.id:
        return {"user": _shape(call, slackbot)}
    asked = call.required("user")
    return {"user": _shape(call, call.world.met(call.installation.team, asked) or call.known(asked))}


@method("users.list", scopes=("users:read",), takes_json=False)
def list_all(call: Call) -> Json:
    users = [_slackbot(call), *(user for user in call.world.users.values() if user.team is call.installation.team)]
    places = {user.id: place for place, user in enumerate(users)}
    # Documented: users.list takes 0, its default, for as many as there are.
    found = page(call, users, Order("user", lambda user: places[user.id]), default=1000, zero_is_default=True)
    members = [_shape(call, user) for user in found.items]
    return {"members": members, "cache_ts": call.world.seconds(), **found.metadata}


@method("users.lookupByEmail", scopes=("users:read.email",), takes_json=False)
def lookup_by_email(call: Call) -> Json:
    email = call.required("email", "users_not_found").lower()
    user = next(
        (
            one
            for one in call.world.people()
            if one.team is call.installation.team and (one.email or "").lower() == email
        ),
        None,
    )
    if user is None:
        raise ApiError("users_not_found", f"nobody has the address {email!r}")
    return {"user": _shape(call, user)}


@method("users.conversations", scopes=kinds("read"), takes_json=False)
def conversations(call: Call) -> Json:
    user = call.user("user") if call.given("user") else call.bot
    return listed(call, lambda room: user.id in room.members and room.visible_to(call.bot), viewer=user)


@method("bots.info", scopes=("users:read",), takes_json=False)
def bot_info(call: Call) -> Json:
    wanted = call.given("bot") or call.installation.bot_id
    found = next((one for one in call.world.installations() if one.bot_id == wanted), None)
    if found is None or not call.knows(found.bot.id):
        raise ApiError("bot_not_found", f"{wanted!r} is unknown")
    profile = shapes.bot_author(call.world, found)["bot_profile"]
    return {"bot": {**profile, "user_id": found.bot.id}}
