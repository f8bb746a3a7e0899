"""Paths of tiles and entry bundles (C2SP tlog-tiles v0.1.0), both ways."""

import re

from bytes_text import Refused, uint64

PATH = re.compile(r"tile/(entries|[0-9]+)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]+))?")


def index_text(index):
    groups = ["%03d" % (index % 1000)]
    while index >= 1000:
        index //= 1000
        groups.insert(0, "x%03d" % (index % 1000))
    return "/".join(groups)


def path_of(kind, level, index, width):
    if kind == "tile" and not (type(level) is int and 0 <= level <= 63):
        raise Refused("tile_path_malformed")
    if not (type(width) is int and 0 <= width <= 255):
        raise Refused("tile_path_malformed")
    first = "entries" if kind == "entries" else str(level)
    return f"tile/{first}/{index_text(index)}" + (f".p/{width}" if width else "")


def parse(path):
    """Coordinates of a path; only a path equal to its own re-encoding is one."""
    match = PATH.fullmatch(path)
    if match is None:
        raise Refused("tile_path_malformed")
    first, number, width_text = match.groups()
    index = uint64(number.replace("/", "").replace("x", "").lstrip("0") or "0")
    if index is None:
        raise Refused("tile_path_malformed")
    width = int(width_text) if width_text else 0
    kind, level = ("entries", 0) if first == "entries" else ("tile", int(first))
    if path_of(kind, level, index, width) != path or width_text == "0":
        raise Refused("tile_path_malformed")
    found = {"kind": kind, "index": str(index), "width": width}
    return {**found, "level": level} if kind == "tile" else found
