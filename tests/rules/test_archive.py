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
from playbooks.rules.record import JOINTROOM, Entry, Note, as_json, chain

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


@settings(max_examples=400)
@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
@example(0, 1)
@example(len(SEALED) - 1, 255)
@example(SEALED.index(b"<p>"), 32)
@example(8, STORED_TO_DEFLATED)
@example(SEALED.index(b"PK\x01\x02") + 10, STORED_TO_DEFLATED)
def test_any_changed_byte_is_found(at: int, mask: int) -> None:
    spoiled = bytearray(SEALED)
    spoiled[at] ^= mask

    assert not verify(bytes(spoiled)).valid


@settings(max_examples=100)
@given(st.integers(0, len(SEALED) - 1))
def test_a_file_cut_short_is_found(length: int) -> None:
    assert not verify(SEALED[:length]).valid


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04", b"\x00" * 5000, b"%PDF-1.7"])
def test_what_is_no_archive_is_said_to_be_unreadable(data: bytes) -> None:
    (problem,) = verify(data).problems

    assert problem.startswith("the archive cannot be read")


def test_files_said_to_be_deflated_that_are_not_are_named() -> None:
    spoiled = bytearray(SEALED)
    at = -1
    while (at := SEALED.find(b"PK\x01\x02", at + 1)) >= 0:
        spoiled[at + 10] = STORED_TO_DEFLATED

    problems = verify(bytes(spoiled)).problems

    assert any(problem.startswith("files/photo.jpg was changed") for problem in problems)


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


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "{", '{"files": 3}', '{"files": "x"}', "\xff", "[" * 100_000])
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
    for count in (2, 4):
        problems = verify(sealed({RECORD: record_lines(entries(count))})).problems

        assert f"{RECORD}: has {count} entries, the manifest says 3" in problems
        assert f"{RECORD}: its last entry is not the one in the manifest" in problems


def test_a_record_that_was_emptied_is_found() -> None:
    assert not verify(sealed({RECORD: b""})).valid


@pytest.mark.parametrize("text", ["\u2028", "a\u2029b", "\x85", "\x0b\x0c\x1c", "\r\n", "\ufeff"])
def test_a_line_end_of_any_script_in_a_text_is_no_line_end_of_the_record(text: str) -> None:
    entry = chain(Note("log", {"text": text}), case=CASE, last=None, by=JOINTROOM, now=NOON, cause="command")

    archive = sealed({RECORD: record_lines([entry])}, entries=1, head=entry.hash)

    assert verify(archive, public_key=PINNED).problems == []


@pytest.mark.parametrize("pinned", [PINNED, PINNED.upper(), f" {PINNED}\n"])
def test_a_key_is_known_however_it_was_copied(pinned: str) -> None:
    assert verify(SEALED, public_key=pinned).valid
    assert not verify(sealed(by=THEIRS), public_key=pinned).valid


def spoiled_line(**facts: Any) -> bytes:
    return json.dumps(as_json(entries(1)[0]) | facts).encode()


SPOILED = {
    "a float": spoiled_line(data={"n": 1.5}),
    "NaN": spoiled_line(data={"n": float("nan")}),
    "infinity deep inside": spoiled_line(data={"n": [{"m": float("inf")}]}),
    "data that is no map": spoiled_line(data=5),
    "a number as text": spoiled_line(seq="1"),
    "a number that is a truth": spoiled_line(seq=True),
    "a hash that is none": spoiled_line(hash=None),
    "a field more": spoiled_line(more="x"),
    "an actor that is text": spoiled_line(actor="chen-wei"),
    "a name that is a list": spoiled_line(actor={"id": ["chen-wei"]}),
    "lists without end": b"[" * 100_000,
    "half a character": spoiled_line(data={"text": "\ud800"}),
}


@pytest.mark.parametrize("line", SPOILED.values(), ids=SPOILED)
def test_a_line_of_the_wrong_types_is_named(line: bytes) -> None:
    problems = verify(sealed({RECORD: line + b"\n"})).problems

    assert problems == [f"{RECORD}: line 1 was changed: it is not a record entry"]


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


@settings(max_examples=50)
@given(
    st.dictionaries(
        st.text(alphabet="abc/.照", min_size=1, max_size=9).map(lambda name: f"files/{name}"),
        st.binary(max_size=99),
        max_size=4,
    )
)
def test_whatever_was_shared_is_sealed_and_found_valid(files: dict[str, bytes]) -> None:
    assert verify(sealed(files), public_key=PINNED).problems == []
