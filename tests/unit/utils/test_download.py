"""get_file: what is kept, what is refused, and where unpacked files are found."""

import hashlib
import io
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

import nbkeras
from nbkeras.utils import archives, download
from nbkeras.utils.cache_folder import cache_folder

get_file = nbkeras.utils.get_file


def zip_of(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return buffer.getvalue()


def tar_of(*members, mode="w:gz"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for info, data in members:
            info = tarfile.TarInfo(info) if isinstance(info, str) else info
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def test_a_file_is_downloaded_once(homes, web):
    web.files["/data.txt"] = b"hello"
    path = Path(get_file("data.txt", f"{web.address}/data.txt"))
    assert path == cache_folder() / "datasets" / "data.txt"
    assert path.read_bytes() == b"hello"
    get_file("data.txt", f"{web.address}/data.txt")
    assert len(web.asked) == 1
    get_file("data.txt", f"{web.address}/data.txt", force_download=True)
    assert len(web.asked) == 2


def test_the_name_comes_from_the_address_without_its_query(homes, web):
    web.files["/some/data.csv"] = b"a,b"
    path = get_file(origin=f"{web.address}/some/data.csv?download=1")
    assert Path(path).name == "data.csv"


def test_cache_dir_and_subdir_choose_the_place(homes, web, tmp_path):
    web.files["/d.txt"] = b"x"
    path = get_file(
        "d.txt", f"{web.address}/d.txt", cache_dir=tmp_path / "here", cache_subdir="sub"
    )
    assert Path(path) == tmp_path / "here" / "sub" / "d.txt"


@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
def test_the_sum_is_checked_and_a_wrong_file_is_not_kept(homes, web, algorithm):
    web.files["/d.bin"] = b"right"
    good = hashlib.new(algorithm, b"right").hexdigest()
    name = "md5_hash" if algorithm == "md5" else "file_hash"
    path = get_file("d.bin", f"{web.address}/d.bin", **{name: good})
    assert Path(path).read_bytes() == b"right"
    with pytest.raises(ValueError, match=f"has the {algorithm} hash .* is expected"):
        get_file("e.bin", f"{web.address}/d.bin", **{name: "0" * len(good)})
    assert [p.name for p in Path(path).parent.iterdir()] == ["d.bin"]


def test_a_download_that_breaks_off_leaves_nothing(homes, web):
    def half(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"x" * 10)

    web.files["/d.bin"] = half
    with pytest.raises(OSError, match=r"10 of 1000 bytes|IncompleteRead"):
        get_file("d.bin", f"{web.address}/d.bin")
    assert list((cache_folder() / "datasets").iterdir()) == []


def test_a_missing_file_is_an_os_error(homes, web):
    with pytest.raises(OSError, match="404"):
        get_file("d.bin", f"{web.address}/none")


@pytest.mark.parametrize(
    "origin", ["http://example.org/a", "ftp://x/a", "file:///etc/passwd"]
)
def test_only_https_is_downloaded(homes, origin):
    with pytest.raises(ValueError, match=r"Write the URL with https://"):
        get_file("a", origin)


def test_a_redirect_away_from_https_is_refused(homes, web):
    def away(handler):
        handler.send_response(302)
        handler.send_header("Location", "http://example.org/evil")
        handler.end_headers()

    web.files["/d.bin"] = away
    with pytest.raises(ValueError, match="only https URLs"):
        get_file("d.bin", f"{web.address}/d.bin")


@pytest.mark.parametrize("name", ["../evil", "a/b", "/etc/x", "..", "."])
def test_a_name_with_folders_is_refused(homes, web, name):
    with pytest.raises(ValueError, match=r'Write for example fname="data.zip"'):
        get_file(name, f"{web.address}/d.bin")


def test_an_address_is_needed():
    with pytest.raises(ValueError, match="needs the URL of the file"):
        get_file("a.txt")


def test_more_than_the_limit_is_refused(homes, web, monkeypatch):
    monkeypatch.setattr(download, "SIZE_LIMIT", 100)
    web.files["/d.bin"] = bytes(1000)
    with pytest.raises(OSError, match="larger than 100 bytes"):
        get_file("d.bin", f"{web.address}/d.bin")
    assert list((cache_folder() / "datasets").iterdir()) == []


def test_a_long_download_shows_how_far_it_is(homes, web, monkeypatch, capsys):
    monkeypatch.setattr(download, "PROGRESS_BYTES", 10)
    web.files["/d.bin"] = bytes(3 * 2**20)
    get_file("d.bin", f"{web.address}/d.bin")
    out = capsys.readouterr().out
    assert f"Downloading {web.address}/d.bin" in out
    assert "3/3" in out


# Unpacking.


def test_a_zip_is_unpacked_once(homes, web):
    web.files["/pets.zip"] = zip_of(pets__cat="miau", pets__dog="wau")
    folder = Path(get_file("pets.zip", f"{web.address}/pets.zip", extract=True))
    assert (folder / "pets" / "cat").read_text() == "miau"
    (folder / "pets" / "cat").write_text("mine")
    again = get_file("pets.zip", f"{web.address}/pets.zip", extract=True)
    assert (Path(again) / "pets" / "cat").read_text() == "mine"
    assert len(web.asked) == 1


def test_the_parts_are_also_beside_it_as_tutorials_of_keras_2_expect(homes, web):
    web.files["/pets.zip"] = zip_of(pets__cat="miau")
    path = Path(get_file("pets.zip", f"{web.address}/pets.zip", extract=True))
    assert (path.parent / "pets" / "cat").read_text() == "miau"
    assert (path.parent / "pets.zip").is_file()


def test_an_archive_of_one_folder_of_its_name_is_that_folder(homes, web):
    data = tar_of(("flowers/rose/1.txt", b"r"), ("flowers/tulip/1.txt", b"t"))
    web.files["/flowers.tgz"] = data
    folder = Path(get_file("flowers", f"{web.address}/flowers.tgz", untar=True))
    assert sorted(p.name for p in folder.iterdir()) == ["rose", "tulip"]


def link(name, target, kind=tarfile.SYMTYPE):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def long_way_out(evil):
    """A tar of CVE-2025-4517: a path too long to be resolved hides a link that leaves."""
    folder, steps, members, path = "d" * 247, "abcdefghijklmnop", [], ""

    def folder_of(name):
        info = tarfile.TarInfo(name)
        info.type = tarfile.DIRTYPE
        return info, b""

    for step in steps:
        members.append(folder_of(path + folder))
        members.append(link(path + step, folder))
        path += folder + "/"
    long = "/".join(steps) + "/" + "l" * 254
    members.append(link(long, "../" * len(steps)))
    members.append(link("escape", long + "/.." * 6 + evil))
    return tar_of(*members, ("escape/evil.txt", b"x"), mode="w")


def zip_link(name, target):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = 0o120777 << 16
        archive.writestr(info, target)
        archive.writestr(f"{name}/evil.txt", b"x")
    return buffer.getvalue()


def unsized_zip():
    """A zip whose member is longer than its entry says."""
    data = bytearray(zip_of(a="x" * 100))
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (50).to_bytes(4, "little")
    return bytes(data)


HOSTILE = {
    "tar long way out": long_way_out("/tmp"),
    "tar link inside": tar_of(("b/x", b"x"), link("a", "b"), ("a/evil.txt", b"x")),
    "tar fifo": tar_of(link("a", "", tarfile.FIFOTYPE)),
    "tar below a file": tar_of(("a", b"x"), ("a/b", b"x")),
    "tar twice": tar_of(("a", b"x"), ("./a", b"y")),
    "tar absolute": tar_of(("/tmp/evil.txt", b"x")),
    "tar long name": tar_of(("e" * 300, b"x"), mode="w"),
    "zip link": zip_link("a", "/tmp"),
    "zip below a file": zip_of(a="x", a__b="y"),
    "zip file below": zip_of(a__b="y", a="x"),
    "zip lies about its size": unsized_zip(),
    "tar leads out": tar_of(("../evil.txt", b"x")),
    "tar absolute link": tar_of(link("a", "/etc/passwd")),
    "tar link out": tar_of(link("a", "../../evil"), ("a/b", b"x")),
    "tar hard link": tar_of(link("a", "../../../etc/passwd", tarfile.LNKTYPE)),
    "tar device": tar_of(link("a", "", tarfile.CHRTYPE)),
    "zip leads out": zip_of(**{"..__evil.txt": "x"}),
    "zip absolute": zip_of(**{"____tmp__evil.txt": "x"}),
    "cut zip": zip_of(a="x" * 100)[:-30],
    "cut tar": tar_of(("a", bytes(range(256)) * 50))[:-40],
    "web page": b"<html></html>",
    "nothing": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_damaged_archive_is_refused_and_nothing_is_left(homes, web, name):
    web.files["/a.bin"] = HOSTILE[name]
    with pytest.raises(ValueError, match=r"outside|no name|twice|damaged|neither"):
        get_file("a.bin", f"{web.address}/a.bin", extract=True)
    datasets = cache_folder() / "datasets"
    assert [p.name for p in datasets.iterdir()] == ["a.bin"]
    assert not list(homes[0].parent.rglob("evil*"))


def test_an_archive_with_a_link_says_how_to_unpack_it_oneself(homes, web, tmp_path):
    web.files["/a.tar"] = tar_of(("b", b"x"), link("a", "b"))
    with pytest.raises(ValueError, match=r"'a' is a link") as caught:
        get_file("a.tar", f"{web.address}/a.tar", extract=True)
    advice = str(caught.value).split("unpack it yourself: ")[1].rstrip(".")
    assert advice.startswith("shutil.unpack_archive(")
    eval(advice.replace("'folder'", repr(str(tmp_path / "mine"))), {"shutil": shutil})
    assert (tmp_path / "mine" / "b").read_bytes() == b"x"


def test_an_archive_of_too_many_files_is_refused(homes, web, monkeypatch):
    monkeypatch.setattr(archives, "MEMBER_LIMIT", 10)
    web.files["/a.zip"] = zip_of(**{f"f{number}": "" for number in range(11)})
    with pytest.raises(ValueError, match="more than 10 files"):
        get_file("a.zip", f"{web.address}/a.zip", extract=True)


def test_a_hostile_member_writes_no_escape_sequence_into_the_message(homes, web):
    web.files["/a.tar"] = tar_of(link("a\x1b]52;c;eA==\x07" + "n" * 9000, "b"))
    with pytest.raises(ValueError, match=r"a\\x1b\]52") as caught:
        get_file("a.tar", f"{web.address}/a.tar", extract=True)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


def test_an_archive_that_unpacks_to_too_much_is_refused(homes, web, monkeypatch):
    monkeypatch.setattr(archives, "SIZE_LIMIT", 1000)
    web.files["/a.zip"] = zip_of(a="x" * 2000)
    with pytest.raises(ValueError, match="would unpack to 2,000 bytes"):
        get_file("a.zip", f"{web.address}/a.zip", extract=True)
