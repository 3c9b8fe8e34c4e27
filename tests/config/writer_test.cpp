// SPDX-License-Identifier: Apache-2.0
#include "config/writer.hpp"

#include <cmath>

#include "config/yaml.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "tests/config/example.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

using example::Options;

Options read_back(const std::string& text) {
  Document document = Document::parse(text, "written");
  Options options;
  // Other values than the defaults: what the text leaves out would show.
  options.widths = {99};
  options.tasks.resize(5);
  document.read([&](Fields& fields) { describe(fields, options); });
  document.finish();
  return options;
}

std::string any_text(Random& random) {
  const std::string awkward[] = {"",          "auto", "null",     "~",     "true", "1e5",   "3",        "- a",
                                 "a: b",      "a #b", " a ",      "yes",   "${X}", "$${X}", "\"q\"\\n", "'s'",
                                 "line\nend", "[x]",  "手綱",     "&a",    "*a",   "%d",    "@x",       "?",
                                 "30min",     "0x1f", "\x01\x7f", "a/b.c", "$",    "|"};
  if (random.chance(0.5)) return awkward[static_cast<size_t>(random.below(std::size(awkward)))];
  std::string text;
  for (int64_t i = random.below(8); i > 0; --i) text += static_cast<char>(random.below(128));
  return text;
}

template <class T, class Make>
std::vector<T> some(Random& random, Make make) {
  std::vector<T> values;
  for (int64_t i = random.below(4); i > 0; --i) values.push_back(make());
  return values;
}

example::Weighting any_weighting(Random& random) {
  if (random.chance(0.5)) return example::Fixed{random.uniform(0, 10)};
  return example::Learned{random.uniform(), random.chance(0.5) ? "log" : "linear"};
}

/// Options drawn over every slot type, each Auto open in half of the draws.
Options any_options(int64_t draw) {
  Random random({"options", draw});
  const auto open = [&] { return random.chance(0.5); };
  const auto triple = [&] { return Triple{1 + random.below(2), 1 + random.below(2), 1 + random.below(2)}; };
  Options o;
  o.rate = random.uniform() * std::pow(10, -random.uniform(0, 20));
  if (open()) o.memory = random.uniform() * std::pow(10, random.uniform(0, 200));
  o.seed = static_cast<int64_t>(random.bits());
  if (open()) o.steps = 1 + random.below(1 << 30);
  o.mirror = random.chance(0.5);
  o.title = any_text(random);
  o.root = any_text(random);
  o.spacing = some<double>(random, [&] { return random.uniform(0.01, 100); });
  if (open()) o.target = some<double>(random, [&] { return random.uniform(0, 100); });
  o.widths = some<int64_t>(random, [&] { return 1 + random.below(4096); });
  if (open()) o.patch = some<int64_t>(random, [&] { return 1 + random.below(4096); });
  o.sequences = some<std::string>(random, [&] { return any_text(random); });
  if (open()) o.kernels = some<Triple>(random, triple);
  o.weighting = any_weighting(random);
  if (open()) o.inner.precision = std::string(random.chance(0.5) ? "fp32" : "bf16");
  o.inner.strides = some<Triple>(random, triple);
  o.inner.every = random.chance(0.3) ? random.uniform(0, 1e6) : static_cast<double>(random.below(100) * 60);
  for (int64_t i = random.below(3); i > 0; --i) {
    NamedIntegers labels;
    for (int64_t k = random.below(3); k > 0; --k)
      labels.emplace_back(cat(any_text(random), k), random.below(256));
    o.tasks.push_back({any_text(random), any_weighting(random), labels});
  }
  return o;
}

DOCTEST_TEST_SUITE("config/writer") {
  DOCTEST_TEST_CASE("what is written reads back the same, as YAML and as JSON") {
    for (int64_t draw = 0; draw < 500; ++draw) {
      const Options options = any_options(draw);
      const std::string yaml = to_yaml(options), json = to_json(options);
      DOCTEST_INFO(yaml);
      DOCTEST_REQUIRE(to_yaml(read_back(yaml)) == yaml);
      DOCTEST_REQUIRE(to_json(read_back(json)) == json);
      const Options back = read_back(json);
      DOCTEST_REQUIRE(to_yaml(back) == yaml);
      DOCTEST_REQUIRE(back.rate == options.rate);
      DOCTEST_REQUIRE(back.inner.every == options.inner.every);
      DOCTEST_REQUIRE(back.title == options.title);
      DOCTEST_REQUIRE(back.root == options.root);
      DOCTEST_REQUIRE(back.sequences == options.sequences);
      DOCTEST_REQUIRE(back.tasks.size() == options.tasks.size());
    }
  }

  DOCTEST_TEST_CASE("the YAML is what a person would write") {
    Options options;
    options.title = "12";
    options.sequences = {"T1w", "ce-gadolinium_T1w"};
    options.rate = 1e-5;
    options.tasks = {{"lesion", example::Fixed{2}, {{"lesion", 1}}}, {"grade", example::Learned{}, {}}};
    DOCTEST_CHECK(to_yaml(options) == R"(rate: 1.0e-05
memory: auto
seed: 1
steps: auto
mirror: true
title: "12"
root: ""
spacing: [1, 1, 1]
target: auto
widths: [16, 32]
patch: auto
sequences: [T1w, ce-gadolinium_T1w]
kernels: auto
weighting:
  kind: fixed
  weight: 1
inner:
  precision: auto
  strides: [[1, 1, 1], [2, 2, 2]]
  every: 5min
tasks:
  - name: lesion
    kind: fixed
    weight: 2
    labels: {lesion: 1}
  - name: grade
    kind: learned
    rate: 0.025
    mode: log
    labels: {}
)");
  }

  DOCTEST_TEST_CASE("the JSON is one compact line") {
    DOCTEST_CHECK(to_json(example::Item{"a", example::Fixed{}, {{"x", 1}}}) ==
                  R"({"name":"a","kind":"fixed","weight":1,"labels":{"x":1}})");
  }

  DOCTEST_TEST_CASE("a number that is not finite is an error with its key") {
    Options options;
    options.inner.every = std::nan("");
    DOCTEST_CHECK_THROWS_WITH_AS(to_yaml(options),
                                 "inner: every: is nan; a configuration holds finite numbers only", Error);
  }
}

}  // namespace
}  // namespace tazuna
