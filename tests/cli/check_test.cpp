// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

Finished check(const BlobFolder& folder, const std::string& name, const std::string& more = "") {
  return run("check " + folder.config().string() + " --pictures " + (folder / name).string() + " " + more);
}

DOCTEST_TEST_SUITE("cli/check") {
  DOCTEST_TEST_CASE(
      "pictures are a function of the experiment and its seed, and stdout says where they lie") {
    const BlobFolder folder;
    const Finished finished = check(folder, "one/deeper");
    DOCTEST_REQUIRE_MESSAGE(finished.code == 0, finished.err);
    DOCTEST_CHECK(has(finished.out, (folder / "one/deeper/samples.png").string()));
    const std::string picture = text_of(folder / "one/deeper/samples.png");
    DOCTEST_CHECK(picture.starts_with("\x89PNG\r\n\x1a\n"));
    const auto number_at = [&picture](size_t at) {
      uint32_t number = 0;
      for (size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(picture.at(at + i));
      return number;
    };
    // Five pictures wide and six high, each of 8 voxels a side that are at least a pixel.
    DOCTEST_CHECK(number_at(16) >= 5 * 8);
    DOCTEST_CHECK(number_at(20) >= 6 * 8);
    DOCTEST_REQUIRE(check(folder, "two").code == 0);
    DOCTEST_CHECK((text_of(folder / "two/samples.png") == picture));
    DOCTEST_REQUIRE(check(folder, "three", "--set train.seed=7").code == 0);
    DOCTEST_CHECK((text_of(folder / "three/samples.png") != picture));
  }

  DOCTEST_TEST_CASE("a folder for pictures that cannot be made is refused before anything is read") {
    const BlobFolder folder;
    write_text(folder / "taken", "a file");
    fs::remove_all(folder.data());
    expect(check(folder, "taken"), 3, {(folder / "taken").string(), "cannot be made"});
    expect(check(folder, "taken/below"), 3, {(folder / "taken/below").string(), "cannot be made"});
  }
}

}  // namespace
}  // namespace tazuna::testing
