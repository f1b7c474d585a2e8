"""Finding the files that somebody names."""

import io
from pathlib import Path

import pytest

from tenfold.core.errors import DataError
from tenfold.data.wanted import find_wanted


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def make(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"")


def found(*names: str, stdin: bytes | None = None) -> list[tuple[str, str]]:
    """The name of each file as given, and its path; a file that is left out has no path."""
    stream = None if stdin is None else io.BytesIO(stdin)
    return [
        (each.name, "" if each.reason else each.path.as_posix())
        for each in find_wanted(names, stream)
    ]


def reasons(*names: str) -> list[str]:
    return [each.reason for each in find_wanted(names)]


def test_a_folder_gives_every_file_at_any_depth_but_no_leftovers():
    make("pics/b.png", "pics/in/deep/a.png", "pics/Thumbs.db", "pics/.hidden.png")
    make("pics/__MACOSX/b.png", "pics/odd.name")
    names = ["pics/b.png", "pics/in/deep/a.png", "pics/odd.name"]
    assert found("pics") == found("./pics/") == [(name, name) for name in names]


def test_links_out_of_a_folder_are_left_out_and_loops_end():
    make("pics/a.png", "elsewhere/b.png")
    Path("pics/out").symlink_to("../elsewhere")
    Path("pics/loop").symlink_to(".")
    assert found("pics") == [("pics/a.png", "pics/a.png"), ("pics/loop", ""), ("pics/out", "")]
    assert reasons("pics")[2] == "a link to outside the folder"


def test_an_empty_folder_and_a_file_that_is_not_there_say_so():
    Path("empty").mkdir()
    assert reasons("empty", "none.png") == ["a folder without files", "there is no such file"]


def test_a_pattern_gives_the_files_that_it_fits():
    make("pics/b.png", "pics/a.png", "pics/in/c.png", "pics/c.jpg")
    assert found("pics/*.png") == [(n, n) for n in ("pics/a.png", "pics/b.png")]
    assert found("pics/?.jpg") == [("pics/c.jpg", "pics/c.jpg")]
    deep = [("pics/a.png",) * 2, ("pics/b.png",) * 2, ("pics/in/c.png",) * 2]
    assert found("pics/**/*.png") == found("pics/**/[abc].png") == deep
    assert reasons("pics/*.gif") == ["no file has that name or matches that pattern"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file():
    make("a[1].png", "a1.png")
    assert found("a[1].png") == [("a[1].png", "a[1].png")]


@pytest.mark.parametrize(
    "text",
    [
        "label,path\ncat,in/1.png\ndog,in/2.png\n",
        "\ufefflabel;Path\r\ncat;in/1.png\r\ndog;in/2.png\r\n",
        'label\tfilename\ncat\t"in/1.png"\n\ndog\tin/2.png\n',
        "in/1.png,cat\nin/2.png,dog\n",
        "where,label\nin/1.png,cat\nin/2.png,dog\n",
    ],
)
def test_a_list_names_files_beside_it(text):
    make("set/in/1.png", "set/in/2.png")
    Path("set/list.csv").write_bytes(text.encode())
    expected = [("in/1.png", "set/in/1.png"), ("in/2.png", "set/in/2.png")]
    assert found("set/list.csv") == expected


def test_a_list_of_ids_may_lack_the_endings_and_says_which_files_are_missing():
    make("1.png", "2.jpg")
    Path("list.csv").write_text("id,label\n1,cat\n2,dog\n3,dog\n")
    assert found("list.csv") == [("1", "1.png"), ("2", "2.jpg"), ("3", "")]
    assert reasons("list.csv")[2] == "no such file beside list.csv"


def test_a_text_file_is_a_path_a_line():
    make("a, b.png", "c.png")
    Path("list.txt").write_text("a, b.png\n\nc.png")
    assert found("list.txt") == [("a, b.png", "a, b.png"), ("c.png", "c.png")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "a list without files"),
        ("path,label\n", "a list without files"),
        ("label,split\ncat,train\ndog,test\n", "no column of it is called path, file, filename"),
    ],
)
def test_a_list_that_names_no_file_says_so(text, reason):
    Path("list.csv").write_text(text)
    assert len(reasons("list.csv")) == 1
    assert reasons("list.csv")[0].startswith(reason)


def test_a_list_that_spreadsheets_call_unicode_text_is_read():
    make("ä.png")
    Path("list.csv").write_bytes("path\tlabel\nä.png\tcat\n".encode("utf-16"))
    assert found("list.csv") == [("ä.png", "ä.png")]


def test_a_file_that_only_calls_itself_a_list_is_an_error():
    Path("list.csv").write_bytes(b'path\n"' + b"x" * 200_000 + b'"\n')
    with pytest.raises(DataError, match=r"Cannot read the list list\.csv: field larger"):
        found("list.csv")


@pytest.mark.parametrize(
    ("stdin", "names"),
    [
        (b"a.png\nb c.png\n", ["a.png", "b c.png"]),
        (b"a.png\r\n\r\nb c.png", ["a.png", "b c.png"]),
        (b"a.png\0b c.png\0", ["a.png", "b c.png"]),
        (b"line\nbreak.png\0a.png", ["line\nbreak.png", "a.png"]),
        (b"", []),
    ],
)
def test_standard_input_gives_a_path_a_line_or_each_ended_by_a_nul(stdin, names):
    make(*names)
    assert found("-", stdin=stdin) == [(name, name) for name in names]


def test_paths_of_standard_input_may_lie_across_blocks():
    names = [f"{'x' * 90}{i}.png" for i in range(2_000)]  # 190 kB; a block has 64.
    given = "\n".join(names).encode()
    assert [each.name for each in find_wanted(["-"], io.BytesIO(given))] == names


def test_a_closed_standard_input_is_an_error():
    with pytest.raises(DataError, match="which is closed"):
        found("-")
