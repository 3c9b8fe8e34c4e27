// SPDX-License-Identifier: Apache-2.0
#include "data/case_prints.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "core/files.hpp"
#include "core/text.hpp"
#include "tests/data/written_cohort.hpp"
#include "tests/refusal.hpp"
#include "tests/unseen_change.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

CasePrint awkward_print() {
  CasePrint print;
  print.cropped_size = {1, 0, std::numeric_limits<int64_t>::max()};
  print.spacing = {0.1 + 0.2, std::nextafter(1., 2.), std::numeric_limits<double>::denorm_min()};
  print.crop_share = 1. / 3;
  print.frame_seconds = 2.0000000000000004;
  print.header_seconds = 0.1 + 0.7;
  print.grids_apart = 1e-3 / 3;
  print.image_sha256 = {{"T1w", "0a"}, {"two \"words\"\n", "ff"}};
  print.map_sha256 = {{"label", "11"}};
  print.labels = {{"label", {-1, 7, 32767}}, {"none", {}}};
  print.empty_images = {"T1w"};
  return print;
}

/// What a folder remembers under "key" after a case was kept there.
void keep_in(const fs::path& folder, const std::string& key = "key") {
  Log log(Verbosity::quiet);
  CasePrints prints(folder);
  prints.keep(key, awkward_print());
  prints.save(log);
}

DOCTEST_TEST_SUITE("data/case_prints") {
  DOCTEST_TEST_CASE("a print comes back from the disk to the last bit") {
    const ScratchFolder folder;
    keep_in(folder.path());
    const auto back = CasePrints(folder.path()).find("key");
    DOCTEST_REQUIRE(back.has_value());
    expect_equal(*back, awkward_print());
    DOCTEST_CHECK_FALSE(CasePrints(folder.path()).find("other").has_value());
  }

  DOCTEST_TEST_CASE("a damaged or foreign file, or entry, counts as absent and is written anew") {
    const ScratchFolder folder;
    const fs::path file = folder.path() / "prints.json";
    keep_in(folder.path());
    const std::string whole = read_text(file);
    std::string flipped = whole;
    flipped[whole.find("32767")] = '4';
    for (const std::string& harmed :
         {whole.substr(0, whole.size() / 2), flipped, std::string(), std::string("no JSON"),
          std::string("[1, 2]"), std::string(R"({"key": 5})"), std::string(R"({"key": "short"})"),
          std::string(R"({"key": {"cropped_size": [1, 2, 3]}})"),
          cat(R"({"key": ")", std::string(70, 'a'), "\"}")}) {
      DOCTEST_CAPTURE(harmed);
      write_atomically(file, harmed);
      DOCTEST_CHECK_FALSE(CasePrints(folder.path()).find("key").has_value());
      keep_in(folder.path());
      DOCTEST_CHECK(CasePrints(folder.path()).find("key").has_value());
    }
  }

  DOCTEST_TEST_CASE("what several processes remember in a folder adds up") {
    const ScratchFolder folder;
    Log log(Verbosity::quiet);
    CasePrints one(folder.path() / "cache"), other(folder.path() / "cache");
    one.keep("one", awkward_print());
    other.keep("other", awkward_print());
    one.save(log);
    other.save(log);
    const CasePrints all(folder.path() / "cache");
    for (const char* key : {"one", "other"}) DOCTEST_CHECK(all.find(key).has_value());
  }

  DOCTEST_TEST_CASE("a folder that cannot be written to is a warning, and none is made without need") {
    const ScratchFolder folder;
    write_atomically(folder.path() / "taken", std::string_view("a file"));
    {
      Log log(Verbosity::quiet);
      log.attach(folder.path() / "log.txt");
      CasePrints prints(folder.path() / "taken/cache");
      prints.keep("key", awkward_print());
      prints.save(log);
      DOCTEST_CHECK(prints.find("key").has_value());
      CasePrints(folder.path() / "nothing").save(log);
    }
    DOCTEST_CHECK(says(read_text(folder.path() / "log.txt"), "is not remembered"));
    DOCTEST_CHECK_FALSE(fs::exists(folder.path() / "nothing"));
  }

  DOCTEST_TEST_CASE(
      "all that a print depends on is in its key, and nothing that changes from start to start") {
    WrittenCohort cohort;
    const Tensor image = cohort.block({4, 5, 6}, {1, 1, 1}, {3, 3, 3});
    cohort.image("a", "T1w", image);
    cohort.image("a", "FLAIR", image * 2);
    cohort.map("a", at::ones({4, 5, 6}, at::kInt));
    Subject subject = cohort.subject("a");
    subject.values["slice"] = "2";
    const FingerprintOptions options{
        .sequences = {"T1w", "FLAIR"}, .maps = {"label"}, .allowed_labels = {{"label", {1, 2}}}};
    std::set<std::string> keys{print_key(subject, options)};
    const auto expect_new = [&](const Subject& whose, const FingerprintOptions& with) {
      DOCTEST_CHECK(keys.insert(print_key(whose, with)).second);
    };
    DOCTEST_CHECK_FALSE(keys.contains(""));
    for (const std::function<void(FingerprintOptions&)>& change :
         std::initializer_list<std::function<void(FingerprintOptions&)>>{
             [](auto& one) {
               one.sequences = {"FLAIR", "T1w"};
             },
             [](auto& one) { one.sequences = {"T1w"}; }, [](auto& one) { one.maps.clear(); },
             [](auto& one) { one.allowed_labels.clear(); },
             [](auto& one) { one.allowed_labels["label"] = {12}; }, [](auto& one) { one.missing = true; },
             [](auto& one) { one.series = true; }, [](auto& one) { one.zero_nonfinite = true; },
             [](auto& one) { one.slice_axis = "z"; },
             [](auto& one) { one.slice_axis = "z", one.slice_column = "slice"; }}) {
      FingerprintOptions other = options;
      change(other);
      expect_new(subject, other);
    }
    Subject other = subject;
    other.values["slice"] = "3";
    expect_new(other, {.sequences = {"T1w"}, .slice_axis = "z", .slice_column = "slice"});
    expect_new(subject, {.sequences = {"T1w"}, .slice_axis = "z", .slice_column = "slice"});
    other = subject;
    other.images["T1w"].channels = 2;
    expect_new(other, options);
    other.images.erase("T1w");
    expect_new(other, options);
    touch(subject.maps.at("label").file);
    expect_new(subject, options);
    write_atomically(subject.images.at("T1w").file, read_bytes(subject.images.at("FLAIR").file));
    expect_new(subject, options);
    other = subject;
    other.id = other.person = "b";
    other.values["age"] = "7";
    DOCTEST_CHECK(print_key(other, options) == print_key(subject, options));
  }

  DOCTEST_TEST_CASE("another repetition time in the sidecar of a series is another key") {
    WrittenCohort cohort;
    cohort.series("a", at::rand({3, 4, 5, 6}) + 1, 2);
    const auto key = [&](const std::string& seconds) {
      write_atomically(cohort.path() / "a_bold.json", cat("{\"RepetitionTime\": ", seconds, "}"));
      return print_key(cohort.subject("a"), {.sequences = {"bold"}, .series = true});
    };
    DOCTEST_CHECK(key("2") == key("2.0"));
    DOCTEST_CHECK(key("2") != key("2.0005"));
    DOCTEST_CHECK(key("\"two\"") == "");
  }

  DOCTEST_TEST_CASE("a case whose voxels lie in a file that nobody names, or in none, has no key") {
    WrittenCohort cohort;
    cohort.image("a", "T1w", cohort.block({4, 5, 6}, {1, 1, 1}, {3, 3, 3}));
    Subject subject = cohort.subject("a");
    DOCTEST_CHECK(print_key(subject, {.sequences = {"T1w"}}) != "");
    for (const char* name : {"a.mhd", "a.NHDR", "gone.nii"}) {
      subject.images["T1w"].file = cohort.path() / name;
      if (!says(name, "gone")) write_atomically(subject.images["T1w"].file, std::string_view("a header"));
      DOCTEST_CHECK(print_key(subject, {.sequences = {"T1w"}}) == "");
    }
  }
}

}  // namespace
}  // namespace tazuna
