"""oauth.v2.access and its opposites. Sources: docs.slack.dev/reference/methods/oauth.v2.access and apps.uninstall."""

from sandbox.methods import ApiError, Call, method
from sandbox.refusals import Refused
from sandbox.world import App, Json


def _client(call: Call) -> App:
    app = call.oauth.app(call.given("client_id") or "")
    if app is None:
        raise ApiError("invalid_client_id", f"{call.given('client_id')!r} is no app's")
    if call.given("client_secret") != app.settings.client_secret:
        raise ApiError("bad_client_secret", "it is another one")
    return app


@method("oauth.v2.access", caller="client", takes_json=False)
def access(call: Call) -> Json:
    app = _client(call)
    if call.given("grant_type") not in (None, "authorization_code"):
        raise ApiError("invalid_grant_type", "there is no token rotation here")
    try:
        made, user = call.oauth.redeem(app, call.required("code", "invalid_code"), call.given("redirect_uri"))
    except Refused as refused:
        raise ApiError(refused.code, str(refused)) from None
    return {
        "app_id": app.id,
        "authed_user": {"id": user.id},
        "scope": ",".join(made.scopes),
        "token_type": "bot",
        "access_token": made.token,
        "bot_user_id": made.bot.id,
        "team": {"id": made.team.id, "name": made.team.name},
        "enterprise": None,
        "is_enterprise_install": False,
    }


@method("auth.revoke", takes_json=False)
def revoke(call: Call) -> Json:
    if call.flag("test"):
        return {"revoked": False}
    call.world.uninstall(call.installation)
    return {"revoked": True}


@method("apps.uninstall", takes_json=False)
def uninstall(call: Call) -> Json:
    if _client(call) is not call.app:
        raise ApiError("client_id_token_mismatch", "the token is another app's")
    call.world.uninstall(call.installation)
    return {}
