"""get_file: what is kept, what is refused, and where unpacked files are found."""

import hashlib
import io
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
    with pytest.raises(ValueError, match=f"has the {algorithm} sum .* was wanted"):
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
    with pytest.raises(ValueError, match=r"Write the address with https://"):
        get_file("a", origin)


def test_a_redirect_away_from_https_is_refused(homes, web):
    def away(handler):
        handler.send_response(302)
        handler.send_header("Location", "http://example.org/evil")
        handler.end_headers()

    web.files["/d.bin"] = away
    with pytest.raises(ValueError, match="only https addresses"):
        get_file("d.bin", f"{web.address}/d.bin")


@pytest.mark.parametrize("name", ["../evil", "a/b", "/etc/x", "..", "."])
def test_a_name_with_folders_is_refused(homes, web, name):
    with pytest.raises(ValueError, match=r'Write for example fname="data.zip"'):
        get_file(name, f"{web.address}/d.bin")


def test_an_address_is_needed():
    with pytest.raises(ValueError, match="needs the address of the file"):
        get_file("a.txt")


def test_more_than_the_limit_is_refused(homes, web, monkeypatch):
    monkeypatch.setattr(download, "SIZE_LIMIT", 100)
    web.files["/d.bin"] = bytes(1000)
    with pytest.raises(OSError, match="larger than 100 bytes"):
        get_file("d.bin", f"{web.address}/d.bin")
    assert list((cache_folder() / "datasets").iterdir()) == []


def test_a_long_download_shows_how_far_it_is(homes, web, monkeypatch, capsys):
    monkeypatch.setattr(download, "SHOWN", 10)
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


HOSTILE = {
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
    with pytest.raises(ValueError, match=r"outside|leads out|damaged|neither"):
        get_file("a.bin", f"{web.address}/a.bin", extract=True)
    datasets = cache_folder() / "datasets"
    assert [p.name for p in datasets.iterdir()] == ["a.bin"]
    assert not list(homes[0].parent.rglob("evil*"))


def test_an_archive_that_unpacks_to_too_much_is_refused(homes, web, monkeypatch):
    monkeypatch.setattr(archives, "SIZE_LIMIT", 1000)
    web.files["/a.zip"] = zip_of(a="x" * 2000)
    with pytest.raises(ValueError, match="would unpack to 2,000 bytes"):
        get_file("a.zip", f"{web.address}/a.zip", extract=True)
