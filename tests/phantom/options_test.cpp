// SPDX-License-Identifier: Apache-2.0
#include "phantom/options.hpp"

#include <cmath>
#include <functional>

#include "core/error.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

struct Slip {
  std::function<void(PhantomOptions&)> make;
  std::vector<std::string> says;
};

const Slip slips[] = {
    {[](auto& o) { o.kind = "heads"; }, {"--kind heads", "structural, slice, series"}},
    {[](auto& o) { o.kind = "slice", o.like = "tbi"; }, {"--like tbi", "structural", "--kind slice"}},
    {[](auto& o) { o.kind = "series", o.shapes = "maps"; }, {"--shapes maps", "structural"}},
    {[](auto& o) { o.kind = "series", o.spacing = 3; }, {"--spacing 3", "--size"}},
    {[](auto& o) { o.kind = "series", o.slices = 3; }, {"--slices 3", "--kind slice"}},
    {[](auto& o) { o.kind = "slice", o.frames = 30; }, {"--frames 30", "--kind series"}},
    {[](auto& o) { o.size = 30; }, {"--size 30", "slice and --kind series"}},
    {[](auto& o) { o.kind = "slice", o.size = 8; }, {"--size 8", "from 32 to 1024"}},
    {[](auto& o) { o.kind = "series", o.size = 4; }, {"--size 4", "from 8 to 128"}},
    {[](auto& o) { o.kind = "series", o.frames = 1; }, {"--frames 1", "from 10 to 2000"}},
    {[](auto& o) { o.kind = "slice", o.slices = 0; }, {"--slices 0", "from 1 to 100"}},
    {[](auto& o) { o.kind = "slice", o.missing = 0.5; }, {"--missing 0.5", "one sequence image"}},
    {[](auto& o) { o.kind = "series", o.field = "5T"; }, {"--field 5T", "3T or 7T"}},
    {[](auto& o) { o.like = "heart"; }, {"--like heart", "habenula, stroke, tbi, schwannoma, glioma"}},
    {[](auto& o) { o.field = "5T"; }, {"--field 5T", "3T or 7T"}},
    {[](auto& o) { o.subjects = 0; }, {"--subjects 0", "from 1 to 9999"}},
    {[](auto& o) { o.sites = 41; }, {"--sites 41", "from 1 to 40"}},
    {[](auto& o) { o.effect = -1; }, {"--effect -1", "from 0 to 20"}},
    {[](auto& o) { o.effect = std::nan(""); }, {"--effect", "from 0 to 20"}},
    {[](auto& o) { o.spacing = 0.1; }, {"--spacing 0.1", "from 0.3 to 10"}},
    {[](auto& o) { o.seed = -2; }, {"--seed -2"}},
    {[](auto& o) { o.missing = 0.5; }, {"--missing 0.5", "one sequence T1w"}},
    {[](auto& o) { o.like = "tbi", o.missing = 1.5; }, {"--missing 1.5", "from 0 to 1"}},
    {[](auto& o) { o.like = "tbi", o.shapes = "maps"; }, {"--shapes maps", "no small pair"}},
};

DOCTEST_TEST_SUITE("phantom/options") {
  DOCTEST_TEST_CASE("the defaults of every kind are allowed") {
    for (const std::string& kind : phantom_kinds()) DOCTEST_CHECK_NOTHROW(check({.kind = kind}));
  }

  DOCTEST_TEST_CASE("a value that makes no cohort is an error of usage that names flag, value and demand") {
    for (const Slip& slip : slips) {
      PhantomOptions options;
      slip.make(options);
      std::string sentence;
      try {
        check(options);
      } catch (const Error& error) {
        DOCTEST_CHECK(error.fault() == Fault::usage);
        sentence = error.what();
      }
      for (const std::string& part : slip.says) {
        DOCTEST_CAPTURE(part);
        DOCTEST_CAPTURE(sentence);
        DOCTEST_CHECK(says(sentence, part));
      }
    }
  }

  DOCTEST_TEST_CASE("the flags of a cohort name what its kind reads") {
    DOCTEST_CHECK(says(flags_of({.kind = "slice", .size = 64, .slices = 2}), "--kind slice --field 3T"));
    DOCTEST_CHECK(says(flags_of({.kind = "slice", .size = 64, .slices = 2}), "--size 64 --slices 2"));
    DOCTEST_CHECK(says(flags_of({.kind = "series", .frames = 20}), "--frames 20"));
    DOCTEST_CHECK(says(flags_of({.like = "tbi"}), "--like tbi"));
  }

  DOCTEST_TEST_CASE("the flags of a cohort do not tell where its shapes lay") {
    PhantomOptions options;
    options.shapes = "/somewhere/maps/";
    DOCTEST_CHECK(says(flags_of(options), "--shapes maps"));
    DOCTEST_CHECK_FALSE(says(flags_of(options), "somewhere"));
  }
}

}  // namespace
}  // namespace tazuna
