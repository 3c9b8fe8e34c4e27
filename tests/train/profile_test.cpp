// SPDX-License-Identifier: Apache-2.0
#include "train/profile.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "kernels/span.hpp"
#include "tables/table.hpp"
#include "tests/train/tiny_training.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

std::map<std::string, double> column_of(const std::filesystem::path& folder, const std::string& column) {
  const Table table = read_table(folder / "profile.tsv");
  std::map<std::string, double> values;
  for (size_t row = 0; row < table.rows(); ++row) values[table.text(row, "part")] = table.number(row, column);
  return values;
}

/// A run of two tasks whose loader's work has a name.
struct ProfiledRun : TinyRun {
  explicit ProfiledRun(int64_t profile_steps, int64_t steps = 20)
      : TinyRun(tiny_options(steps), {tiny_task(), tiny_question()}) {
    options.workers = 2;
    options.validate_every = steps;
    parts.profile_steps = profile_steps;
    parts.make_step = [this](int64_t k, bool subjects) {
      const Span span("read");
      return tiny_joint_step(k, tasks, subjects);
    };
    parts.validate = [](Model&) { return Validation{.values = {{"lesion", "dice", 0.5}}, .rows = {}}; };
  }
};

}  // namespace

DOCTEST_TEST_SUITE("train/profile") {
  DOCTEST_TEST_CASE("a run with a profile ends with the bytes of one without, which leaves no profile") {
    ProfiledRun with(6), without(0);
    DOCTEST_CHECK(train(with.parts, false) == Ended::finished);
    DOCTEST_CHECK(train(without.parts, false) == Ended::finished);
    DOCTEST_CHECK(promised_bytes(with) == promised_bytes(without));
    for (const char* file : {"profile.tsv", "trace.json"}) {
      DOCTEST_CHECK(std::filesystem::exists(with.folder / file));
      DOCTEST_CHECK_FALSE(std::filesystem::exists(without.folder / file));
    }
    DOCTEST_CHECK(with.messages().find("profile of 6 steps after 5 others") != std::string::npos);
  }

  DOCTEST_TEST_CASE("every part of a step is told, and together they are the steps") {
    ProfiledRun run(6);
    train(run.parts, false);
    const auto seconds = column_of(run.folder, "seconds"), counts = column_of(run.folder, "count");
    double sum = 0;
    for (const char* part : {"waiting", "moving", "forward", "loss", "backward", "update", "rest"}) {
      DOCTEST_CAPTURE(part);
      DOCTEST_REQUIRE(seconds.contains(part));
      DOCTEST_CHECK(counts.at(part) == 6);
      DOCTEST_CHECK(seconds.at(part) >= 0);
      sum += seconds.at(part);
    }
    DOCTEST_CHECK(seconds.at("forward") > 0);
    DOCTEST_CHECK(seconds.at("backward") > 0);
    DOCTEST_CHECK(sum == doctest::Approx(seconds.at("step")).epsilon(1e-3));
    DOCTEST_CHECK(counts.at("validation") == 1);  // after the last step, which is not among the six
  }

  DOCTEST_TEST_CASE("the trace holds the steps, the loader's threads, and operators of no measured step") {
    ProfiledRun run(6);
    train(run.parts, false);
    const auto trace = nlohmann::json::parse(read_text(run.folder / "trace.json"));
    std::set<std::string> names;
    std::set<int64_t> reading_lanes;
    double first_step = 1e300, last_operator = 0;
    for (const auto& event : trace.at("traceEvents")) {
      if (event.at("ph") != "X") continue;
      const auto name = event.at("name").get<std::string>();
      names.insert(name);
      const double begin = event.at("ts").get<double>();
      if (name == "read") reading_lanes.insert(event.at("tid").get<int64_t>());
      if (event.at("cat") == "step") first_step = std::min(first_step, begin);
      if (event.at("cat") == "operator") last_operator = std::max(last_operator, begin);
    }
    for (const char* name : {"step 1", "step 6", "forward", "backward", "read", "aten::convolution"}) {
      DOCTEST_CAPTURE(name);
      DOCTEST_CHECK(names.contains(name));
    }
    DOCTEST_CHECK_FALSE(names.contains("step 7"));
    DOCTEST_CHECK_FALSE(reading_lanes.contains(0));
    DOCTEST_CHECK(last_operator > 0);
    DOCTEST_CHECK(last_operator < first_step);
  }

  DOCTEST_TEST_CASE("a run that is too short for the profile says so, and measures what there is") {
    ProfiledRun none(6, 5);
    train(none.parts, false);
    DOCTEST_CHECK(none.messages().find("ended before a step was measured") != std::string::npos);
    DOCTEST_CHECK_FALSE(std::filesystem::exists(none.folder / "profile.tsv"));
    ProfiledRun some(6, 8);
    train(some.parts, false);
    DOCTEST_CHECK(column_of(some.folder, "count").at("step") == 3);
  }
}
