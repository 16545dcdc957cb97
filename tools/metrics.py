#!/usr/bin/env python3
"""Prints sizes of files and functions of Swift sources, unsafe code and documentation.

    tools/metrics.py [FOLDER...]      (default: Sources)

A function is a `func`, `init`, `deinit` or `subscript` with a body, from its keyword to the closing brace.
Comments and string literals are blanked before braces are matched. Needs the standard library only.
"""

import re
import statistics
import sys
from pathlib import Path

DECLARATION = re.compile(
    r"(?<![\w.`])(?:func\s+(?P<name>`[^`]+`|[^\s(<]+)|(?P<other>init|deinit|subscript)\b)")
PUBLIC = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*public\s+(?!extension|import)"
    r"(?:\w+\s+)*?(?:func|init|var|let|struct|class|enum|protocol|actor|typealias|subscript|static)\b")
MARKERS = ("withUnsafe", "@unchecked Sendable", "fatalError")


def end_of_string(text, start):
    """The index after the literal that opens at `start` with any number of #, or None where none opens."""
    opening = re.compile(r'(#*)("""|")').match(text, start)
    if not opening:
        return None
    hashes, quote = opening.groups()
    index = opening.end()
    while index < len(text):
        if text.startswith(quote + hashes, index):
            return index + len(quote + hashes)
        if text.startswith("\\" + hashes + "(", index):
            index = end_of_interpolation(text, index + len(hashes) + 2)
        elif text.startswith("\\" + hashes, index):
            index += len(hashes) + 2
        else:
            index += 1
    return index


def end_of_interpolation(text, index):
    depth = 1
    while index < len(text) and depth:
        after = end_of_string(text, index)
        if after:
            index = after
            continue
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        index += 1
    return index


def end_of_comment(text, start):
    """The index after the comment that opens at `start`, or None; block comments nest."""
    if text.startswith("//", start):
        end = text.find("\n", start)
        return len(text) if end < 0 else end
    if not text.startswith("/*", start):
        return None
    depth, index = 1, start + 2
    while index < len(text) and depth:
        token = text[index : index + 2]
        depth += {"/*": 1, "*/": -1}.get(token, 0)
        index += 2 if token in ("/*", "*/") else 1
    return index


def blanked(text):
    """The same text, line for line, without the contents of comments and strings."""
    pieces, index = [], 0
    while index < len(text):
        end = end_of_comment(text, index) or end_of_string(text, index)
        if end:
            pieces.append(re.sub(r"[^\n]", " ", text[index:end]))
            index = end
        else:
            pieces.append(text[index])
            index += 1
    return "".join(pieces)


def opening_brace(code, start):
    """Where the body of a declaration opens, or None for a requirement of a protocol."""
    depth = 0
    for index in range(start, len(code)):
        character = code[index]
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
            if depth < 0:
                return None
        elif depth == 0 and character == "{":
            return index
        elif depth == 0 and character == "}":
            return None
        elif depth == 0 and character == "\n" and ends_without_body(code, start, index):
            return None
    return None


def ends_without_body(code, start, newline):
    """Whether the declaration is over at this line's end: the next line begins another one."""
    signature, following = code[start:newline].rstrip(), code[newline:].lstrip()
    continues = following.startswith(("{", "->", "where", "throws", "async", "rethrows", "&", ",", ":"))
    return ")" in signature and not continues and not signature.endswith(("->", "where"))


def closing_brace(code, opening):
    depth = 0
    for index in range(opening, len(code)):
        depth += {"{": 1, "}": -1}.get(code[index], 0)
        if depth == 0:
            return index
    return len(code) - 1


def functions(path, code):
    """(lines, place) of every function with a body."""
    found = []
    for match in DECLARATION.finditer(code):
        if match["other"] and not is_declared(code, match):
            continue
        opening = opening_brace(code, match.end())
        if opening is None:
            continue
        first = code.count("\n", 0, match.start())
        last = code.count("\n", 0, closing_brace(code, opening))
        found.append((last - first + 1, f"{path}:{first + 1} {match['name'] or match['other']}"))
    return found


def is_declared(code, match):
    """Tells `init(…) {` from a call such as `init(name)` inside a body: only modifiers stand before it."""
    before = code[code.rfind("\n", 0, match.start()) + 1 : match.start()]
    after = code[match.end() : match.end() + 1]
    is_modified = re.fullmatch(r"\s*(?:(?:@\w+(?:\([^)]*\))?|[a-z]+(?:\([a-z]+\))?)\s+)*", before) is not None
    return is_modified and (match["other"] == "deinit" or after in "(<?! ")


def documented(lines):
    """(public declarations, those under a `///` comment)."""
    total = with_comment = 0
    for index, line in enumerate(lines):
        if not PUBLIC.match(line):
            continue
        total += 1
        above = index - 1
        while above >= 0 and lines[above].strip().startswith("@"):
            above -= 1
        with_comment += above >= 0 and lines[above].strip().startswith("///")
    return total, with_comment


def spread(sizes):
    ordered = sorted(sizes)
    p90 = ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))]
    return f"median {statistics.median(ordered):g}, p90 {p90}, max {ordered[-1]} lines"


def main():
    folders = sys.argv[1:] or ["Sources"]
    paths = sorted(path for folder in folders for path in Path(folder).rglob("*.swift"))
    if not paths:
        sys.exit(f"metrics: no Swift files under {', '.join(folders)}")
    files, bodies, comments, publics, commented = [], [], 0, 0, 0
    marks = dict.fromkeys(MARKERS, 0)
    for path in paths:
        text = path.read_text(encoding="utf-8")
        lines, code = text.splitlines(), blanked(text)
        files.append((len(lines), str(path)))
        bodies += functions(path, code)
        comments += sum(line.lstrip().startswith("///") for line in lines)
        total, with_comment = documented(lines)
        publics, commented = publics + total, commented + with_comment
        for mark in MARKERS:
            marks[mark] += code.count(mark)

    lines = sum(size for size, _ in files)
    print(f"files       {len(files)}, {lines:,} lines; {spread([size for size, _ in files])}")
    if bodies:
        print(f"functions   {len(bodies)}; {spread([size for size, _ in bodies])}")
    print(f"doc lines   {comments:,} ({comments / max(1, lines):.0%}); "
          f"public declarations with a comment {commented} of {publics}")
    print("uses        " + ", ".join(f"{mark} {count}" for mark, count in marks.items()))
    for title, rows in (("longest files", files), ("longest functions", bodies)):
        print(title)
        for size, place in sorted(rows, reverse=True)[:5]:
            print(f"  {size:>4}  {place}")


if __name__ == "__main__":
    main()
