"""The sealed archive: a byte changed, a file dropped, added, renamed or swapped, or another's seal is told (W8, A5)."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from playbooks.rules.archive import MANIFEST, RECORD, SIGNATURE, record_lines, seal, verify
from playbooks.rules.record import JOINTROOM, Entry, Note, chain

from ..fakes import NOON

CASE = "CR-2026-0001"
STORED_TO_DEFLATED = 8


def key(byte: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([byte]) * 32)


OURS, THEIRS = key(1), key(2)


def entries(count: int = 3) -> list[Entry]:
    found: list[Entry] = []
    for n in range(count):
        note = Note("log", {"text": f'第 {n} 行 "x"\n'})
        found.append(chain(note, case=CASE, last=found[-1] if found else None, by=JOINTROOM, now=NOON, cause="command"))
    return found


FILES = {
    RECORD: record_lines(entries()),
    "files/photo.jpg": bytes(range(256)),
    "files/照片.txt": "两位客户".encode(),
    "transcript.html": b"<p>hello</p>",
    "empty": b"",
}
FACTS = {"case": CASE, "entries": 3, "head": entries()[-1].hash}


def sealed(files: dict[str, bytes] | None = None, by: Ed25519PrivateKey = OURS, **facts: Any) -> bytes:
    public = by.public_key().public_bytes_raw()
    return seal(FILES if files is None else files, facts={**FACTS, **facts}, public_key=public, sign=by.sign)


SEALED = sealed()
PINNED = OURS.public_key().public_bytes_raw().hex()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def packed(files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def repacked(change: Callable[[dict[str, bytes]], object]) -> list[str]:
    """What is found once the files of the sealed archive are changed and packed again."""
    files = unpacked(SEALED)
    change(files)
    return verify(packed(files)).problems


def test_a_sealed_archive_is_valid_and_tells_its_facts() -> None:
    verdict = verify(SEALED, public_key=PINNED)

    assert (verdict.problems, verdict.valid) == ([], True)
    assert (verdict.facts["case"], verdict.facts["public_key"]) == (CASE, PINNED)


def test_the_same_files_make_the_same_archive_in_whatever_order_they_come() -> None:
    assert sealed(dict(reversed(FILES.items()))) == SEALED


def test_everything_of_an_archive_opens_in_an_ordinary_program() -> None:
    assert {name: data for name, data in unpacked(SEALED).items() if name in FILES} == FILES


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255).filter(lambda mask: mask != STORED_TO_DEFLATED))
@example(0, 1)
@example(len(SEALED) - 1, 255)
@example(SEALED.index(b"<p>"), 32)
def test_any_changed_byte_is_found(at: int, mask: int) -> None:
    spoiled = bytearray(SEALED)
    spoiled[at] ^= mask

    assert not verify(bytes(spoiled)).valid


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(SEALED) - 1))
def test_a_file_cut_short_is_found(length: int) -> None:
    assert not verify(SEALED[:length]).valid


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04", b"\x00" * 5000, b"%PDF-1.7"])
def test_what_is_no_archive_is_said_to_be_unreadable(data: bytes) -> None:
    (problem,) = verify(data).problems

    assert problem.startswith("the archive cannot be read")


@pytest.mark.parametrize("extra", [b"\x00", b"hello", SEALED])
def test_bytes_before_or_after_the_archive_are_found(extra: bytes) -> None:
    assert not verify(SEALED + extra).valid
    assert not verify(extra + SEALED).valid


@pytest.mark.parametrize("name", [*FILES, MANIFEST, SIGNATURE])
def test_a_dropped_file_is_named(name: str) -> None:
    problems = repacked(lambda files: files.pop(name))

    assert f"{name} is missing" in problems


def test_an_added_file_is_named() -> None:
    problems = repacked(lambda files: files.update({"files/more.txt": b"x"}))

    assert "files/more.txt was added: the manifest does not list it" in problems


@pytest.mark.parametrize("name", list(FILES))
def test_a_renamed_file_is_both_missing_and_added(name: str) -> None:
    problems = repacked(lambda files: files.update({f"{name}x": files.pop(name)}))

    assert {f"{name} is missing", f"{name}x was added: the manifest does not list it"} <= set(problems)


def test_two_swapped_files_are_both_named() -> None:
    one, other = "files/photo.jpg", "transcript.html"

    problems = repacked(lambda files: files.update({one: files[other], other: files[one]}))

    assert [problem.split(" was changed")[0] for problem in problems] == [one, other]


@pytest.mark.parametrize("name", [*FILES, MANIFEST, SIGNATURE])
def test_a_changed_file_is_named(name: str) -> None:
    problems = repacked(lambda files: files.update({name: files[name] + b" "}))

    assert any(problem.startswith(name) or f"or {name}" in problem for problem in problems)


def test_a_file_that_stands_twice_is_named() -> None:
    buffer = io.BytesIO(SEALED)
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("transcript.html", b"<p>forged</p>")

    assert "transcript.html stands twice in the archive" in verify(buffer.getvalue()).problems


def test_the_same_files_packed_otherwise_are_not_the_sealed_archive() -> None:
    assert verify(packed(unpacked(SEALED))).problems == [
        "the archive was changed between its files: the container is not as it was sealed"
    ]


def test_anothers_seal_is_found_where_the_key_is_known() -> None:
    theirs = sealed(by=THEIRS)

    assert verify(theirs).valid
    assert any("sealed with another key" in problem for problem in verify(theirs, public_key=PINNED).problems)


def test_our_key_under_anothers_signature_is_found() -> None:
    files = unpacked(SEALED)
    files[SIGNATURE] = f"{THEIRS.sign(files[MANIFEST]).hex()}\n".encode()

    assert f"{MANIFEST} or {SIGNATURE} was changed: the signature does not match" in verify(packed(files)).problems


@pytest.mark.parametrize("text", ["", "\n", "zz\n", "00\n", "0" * 128 + "\n", "签名\n"])
def test_a_signature_that_is_none_is_found(text: str) -> None:
    problems = repacked(lambda files: files.update({SIGNATURE: text.encode()}))

    assert f"{MANIFEST} or {SIGNATURE} was changed: the signature does not match" in problems


@pytest.mark.parametrize("form", [str.upper, lambda text: text.strip(), lambda text: f" {text}"])
def test_a_signature_in_another_form_is_found(form: Callable[[str], str]) -> None:
    problems = repacked(lambda files: files.update({SIGNATURE: form(files[SIGNATURE].decode()).encode()}))

    assert f"{SIGNATURE} was changed in its form" in problems


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "{", '{"files": 3}', '{"files": "x"}', "\xff"])
def test_a_manifest_that_is_none_is_found(text: str) -> None:
    problems = repacked(lambda files: files.update({MANIFEST: text.encode("latin-1")}))

    assert any(problem.startswith(f"{MANIFEST} was changed: it cannot be read") for problem in problems)


@pytest.mark.parametrize(
    "listed, problem",
    [
        ("text", "empty was changed"),
        ({}, "empty was changed"),
        ({"sha256": "0" * 64}, "empty was changed"),
    ],
)
def test_a_manifest_that_lists_a_file_wrongly_is_found(listed: Any, problem: str) -> None:
    manifest = json.loads(unpacked(SEALED)[MANIFEST])
    manifest["files"]["empty"] = listed

    problems = repacked(lambda files: files.update({MANIFEST: json.dumps(manifest).encode()}))

    assert any(found.startswith(problem) for found in problems)


# Even where whoever holds the key sealed it


def test_a_record_shorter_or_longer_than_the_manifest_says_is_found() -> None:
    for count in (0, 2, 4):
        problems = verify(sealed({RECORD: record_lines(entries(count))})).problems

        assert f"{RECORD}: has {count} entries, the manifest says 3" in problems
        assert f"{RECORD}: its last entry is not the one in the manifest" in problems


def test_a_record_whose_chain_is_broken_is_found() -> None:
    one, two, three = entries()

    problems = verify(sealed({RECORD: record_lines([two, one, three])})).problems

    assert f"{RECORD}: entry 1 stands where entry 3 belongs" in problems


@pytest.mark.parametrize("line", [b"hello", b"{}", b"[]", b"null", b'{"case": 1}', b"\xff"])
def test_a_line_that_is_no_entry_is_named(line: bytes) -> None:
    problems = verify(sealed({RECORD: FILES[RECORD] + line + b"\n"})).problems

    assert problems == [f"{RECORD}: line 4 was changed: it is not a record entry"]


def test_an_archive_without_a_record_is_checked_for_its_files_alone() -> None:
    assert verify(sealed({"a.txt": b"a"})).valid


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(
        st.text(alphabet="abc/.照", min_size=1, max_size=9).map(lambda name: f"files/{name}"),
        st.binary(max_size=99),
        max_size=4,
    )
)
def test_whatever_was_shared_is_sealed_and_found_valid(files: dict[str, bytes]) -> None:
    assert verify(sealed(files), public_key=PINNED).problems == []
