// SPDX-License-Identifier: Apache-2.0
#include "train/tensorboard.hpp"

#include "core/files.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

constexpr const char* file_name = "events.out.tfevents.tazuna";

void write_events(const std::filesystem::path& folder, int64_t after, int64_t until) {
  EventFile events(folder / file_name, after);
  for (int64_t step = after + 1; step <= until; ++step) {
    events.add("train/loss", step, 1.0 / static_cast<double>(step));
    events.add("validation/dice", step * 1000, 0.5);
  }
  events.flush();
}

}  // namespace

DOCTEST_TEST_SUITE("train/tensorboard") {
  DOCTEST_TEST_CASE("the checksum is CRC-32C: the check value of its catalogue entry") {
    DOCTEST_CHECK(crc32c(std::as_bytes(std::span("123456789", 9))) == 0xe3069283U);
  }

  DOCTEST_TEST_CASE("TensorBoard reads what is written, after an interruption too") {
    const ScratchFolder folder;
    {
      EventFile events(folder.path() / file_name, 0);
      for (const int64_t step : {1, 2, 3, 300})
        events.add("train/loss", step, 1.0 / static_cast<double>(step));
    }
    std::filesystem::resize_file(folder.path() / file_name,
                                 std::filesystem::file_size(folder.path() / file_name) - 3);
    {
      EventFile events(folder.path() / file_name, 2);
      events.add("train/loss", 3, 7.5);
      events.add("train/loss", 50000, 0.25);
    }
    if (!run_python("train/golden/tensorboard_events.py", {folder.path()})) return;
    DOCTEST_CHECK(read_text(folder.path() / "scalars.txt") ==
                  "train/loss 1 1.0\ntrain/loss 2 0.5\ntrain/loss 3 7.5\ntrain/loss 50000 0.25\n");
  }

  DOCTEST_TEST_CASE("taking a file up again at step N leaves the bytes it had after step N") {
    const ScratchFolder folder;
    write_events(folder.path(), 0, 3);
    const std::string whole = read_text(folder.path() / file_name);
    EventFile(folder.path() / file_name, 4000);
    DOCTEST_CHECK(read_text(folder.path() / file_name) == whole);
    EventFile(folder.path() / file_name, 1);
    const std::string cut = read_text(folder.path() / file_name);
    DOCTEST_CHECK(cut.size() < whole.size());
    DOCTEST_CHECK(whole.starts_with(cut));
  }

  DOCTEST_TEST_CASE("a file that cannot be written is an Error that names it") {
    DOCTEST_CHECK_THROWS_WITH(EventFile("/proc/none/events.out.tfevents.x", 0).flush(),
                              doctest::Contains("tfevents"));
  }
}
