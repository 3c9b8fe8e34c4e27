// SPDX-License-Identifier: Apache-2.0
#include "config/yaml.hpp"

#include <cstdlib>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "tests/config/example.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

using example::Options;

Options read(const std::string& text, const std::vector<std::string>& assignments = {}) {
  Document document = Document::parse(text, "bad.yaml");
  for (const std::string& assignment : assignments) document.set(assignment);
  Options options;
  document.read([&](Fields& fields) { describe(fields, options); });
  Problems problems;
  validate(options, problems);
  document.report(problems);
  document.finish();
  return options;
}

std::string error_of(const std::string& text, const std::vector<std::string>& assignments = {}) {
  try {
    read(text, assignments);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

DOCTEST_TEST_SUITE("config/yaml") {
  DOCTEST_TEST_CASE("values of every type are taken from the text") {
    const Options options = read(R"(
rate: 1e-3
memory: 8
seed: -7
steps: 50
mirror: false
title: "two: words"
root: ../data
spacing: [1, .5, 2.]
target: auto
widths: [8]
patch:
  - 40
  - 56
sequences: [T1w, 'FLAIR', 3]
kernels: [[1, 3, 3], [3, 3, 3]]
weighting: {kind: learned, mode: linear}
inner: {precision: bf16, every: 1.5h}
tasks:
  - {name: a, kind: fixed, weight: 2, labels: {lesion: 1, oedema: 2}}
  - {name: b, kind: learned}
)");
    DOCTEST_CHECK(options.rate == 1e-3);
    DOCTEST_CHECK(options.memory.get() == 8);
    DOCTEST_CHECK(options.seed == -7);
    DOCTEST_CHECK(options.steps.get() == 50);
    DOCTEST_CHECK_FALSE(options.mirror);
    DOCTEST_CHECK(options.title == "two: words");
    DOCTEST_CHECK(options.root == "../data");
    DOCTEST_CHECK(options.spacing == std::vector<double>{1, 0.5, 2});
    DOCTEST_CHECK(options.target.is_auto());
    DOCTEST_CHECK(options.widths == std::vector<int64_t>{8});
    DOCTEST_CHECK(options.patch.get() == std::vector<int64_t>{40, 56});
    DOCTEST_CHECK(options.sequences == std::vector<std::string>{"T1w", "FLAIR", "3"});
    DOCTEST_CHECK(options.kernels.get() == std::vector<Triple>{{1, 3, 3}, {3, 3, 3}});
    DOCTEST_CHECK(std::get<example::Learned>(options.weighting).mode == "linear");
    DOCTEST_CHECK(options.inner.precision.get() == "bf16");
    DOCTEST_CHECK(options.inner.every == 5400);
    DOCTEST_REQUIRE(options.tasks.size() == 2);
    DOCTEST_CHECK(std::get<example::Fixed>(options.tasks[0].weighting).weight == 2);
    DOCTEST_CHECK(options.tasks[0].labels == NamedIntegers{{"lesion", 1}, {"oedema", 2}});
    DOCTEST_CHECK(kind_of(options.tasks[1].weighting) == "learned");
  }

  DOCTEST_TEST_CASE("an empty text and empty groups leave the defaults") {
    for (const std::string text : {"", "# nothing\n", "---\n", "{}", "inner:\nweighting:\n"}) {
      DOCTEST_CHECK(read(text).rate == 0.01);
    }
  }

  DOCTEST_TEST_CASE("each mistake is told with its place, key and remedy") {
    struct Row {
      std::string text, message;
    };
    const Row rows[] = {
        {"rate: 0.1\nsteeps: 3\n", "bad.yaml:2:1: steeps: unknown key; did you mean 'steps'?"},
        {"inner: {preccision: fp32}",
         "bad.yaml:1:9: inner.preccision: unknown key; did you mean 'precision'?"},
        {"inner: {zzz: 1}", "bad.yaml:1:9: inner.zzz: unknown key; known here: precision, strides, every"},
        {"rate: fast", "bad.yaml:1:7: rate: expected a number, but got 'fast'"},
        {"rate: '0.1'", "bad.yaml:1:7: rate: expected a number, but got the text '0.1'"},
        {"rate: .inf", "bad.yaml:1:7: rate: expected a number, but got '.inf'"},
        {"rate: nan", "bad.yaml:1:7: rate: expected a number, but got 'nan'"},
        {"rate: 1e999", "bad.yaml:1:7: rate: expected a number, but got 1e999"},
        {"rate:", "bad.yaml:1:1: rate: expected a number, but got nothing"},
        {"rate: auto", "bad.yaml:1:7: rate: expected a number, but got 'auto'"},
        {"rate: 5", "bad.yaml:1:7: rate: 5 is out of range; allowed: 0 to 1"},
        {"steps: 0", "bad.yaml:1:8: steps: 0 is out of range; allowed: at least 1"},
        {"steps: 1.5", "bad.yaml:1:8: steps: expected a whole number, but got 1.5"},
        {"steps: 99999999999999999999",
         "bad.yaml:1:8: steps: expected a whole number, but got 99999999999999999999"},
        {"mirror: 'yes'",
         "bad.yaml:1:9: mirror: expected true or false (or on, off, yes, no), but got the text 'yes'"},
        {"mirror: 1", "bad.yaml:1:9: mirror: expected true or false (or on, off, yes, no), but got 1"},
        {"title: [a]", "bad.yaml:1:8: title: expected a text, but got a list"},
        {"title: auto",
         "bad.yaml:1:8: title: 'auto' is not possible here; write the value, or \"auto\" in quotes for the "
         "word"},
        {"spacing: 1", "bad.yaml:1:10: spacing: expected a list of numbers, but got 1"},
        {"target: 1", "bad.yaml:1:9: target: expected a list of numbers or auto, but got 1"},
        {"widths: [8, x]", "bad.yaml:1:13: widths.1: expected a whole number, but got 'x'"},
        {"kernels: [[1, 2]]",
         "bad.yaml:1:11: kernels.0: expected a list of three whole numbers, but got a list"},
        {"inner: 3", "bad.yaml:1:8: inner: expected a map of options, but got 3"},
        {"inner: {precision: fp23}",
         "bad.yaml:1:20: inner.precision: 'fp23' is not one of fp32, bf16; did you mean 'fp32'?"},
        {"inner: {every: 30}",
         "bad.yaml:1:16: inner.every: expected a duration such as 45s, 30min, 2h or none, but got 30"},
        {"weighting: {kind: fixd}",
         "bad.yaml:1:19: weighting.kind: expected one of fixed, learned, but got 'fixd'; did you mean "
         "'fixed'?"},
        {"weighting: {kind: [a], rate: 1}",
         "bad.yaml:1:19: weighting.kind: expected one of fixed, learned, but got a list"},
        {"weighting: {rate: 1}",
         "bad.yaml:1:13: weighting.rate: unknown key; known here: kind, weight; elsewhere there is rate"},
        {"tasks: [{kind: fixed}]",
         "bad.yaml:1:9: tasks.0.name: missing; it must be given (what the task is called)"},
        {"tasks: {a: 1}", "bad.yaml:1:8: tasks: expected a list, but got a map"},
        {"tasks: [{name: a, labels: {x: -1}}]",
         "bad.yaml:1:31: tasks.0.labels.x: -1 is out of range; allowed: 0 to 255"},
        {"- 1", "bad.yaml:1:1: expected a map of options, but got a list"},
        {"rate: 0.5", "bad.yaml:1:7: rate: is 0.5, which this example forbids"},
        {"tasks: [{name: a}, {name: b}, {name: c}]",
         "bad.yaml:1:38: tasks.2.name: three tasks are one too many"},
    };
    for (const Row& row : rows) DOCTEST_CHECK(error_of(row.text) == row.message);
  }

  DOCTEST_TEST_CASE("all mistakes are told at once, in the order of the text") {
    DOCTEST_CHECK(
        error_of("zzz: 1\nseed: x\ninner:\n  every: soon\nrate: 7\n", {"mirror=maybe"}) ==
        "bad.yaml:1:1: zzz: unknown key; known here: rate, memory, seed, steps, mirror, title, root, "
        "spacing, target, widths, patch, sequences, kernels, weighting, inner, tasks\n"
        "bad.yaml:2:7: seed: expected a whole number, but got 'x'\n"
        "bad.yaml:4:10: inner.every: expected a duration such as 45s, 30min, 2h or none, but got 'soon'\n"
        "bad.yaml:5:7: rate: 7 is out of range; allowed: 0 to 1\n"
        "--set mirror=maybe: mirror: expected true or false (or on, off, yes, no), but got 'maybe'");
  }

  DOCTEST_TEST_CASE("flags are true, on or yes, or else false, off or no, in capitals too") {
    for (const char* word : {"true", "True", "on", "ON", "yes"})
      DOCTEST_CHECK(read(cat("mirror: ", word)).mirror);
    for (const char* word : {"false", "FALSE", "off", "Off", "no"})
      DOCTEST_CHECK_FALSE(read(cat("mirror: ", word)).mirror);
  }

  DOCTEST_TEST_CASE("durations have a unit or are none") {
    struct Row {
      std::string text;
      double seconds;
    };
    const Row rows[] = {{"45s", 45},   {"30min", 1800}, {"2h", 7200},
                        {"0.5s", 0.5}, {"1d", 86400},   {"none", 0}};
    for (const Row& row : rows)
      DOCTEST_CHECK(read(cat("inner: {every: ", row.text, "}")).inner.every == row.seconds);
    for (const std::string text : {"-1s", "s", "1 s", "1hour", "1h30", "''", "[1s]", "1e999s"}) {
      DOCTEST_CHECK_FALSE(error_of(cat("inner: {every: ", text, "}")).empty());
    }
  }

  DOCTEST_TEST_CASE("environment variables stand in texts and paths only, and must be set") {
    ::setenv("TAZUNA_TEST_PLACE", "/somewhere", 1);
    ::unsetenv("TAZUNA_TEST_UNSET");
    const Options options = read(
        "root: ${TAZUNA_TEST_PLACE}/x\ntitle: a$${b} $ {c}\n"
        "sequences: ['${TAZUNA_TEST_PLACE}${TAZUNA_TEST_PLACE}']");
    DOCTEST_CHECK(options.root == "/somewhere/x");
    DOCTEST_CHECK(options.title == "a${b} $ {c}");
    DOCTEST_CHECK(options.sequences.at(0) == "/somewhere/somewhere");
    DOCTEST_CHECK(error_of("root: ${TAZUNA_TEST_UNSET}/x") ==
                  "bad.yaml:1:7: root: the environment variable TAZUNA_TEST_UNSET is not set");
    DOCTEST_CHECK(error_of("root: ${1}").find("begins an environment variable") != std::string::npos);
    DOCTEST_CHECK(error_of("root: ${A").find("begins an environment variable") != std::string::npos);
    DOCTEST_CHECK(error_of("seed: ${TAZUNA_TEST_PLACE}").find("expected a whole number") !=
                  std::string::npos);
  }

  DOCTEST_TEST_CASE("assignments change, add and go into lists before the text is read") {
    const std::string text = "rate: 0.1\ntasks: [{name: a}, {name: b, kind: fixed}]\n";
    const Options options =
        read(text, {"rate=0.2", "inner.every=1h", "tasks.1.weight=3", "widths=[4, 8]",
                    "weighting={kind: learned}", "weighting.rate=0.5", "title=a=b", "rate=0.3"});
    DOCTEST_CHECK(options.rate == 0.3);
    DOCTEST_CHECK(options.inner.every == 3600);
    DOCTEST_CHECK(std::get<example::Fixed>(options.tasks[1].weighting).weight == 3);
    DOCTEST_CHECK(options.widths == std::vector<int64_t>{4, 8});
    DOCTEST_CHECK(std::get<example::Learned>(options.weighting).rate == 0.5);
    DOCTEST_CHECK(options.title == "a=b");
    DOCTEST_CHECK(read("", {"inner.every=1h"}).inner.every == 3600);
  }

  DOCTEST_TEST_CASE("an assignment that cannot be made is wrong usage") {
    for (const std::string assignment : {"rate", "=1", "a..b=1", "rate.x=1", "tasks.7.weight=1", "tasks.x=1",
                                         "rate=[1", "rate=a: b: c", ".=1"}) {
      Document document = Document::parse("rate: 0.1\ntasks: [{name: a}]", "c.yaml");
      try {
        document.set(assignment);
        DOCTEST_FAIL_CHECK(assignment << " was taken");
      } catch (const Error& error) {
        DOCTEST_CHECK(error.fault() == Fault::usage);
        DOCTEST_CHECK(std::string(error.what()).starts_with(cat("--set ", assignment, ": ")));
      }
    }
  }

  DOCTEST_TEST_CASE("a file is read, edited and validated in one go") {
    const ScratchFolder scratch;
    const auto file = scratch.path() / "c.yaml";
    write_atomically(file, "rate: 0.25\n");
    DOCTEST_CHECK(read_config<Options>(file, {"seed=3"}).seed == 3);
    DOCTEST_CHECK_THROWS_AS(read_config<Options>(file, {"rate=0.5"}), Error);
    try {
      Document::open(scratch.path() / "none.yaml");
      DOCTEST_FAIL("a missing file was opened");
    } catch (const Error& error) {
      DOCTEST_CHECK(error.fault() == Fault::refused);
    }
  }
}

}  // namespace
}  // namespace tazuna
