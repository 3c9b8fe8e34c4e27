# SPDX-License-Identifier: Apache-2.0
"""Checks an HTML page with Python's own parsers: elements are nested and closed, ids differ, links inside the
page lead somewhere, every <svg> is well-formed XML, nothing is fetched from anywhere, and no text shows nan or
inf as a computer writes them.

usage: check_page.py PAGE
"""

import html.parser
import re
import sys
import xml.etree.ElementTree

VOID = {"meta", "input", "br", "hr", "img", "link"}


class Checker(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack, self.ids, self.links, self.problems = [], [], [], []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.stack.append(tag)
        self.look_at(tag, attributes)

    def handle_startendtag(self, tag, attributes):
        self.look_at(tag, attributes)

    def look_at(self, tag, attributes):
        names = [name for name, _ in attributes]
        if len(set(names)) < len(names):
            self.problems.append(f"<{tag}> repeats an attribute: {names}")
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src", "xlink:href"):
                if value.startswith("#"):
                    self.links.append(value[1:])
                elif not value.startswith("data:"):
                    self.problems.append(f"<{tag}> fetches {value}")
        if tag == "svg" and "aria-label" not in names:
            self.problems.append("an svg has no text for those who cannot see it")

    def handle_endtag(self, tag):
        if not self.stack or self.stack[-1] != tag:
            self.problems.append(f"</{tag}> closes {self.stack[-3:]}")
        else:
            self.stack.pop()

    def handle_data(self, data):
        if self.stack and self.stack[-1] not in ("style", "script"):
            if re.search(r"(?<![\w])-?(nan|inf|infinity)(?![\w])", data, re.IGNORECASE):
                self.problems.append(f"a text shows {data.strip()!r}")


def main():
    text = open(sys.argv[1], encoding="utf-8", errors="strict").read()
    checker = Checker()
    checker.feed(text)
    checker.close()
    problems = checker.problems
    if checker.stack:
        problems.append(f"never closed: {checker.stack}")
    if len(set(checker.ids)) < len(checker.ids):
        problems.append(f"ids repeat: {sorted(checker.ids)}")
    problems += [f"#{link} leads nowhere" for link in checker.links if link not in checker.ids]
    for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        try:
            xml.etree.ElementTree.fromstring(svg)
        except xml.etree.ElementTree.ParseError as error:
            problems.append(f"an svg is no XML: {error}: {svg[:200]}")
    for problem in problems[:20]:
        print("check_page.py:", problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


main()
