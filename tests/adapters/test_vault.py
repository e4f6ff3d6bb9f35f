"""The vault: nothing readable at rest, nothing swapped unseen, nothing left once a key is destroyed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.adapters.durable import write_durably
from hub.adapters.vault import KeyEncryptionKeys, Vault, WrappedKey, new_keys
from hub.decision import NotFound, Tampered, Unavailable

SECRET = b"Perpetua Quillfeather, 01632 960123"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault", new_keys())


def test_a_batch_comes_back_whole_and_lies_encrypted(vault: Vault) -> None:
    key = vault.new_key("b1")
    vault.put_piece("b1", 0, key, SECRET)
    vault.put_piece("b1", 1, key, b"rest")
    assert vault.read("b1", 2, key) == SECRET + b"rest"
    stored = b"".join(p.read_bytes() for p in vault.folder.rglob("*") if p.is_file())
    assert SECRET not in stored
    assert b"Quillfeather" not in stored


def test_files_are_private_and_named_by_ids_only(vault: Vault) -> None:
    vault.put_piece("b1", 0, vault.new_key("b1"), SECRET)
    files = [p for p in vault.folder.rglob("*") if p.is_file()]
    assert [p.relative_to(vault.folder).as_posix() for p in files] == ["b1/000000"]
    assert all(p.stat().st_mode & 0o077 == 0 for p in files)


def test_swapped_pieces_are_found(vault: Vault) -> None:
    key = vault.new_key("b1")
    for number in (0, 1):
        vault.put_piece("b1", number, key, b"same length")
    first, second = vault.folder / "b1" / "000000", vault.folder / "b1" / "000001"
    held = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(held)
    with pytest.raises(Tampered):
        vault.read("b1", 2, key)


@pytest.mark.parametrize("at", [0, 11, 12, -1])
def test_a_flipped_bit_is_found(vault: Vault, at: int) -> None:
    key = vault.new_key("b1")
    vault.put_piece("b1", 0, key, SECRET)
    path = vault.folder / "b1" / "000000"
    stored = bytearray(path.read_bytes())
    stored[at] ^= 1
    path.write_bytes(stored)
    with pytest.raises(Tampered):
        vault.read("b1", 1, key)


def test_a_missing_piece_is_named_without_its_content(vault: Vault) -> None:
    with pytest.raises(NotFound, match="piece 0"):
        vault.read("b1", 1, vault.new_key("b1"))


def test_another_batchs_key_opens_nothing(vault: Vault) -> None:
    vault.put_piece("b1", 0, vault.new_key("b1"), SECRET)
    with pytest.raises(Tampered):
        vault.read("b1", 1, vault.new_key("b2"))


def test_without_the_key_over_keys_a_batch_is_shredded(vault: Vault) -> None:
    key = vault.new_key("b1")
    vault.put_piece("b1", 0, key, SECRET)
    stranger = Vault(vault.folder, KeyEncryptionKeys("other", {"other": os.urandom(32)}))
    with pytest.raises(Unavailable):
        stranger.read("b1", 1, key)


def test_rotation_keeps_old_batches_readable(vault: Vault, tmp_path: Path) -> None:
    key = vault.new_key("b1")
    vault.put_piece("b1", 0, key, SECRET)
    assert isinstance(vault.keks, KeyEncryptionKeys)
    grown = vault.keks.with_new()
    grown.write(tmp_path / "kek.json")
    again = Vault(vault.folder, KeyEncryptionKeys.read(tmp_path / "kek.json"))
    assert again.read("b1", 1, key) == SECRET
    assert again.new_key("b2").kek_id == grown.current != key.kek_id
    assert (tmp_path / "kek.json").stat().st_mode & 0o077 == 0


def test_quarantined_rows_are_bound_to_their_place(vault: Vault) -> None:
    key = vault.new_key("b1")
    sealed = vault.seal_row("b1", 7, key, SECRET)
    assert vault.open_row("b1", 7, key, sealed) == SECRET
    with pytest.raises(Tampered):
        vault.open_row("b1", 8, key, sealed)


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "inside").touch()
    with pytest.raises(OSError):  # noqa: PT011 (a folder cannot be replaced by a file, whatever the platform calls it)
        write_durably(target, b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_keys_that_are_not_there_are_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="HUB_KEYS_DIR"):
        KeyEncryptionKeys.read(tmp_path / "none.json")


def test_wrapped_keys_say_nothing_of_the_key() -> None:
    keks = new_keys()
    wrapped = keks.wrap("b1", b"k" * 32)
    assert isinstance(wrapped, WrappedKey)
    assert b"k" * 8 not in wrapped.wrapped
