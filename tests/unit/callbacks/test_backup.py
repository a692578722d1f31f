"""BackupAndRestore: what it asks for."""

import pytest

from nbkeras import callbacks


def test_a_backup_needs_a_folder():
    with pytest.raises(ValueError, match=r"Write for example BackupAndRestore\('"):
        callbacks.BackupAndRestore("")
