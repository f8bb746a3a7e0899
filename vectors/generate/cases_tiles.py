"""tile-path: coordinates to paths and back, and paths that are not the one spelling of their coordinates."""

from topic import Topic

PAIRS = [
    ("tile/0/000", 0, 0, 0),
    ("tile/0/001.p/255", 0, 1, 255),
    ("tile/0/999", 0, 999, 0),
    ("tile/0/x001/000", 0, 1000, 0),
    ("tile/3/x001/x234/067", 3, 1234067, 0),
    ("tile/3/x001/x234/067.p/8", 3, 1234067, 8),
    ("tile/63/000.p/1", 63, 0, 1),
    ("tile/8/x999/999", 8, 999999, 0),
    ("tile/1/x001/x000/000", 1, 1000000, 0),
    ("tile/0/x009/x007/x199/x254/x740/992", 0, 9007199254740992, 0),
    ("tile/0/x018/x446/x744/x073/x709/x551/615", 0, 2**64 - 1, 0),
    ("tile/entries/000", None, 0, 0),
    ("tile/entries/273.p/112", None, 273, 112),
    ("tile/entries/x001/x234/067", None, 1234067, 0),
    ("tile/entries/x018/x446/x744/x073/x709/x551/615.p/255", None, 2**64 - 1, 255),
]

PATHS = [
    "",
    "checkpoint",
    "tile",
    "tile/",
    "tile/0",
    "tile/0/",
    "tile/0/0",
    "tile/0/00",
    "tile/0/0000",
    "tile/0/1234",
    "tile/0/x000/001",
    "tile/0/x000",
    "tile/0/x001",
    "tile/0/x001/x002",
    "tile/0/001/002",
    "tile/0/x1/002",
    "tile/0/X001/002",
    "tile/0/x001/x000/x000/001/",
    "tile/64/000",
    "tile/00/000",
    "tile/01/000",
    "tile/-1/000",
    "tile/+1/000",
    "tile/256/000",
    "tile/99999999999999999999/000",
    "tile/data/000",
    "tile/Entries/000",
    "tile/entries/0/000",
    "tile/0/000.p/0",
    "tile/0/000.p/00",
    "tile/0/000.p/01",
    "tile/0/000.p/256",
    "tile/0/000.p/-1",
    "tile/0/000.p/1.5",
    "tile/0/000.p/",
    "tile/0/000.p",
    "tile/0/000.P/1",
    "tile/0/000p/1",
    "tile/0/000/1",
    "tile/0/000.p/1/",
    "tile/0/000.p/1.p/1",
    "tile/0/000.p/99999999999999999999",
    "/tile/0/000",
    "./tile/0/000",
    "tile//000",
    "tile/0//000",
    "tile/0/../000",
    "tile/0/000/..",
    "tile/0/%30%30%30",
    "tile/0/000?x",
    "tile/0/000#x",
    "tile/0/000\n",
    "tile/0/000\x00",
    " tile/0/000",
    "tile/0/000 ",
    "tile/0/٠٠٠",
    "tile/8/000/",
    "Tile/0/000",
    "tile\\0\\000",
    "tile/0/-01",
    "tile/0/1e3",
    "tile/0/x018/x446/x744/x073/x709/x551/616",
    "tile/0/" + "x999/" * 40 + "999",
]


def coordinates(level, index, width):
    if level is None:
        return {"kind": "entries", "index": str(index), "width": width}
    return {"kind": "tile", "level": level, "index": str(index), "width": width}


def topics():
    topic = Topic("tile-path")
    for i, (path, level, index, width) in enumerate(PAIRS):
        given = coordinates(level, index, width)
        topic.good(f"encode-{i:02}", f"coordinates of {path}", "tile-path", given, path=path)
        topic.good(f"decode-{i:02}", f"the path {path}", "tile-path", {"path": path}, **given)
    topic.good(
        "level-beside-entries",
        "a level beside kind entries is not looked at",
        "tile-path",
        {**coordinates(None, 5, 0), "level": 9},
        path="tile/entries/005",
    )
    for i, path in enumerate(PATHS):
        topic.bad(f"path-{i:02}", f"no path: {path[:40]!r}", "tile-path", {"path": path}, "tile_path_malformed")
    good = coordinates(0, 7, 0)
    for name, change in [
        ("level-64", {"level": 64}),
        ("level-minus", {"level": -1}),
        ("level-fraction", {"level": 0.5}),
        ("width-256", {"width": 256}),
        ("width-minus", {"width": -1}),
        ("width-fraction", {"width": 1.5}),
    ]:
        topic.bad(name, name.replace("-", " "), "tile-path", {**good, **change}, "tile_path_malformed")
    for name, change in [
        ("index-minus", {"index": "-1"}),
        ("index-leading-zero", {"index": "07"}),
        ("index-number", {"index": 7}),
        ("index-too-large", {"index": "18446744073709551616"}),
        ("kind-unknown", {"kind": "checkpoint"}),
        ("kind-case", {"kind": "Tile"}),
        ("kind-absent", {"kind": None}),
        ("path-number", {"path": 7}),
        ("level-text", {"level": "0"}),
        ("level-null", {"level": None}),
        ("width-text", {"width": "0"}),
        ("width-true", {"width": True}),
    ]:
        topic.bad(name, name.replace("-", " "), "tile-path", {**good, **change}, "bad_request")
    return [topic]
