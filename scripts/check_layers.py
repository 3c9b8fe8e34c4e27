#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the project's laws (docs/ARCHITECTURE.md, "The laws") in seconds.

usage: check_layers.py [ROOT]

Prints `file:line: sentence` for each violation and exits with 1 if there is any:
1. includes point down the layers of src/LAYERS;
2. ITK only in image/, yaml-cpp only in config/, .cu files only in kernels/; torch/torch.h nowhere;
3. train/ and infer/ do not know task kinds by name;
4. what an options struct is gets one describe(Fields&, X&), which names every member, sets none and spells no default;
   numbers, flags and enumerations have theirs beside the member. A default that other code repeats is for readers to find;
5. size of files and functions, forbidden names.
Beside them: the licence line, #pragma once, clang-format where the version that wrote the code is installed, and that
docs/ARCHITECTURE.md has a line for each header and names each source without a header of its own.
"""

import pathlib
import re
import shutil
import subprocess
import sys

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
CLANG_FORMAT_MAJOR = 14  # other versions break lines in other places
LICENCE = "SPDX-License-Identifier: Apache-2.0"
CPP = {".hpp", ".cpp", ".cu", ".cuh"}
SOURCES = CPP | {".py"}
EMPTY_NAMES = {"util", "utils", "common", "helper", "helpers", "manager", "managers"}
TASK_KINDS = re.compile(r"segmentation|classification", re.IGNORECASE)
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
HOMES = ((re.compile(r"^(itk[A-Z]\w*\.h|vnl/|vcl)"), "image", "ITK"),
         (re.compile(r"^yaml-cpp/"), "config", "yaml-cpp"))


def read_layers(root):
    """Rank of each folder, the lowest layer 0."""
    lines = [line.split() for line in (root / "src/LAYERS").read_text().splitlines()
             if line.strip() and not line.startswith("#")]
    return {folder: rank for rank, folders in enumerate(reversed(lines)) for folder in folders}


def check_layer_folders(root, layers):
    folders = {path.name for path in (root / "src").iterdir() if path.is_dir()}
    for folder in sorted(folders - layers.keys()):
        yield f"src/{folder}", 1, "the folder is not in src/LAYERS"
    for folder in sorted(layers.keys() - folders):
        yield "src/LAYERS", 1, f"there is no folder src/{folder}"


def check_includes(name, lines, layers):
    parts = name.split("/")
    layer = parts[1] if parts[0] == "src" and len(parts) > 2 else None
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quote, target = found.groups()
        if target == "torch/torch.h":
            yield name, number, "torch/torch.h costs seconds a file; include the headers that are needed"
        for pattern, home, library in HOMES:
            if layer and layer != home and pattern.match(target):
                yield name, number, f"only {home}/ may include {library}"
        if not layer or quote == "<" or any(pattern.match(target) for pattern, _, _ in HOMES):
            continue
        other = target.split("/")[0]
        if other not in layers:
            yield name, number, f'"{target}" names no layer; include as "folder/file.hpp"'
        elif other != layer and layers[other] >= layers.get(layer, -1):
            yield name, number, f"{layer}/ may not include {other}/, which is not below it in src/LAYERS"


def check_words(name, lines):
    if not name.startswith(("src/train/", "src/infer/")):
        return
    if TASK_KINDS.search(name):
        yield name, 1, "train/ and infer/ know tasks by interface; a file here is not named after a kind"
    for number, line in enumerate(lines, 1):
        found = TASK_KINDS.search(line)
        if found:
            yield name, number, f"'{found.group()}' is no word of train/ and infer/: they know tasks by interface"


def check_names(name):
    for part in name.split("/")[1:]:
        bad = EMPTY_NAMES & set(re.split(r"[_.\-]", part.lower()))
        if bad:
            yield name, 1, f"'{bad.pop()}' says nothing about what is inside; name the thing"


def check_heading(name, lines):
    first_lines = lines[:2] if lines and lines[0].startswith("#!") else lines[:1]
    if not any(LICENCE in line for line in first_lines):
        yield name, 1, f"the first line must say {LICENCE}"
    if name.endswith((".hpp", ".cuh")) and "#pragma once" not in lines[:3]:
        yield name, 1, "a header begins with #pragma once below the licence line"


# What is no code: comments, raw strings, strings, letters (not the ' in 1'000), preprocessor lines.
NO_CODE = re.compile(
    r"""//[^\n]* | /\*.*?\*/
      | R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'
      | ^[ \t]*\#(?:[^\n]*\\\n)*[^\n]*""", re.VERBOSE | re.DOTALL | re.MULTILINE)
CONTAINER = re.compile(r"(inline|export|static|const|constexpr|typedef)\s+|\[\[.*?\]\]\s*")
CONTAINER_WORD = re.compile(r"(namespace|class|struct|union|enum|DOCTEST_TEST_SUITE)\b|extern\s*$")
FUNCTION_END = re.compile(r"(\)|\}|\b(const|noexcept|override|final|mutable|try)|&|\)[\w\s]*->[\w\s:<>,&*()]+)$")


def without_template(header):
    """The header of a block without its leading template <...>."""
    while header.startswith("template"):
        depth = 0
        for at, letter in enumerate(header):
            depth += {"<": 1, ">": -1}.get(letter, 0)
            if letter == ">" and depth == 0:
                header = header[at + 1:].lstrip()
                break
        else:
            break
    return header


def block_kind(header):
    """What a block is, from the text in front of its brace: container, function or other (an initialiser)."""
    header = without_template(header)
    previous = None
    while header != previous:
        previous = header
        header = CONTAINER.sub("", header, count=1) if CONTAINER.match(header) else header
    if CONTAINER_WORD.match(header):
        return "container"
    return "function" if ")" in header and FUNCTION_END.search(header) else "other"


def functions(text):
    """First and last line of each outermost function; lambdas and local classes count to theirs."""
    blanked = NO_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    stack = []
    start = 0  # of the statement that a brace may belong to
    parentheses = 0
    for found in re.finditer(r"[{}();]", blanked):
        mark, at = found.group(), found.start()
        if mark in "()":
            parentheses += 1 if mark == "(" else -1
        elif mark == "{":
            header = blanked[start:at]
            inside = any(block[0] == "function" for block in stack)
            kind = "other" if inside or parentheses > 0 else block_kind(header.strip())
            begin = start + len(header) - len(header.lstrip())
            stack.append((kind, begin, parentheses))
            parentheses = 0
            if kind != "other":
                start = at + 1
        elif mark == "}" and stack:
            kind, begin, parentheses = stack.pop()
            if kind == "function":
                yield blanked.count("\n", 0, begin) + 1, blanked.count("\n", 0, at) + 1
            if kind != "other":
                start = at + 1
        elif mark == ";" and parentheses == 0 and not any(block[0] != "container" for block in stack):
            start = at + 1


def check_sizes(name, text, lines):
    if len(lines) > LONGEST_FILE:
        yield name, LONGEST_FILE + 1, f"has {len(lines)} lines; at most {LONGEST_FILE} are allowed"
    if not name.endswith(tuple(CPP)):
        return
    for first, last in functions(text):
        if last - first + 1 > LONGEST_FUNCTION:
            yield name, first, f"a function of {last - first + 1} lines; at most {LONGEST_FUNCTION} are allowed"


DESCRIBE = re.compile(r"\bvoid\s+describe\(\s*Fields\s*&\s*\w*\s*,\s*(\w+)\s*&\s*(\w*)\s*\)\s*([;{])")
STRUCT = re.compile(r"\bstruct\s+(\w+)\s*(?:final\s*)?(?::[^{;]*)?\{")
KIND = re.compile(r"\bconstexpr\s+std::string_view\s+kind\b")
MEMBER = re.compile(r"(?P<type>[^={]*[\s>])(?P<name>\w+)\s*(?P<default>[={].*)?$", re.DOTALL)
NUMBER = re.compile(r"(std::)?(double|float|bool|int|u?int\d+_t|size_t)")
NAMED = re.compile(r"\bfields\s*\.\s*\w+\(\s*(?:\"\w+\",\s*)?\w+\.(\w+)|\bdescribe\(\s*fields\s*,\s*\w+\.(\w+)")
SPELT_DEFAULT = re.compile(r"\bdefault(s to|:| is| [-0-9.]+\b)|\(default", re.IGNORECASE)


def block_from(code, brace):
    """What stands between the brace at `brace` and its fellow."""
    depth = 0
    for at in range(brace, len(code)):
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        if depth == 0:
            return code[brace + 1:at]
    return code[brace + 1:]


def members(block):
    """Of each data member of a struct: place in the block, type, name, whether it has an initialiser."""
    depth = start = 0
    for at, letter in enumerate(block):
        depth += {"{": 1, "(": 1, "}": -1, ")": -1}.get(letter, 0)
        if letter != ";" or depth:
            continue
        statement, begin, start = block[start:at], start, at + 1
        found = MEMBER.match(statement)
        if found and not statement.split()[0] in ("static", "using", "friend") and "(" not in found["type"]:
            yield begin + found.start("name"), found["type"].strip(), found["name"], bool(found["default"])


def check_descriptions(name, text, code):
    """The describe functions that a source defines set nothing and repeat no default."""
    for found in DESCRIBE.finditer(code):
        struct, options, mark = found.groups()
        if mark == ";":
            continue
        begin = found.end()
        block = block_from(code, begin - 1)
        for slip in re.finditer(rf"\b{options}(\.\w+)+\s*=[^=]", block) if options else ():
            yield name, code.count("\n", 0, begin + slip.start()) + 1, f"describe() sets a member of {struct}"
        for slip in SPELT_DEFAULT.finditer(text, begin, begin + len(block)):
            yield (name, text.count("\n", 0, slip.start()) + 1,
                   f"describe() of {struct} spells a default; the manual writes the member's own")


def check_options(sources):
    """Law 4 over all of src/: `sources` maps names to texts."""
    code = {name: NO_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text) for name, text in sources.items()}
    enumerations = {word for text in code.values() for word in re.findall(r"\benum\s+class\s+(\w+)", text)}
    described, named = {}, {}
    for name, text in code.items():
        for found in DESCRIBE.finditer(text):
            places = described.setdefault(found[1], [])
            if found[3] == "{":
                places.append((name, text.count("\n", 0, found.start()) + 1))
        words = {word for pair in NAMED.findall(sources[name]) for word in pair}
        named.setdefault(name.rsplit("/", 1)[0], set()).update(words)
        yield from check_descriptions(name, sources[name], text)
    for struct, places in described.items():
        for name, line in places[1:]:
            yield name, line, f"{struct} is described in {places[0][0]} too; an option has its name in one place"
    for name, text in code.items():
        for found in STRUCT.finditer(text):
            struct, block = found[1], block_from(text, found.end() - 1)
            line = text.count("\n", 0, found.start()) + 1
            if KIND.search(block) and not described.get(struct):
                yield name, line, f"{struct} has a kind, but no describe(Fields&, {struct}&)"
            for place, kind, member, has_default in members(block) if described.get(struct) else ():
                line = text.count("\n", 0, found.end() + place) + 1
                folder = described[struct][0][0].rsplit("/", 1)[0]
                if member not in named[folder]:
                    yield name, line, f"no describe() in {folder} names {struct}::{member}"
                if not has_default and (NUMBER.fullmatch(kind) or kind in enumerations):
                    yield name, line, f"{struct}::{member} has no default beside it"


def check_listing(root, names):
    """docs/ARCHITECTURE.md names each header, and each source that has none of its own, below its folder's heading."""
    page = "docs/ARCHITECTURE.md"
    if not (root / page).exists():
        return
    folder, listed = None, {}
    for number, line in enumerate((root / page).read_text().splitlines(), 1):
        heading = re.match(r"\*\*(\w+)/\*\*$", line)
        folder = heading[1] if heading else None if line.startswith("#") else folder
        for found in re.findall(r"`([\w/]+\.(?:hpp|cpp|cuh|cu))`", line) if folder else ():
            listed.setdefault(f"src/{folder}/{found}", number)
    for name in sorted(set(names) - listed.keys()):
        if not name.endswith(".cpp") or name[:-4] + ".hpp" not in names:
            yield name, 1, f"{page} does not name it below its folder; a line says what it is for"
    for name in sorted(listed.keys() - set(names)):
        yield page, listed[name], f"there is no {name}"


def check_format(root, names):
    program = shutil.which("clang-format")
    if not program or not (root / ".clang-format").exists() or not names:
        return
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    if not re.search(rf"version {CLANG_FORMAT_MAJOR}\.", version):
        return
    answer = subprocess.run([program, "--dry-run", *names], cwd=root, capture_output=True, text=True).stderr
    seen = set()
    for name, number in re.findall(r"^(\S+?):(\d+):\d+: (?:warning|error)", answer, re.MULTILINE):
        if name not in seen:
            seen.add(name)
            yield name, int(number), "not as clang-format writes it; run clang-format -i"


def check(root):
    """All violations, each as (file, line, sentence)."""
    layers = read_layers(root)
    yield from check_layer_folders(root, layers)
    cpp_names, sources = [], {}
    for top in ("src", "tests", "benchmarks", "scripts", "cmake"):
        for path in sorted((root / top).rglob("*")):
            name = path.relative_to(root).as_posix()
            if not path.is_file() or "__pycache__" in name:
                continue
            lawful_place = top in ("src", "tests")
            if lawful_place:
                yield from check_names(name)
            if path.suffix in (".cu", ".cuh") and not name.startswith("src/kernels/"):
                yield name, 1, "only src/kernels/ may hold CUDA sources"
            if path.suffix not in SOURCES:
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            lines = text.splitlines()
            yield from check_heading(name, lines)
            if path.suffix in CPP:
                cpp_names.append(name)
                if top == "src":
                    sources[name] = text
                yield from check_includes(name, lines, layers)
                yield from check_words(name, lines)
            if lawful_place:
                yield from check_sizes(name, text, lines)
    yield from check_options(sources)
    yield from check_listing(root, sources)
    yield from check_format(root, cpp_names)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    violations = sorted(set(check(root)))
    for name, line, sentence in violations:
        print(f"{name}:{line}: {sentence}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
