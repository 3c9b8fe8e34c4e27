// SPDX-License-Identifier: Apache-2.0
#include "config/tree.hpp"
#include "config/writer.hpp"
#include "config/yaml.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "tests/config/example.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

std::string error_of(const std::string& text) {
  return refusal_of([&] { parse_tree(text, "f", 0); });
}

/// Reads the text as the example's options; anything but an Error is a failure of the test.
void read_or_refuse(const std::string& text) {
  try {
    Document document = Document::parse(text, "f");
    example::Options options;
    document.read([&](Fields& fields) { describe(fields, options); });
    document.finish();
  } catch (const Error&) {
  }
}

DOCTEST_TEST_SUITE("config/parse") {
  DOCTEST_TEST_CASE("texts that YAML readers take wrongly or dangerously are refused with a place") {
    struct Row {
      std::string text, message;
    };
    const Row rows[] = {
        {"a: 1\nb: 2\na: 3", "f:3:1: a: repeated key; it is already given in line 1"},
        {"x: {a: 1, \"a\": 2}", "f:1:11: a: repeated key; it is already given in line 1"},
        {"? [a]\n: 1", "f:1:3: a key must be a name, but got a list"},
        {"~: 1", "f:1:1: a key must be a name, but got nothing"},
        {"a: !!int 3", "f:1:4: the tag 'tag:yaml.org,2002:int' is not understood; write the plain value"},
        {"a: 1\n---\nb: 2", "f:2:1: a second document begins here; one is allowed"},
        {"a: &x [1, *x]", "f:1:11: an alias stands inside what it names"},
        {"a: b: c", "f:1:5: illegal map value"},
        {std::string("a: 1\nb: \x04 c", 11), "f:2:4: a control character; a configuration is UTF-8 text"},
        {std::string("a: \0", 4), "f:1:4: a control character; a configuration is UTF-8 text"},
        {"a: \xff", "f:1:4: not UTF-8; a configuration is UTF-8 text"},
        {"\xff\xfe"
         "a",
         "f:1:1: not UTF-8; a configuration is UTF-8 text"},
        {std::string(5 << 20, ' '), "f: has 5242880 bytes; a configuration has at most 4194304"},
        {std::string(70, '[') + std::string(70, ']'), "f:1:65: nested deeper than 64 levels"},
    };
    for (const Row& row : rows) DOCTEST_CHECK(error_of(row.text) == row.message);
  }

  DOCTEST_TEST_CASE("aliases are copies, and cannot make a small text huge or deep") {
    const ConfigNode root = parse_tree("a: &x [1, 2]\nb: *x", "f", 0);
    DOCTEST_REQUIRE(root.find("b") != nullptr);
    DOCTEST_CHECK(root.find("b")->items.size() == 2);
    std::string bomb = "a0: &a0 [1]\n";
    for (int i = 1; i < 20; ++i) {
      bomb += cat("a", i, ": &a", i, " [*a", i - 1, ", *a", i - 1, ", *a", i - 1, ", *a", i - 1, "]\n");
    }
    DOCTEST_CHECK(error_of(bomb).find("more than 500000 values") != std::string::npos);
    std::string ladder = "a0: &a0 [1]\n";
    for (int i = 1; i < 80; ++i) ladder += cat("a", i, ": &a", i, " [*a", i - 1, "]\n");
    DOCTEST_CHECK(error_of(ladder).find("nested deeper than 64 levels") != std::string::npos);
  }

  DOCTEST_TEST_CASE("JSON is read, escapes and blanks included") {
    const ConfigNode root =
        parse_tree("{\n  \"a\" : [1,2.5,-3e2],\"b\":{\"c\":\"x\\ny\\u00e9\\\"\"},\"d\":true}", "f", 0);
    DOCTEST_REQUIRE(root.find("b") != nullptr);
    DOCTEST_CHECK(root.find("b")->find("c")->text == "x\ny\xc3\xa9\"");
    DOCTEST_CHECK(root.find("a")->items.at(2).text == "-3e2");
    DOCTEST_CHECK(root.find("d")->style == ConfigNode::Style::word);
  }

  DOCTEST_TEST_CASE("no change of bytes in a configuration makes the reader do anything but read or refuse") {
    const std::string seeds[] = {to_yaml(example::Options{}), to_json(example::Options{}),
                                 "a: &x {b: [1, *x]}\n<<: *x\nc: |\n  text\n  more\nd: >-\n  folded\n? e\n: "
                                 "'f'\n\"g\\u0041\": !t h # note\n",
                                 "tasks:\n  - {name: a, kind: fixed, labels: {x: 1}}\n  - name: ${HOME}\n    "
                                 "kind: learned\ninner: {every: 2h}\n"};
    const std::string marks = "[]{}:,-?&*!|>'\"#%@` \n\t\\$0e.~";
    for (const std::string& seed : seeds) {
      for (int64_t round = 0; round < 3000; ++round) {
        Random random({"mutation", seed, round});
        std::string text = seed;
        const int64_t changes = 1 + random.below(6);
        for (int64_t i = 0; i < changes && !text.empty(); ++i) {
          const auto at = static_cast<size_t>(random.below(static_cast<int64_t>(text.size())));
          const char byte = random.chance(0.7)
                                ? marks[static_cast<size_t>(random.below(static_cast<int64_t>(marks.size())))]
                                : static_cast<char>(random.below(256));
          switch (random.below(4)) {
            case 0:
              text[at] = byte;
              break;
            case 1:
              text.insert(at, 1, byte);
              break;
            case 2:
              text.erase(at, 1 + static_cast<size_t>(random.below(8)));
              break;
            default:
              text.insert(at, text.substr(0, static_cast<size_t>(random.below(40))));
              break;
          }
        }
        DOCTEST_REQUIRE_NOTHROW(read_or_refuse(text));
      }
    }
  }
}

}  // namespace
}  // namespace tazuna
