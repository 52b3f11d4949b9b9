"""Tokens at rest: opened only with a key that is still known, for the workspace that they are of, unchanged."""

import base64

import pytest
from pydantic import ValidationError

from bot.settings import Settings
from bot.vault import Sealed, Vault, read_keys

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
TOKEN = "xoxb-secret"


def test_a_token_is_opened_with_the_key_that_locked_it_and_stands_nowhere_in_what_is_kept() -> None:
    locked = Vault([OLD]).lock("T1", TOKEN)

    assert Vault([OLD]).open("T1", locked) == TOKEN
    assert TOKEN not in locked and base64.b64encode(TOKEN.encode()).decode()[:8] not in locked
    assert Vault([OLD]).lock("T1", TOKEN) != locked


def test_a_new_key_in_front_opens_what_the_old_one_locked_until_all_is_locked_again() -> None:
    locked, rotated = Vault([OLD]).lock("T1", TOKEN), Vault([NEW, OLD])

    assert rotated.open("T1", locked) == TOKEN
    assert not rotated.is_current(locked)
    assert rotated.is_current(rotated.lock("T1", TOKEN))
    with pytest.raises(Sealed, match="not among JOINTROOM_TOKEN_KEYS"):
        Vault([NEW]).open("T1", locked)


def test_a_token_that_was_changed_or_put_to_another_workspace_is_not_opened() -> None:
    vault = Vault([OLD])
    name, nonce, sealed = vault.lock("T1", TOKEN).split(".")
    changed = base64.b64encode(bytes([base64.b64decode(sealed)[0] ^ 1, *base64.b64decode(sealed)[1:]])).decode()

    with pytest.raises(Sealed, match="was changed"):
        vault.open("T1", f"{name}.{nonce}.{changed}")
    with pytest.raises(Sealed, match="was changed"):
        vault.open("T2", f"{name}.{nonce}.{sealed}")


def test_without_a_key_nothing_is_locked() -> None:
    with pytest.raises(Sealed, match="JOINTROOM_TOKEN_KEYS is not set"):
        Vault([]).lock("T1", TOKEN)


@pytest.mark.parametrize(
    "text, why",
    [("short", "base64"), ("c2hvcnQ=", "not 5"), (",".join([base64.b64encode(OLD).decode()] * 2), "twice")],
)
def test_a_key_that_is_none_is_told_before_anything_starts(text: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Settings(token_keys=text)


def test_keys_are_read_in_their_order() -> None:
    text = f"{base64.b64encode(NEW).decode()}, {base64.b64encode(OLD).decode()}"

    assert read_keys(text) == [NEW, OLD]
    assert read_keys("") == []
