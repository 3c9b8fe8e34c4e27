// SPDX-License-Identifier: Apache-2.0
#include "train/distributed/processes.hpp"

#include <ATen/ATen.h>

#include <chrono>
#include <cmath>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "tests/train/distributed/ranks.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

constexpr int ranks = 3;
const at::Device cpu(at::kCPU);

/// Numbers whose sum in float32 depends on the order.
Tensor numbers_of(int rank, int64_t count) {
  Tensor numbers = at::empty({count});
  Random random{"sum", rank};
  auto* values = numbers.data_ptr<float>();
  for (int64_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(std::exp2(random.uniform(-12, 12)) * (random.chance(0.5) ? 1 : -1));
  return numbers;
}

}  // namespace

DOCTEST_TEST_SUITE("train/distributed/processes") {
  DOCTEST_TEST_CASE("all processes hear the same of each other") {
    std::vector<std::string> heard(ranks);
    const auto failures = as_processes(ranks, [&heard](const Processes& processes) {
      const auto rank = static_cast<size_t>(processes.rank());
      const auto texts = processes.gather(std::string(rank * 100'000, 'x') + cat(rank));
      std::string& story = heard[rank];
      for (const std::string& text : texts) story += cat(text.size(), text.back(), " ");
      const Request request = processes.rank() == 1 ? Request::stop : Request::checkpoint;
      const bool stops = processes.agree(request, processes.rank() == 1 ? 143 : 0) == Request::stop;
      story +=
          cat(join(processes.sums({processes.rank(), 10}), ","), " ",
              processes.first_says(int64_t{7 - processes.rank()}), " ", processes.least(5 + processes.rank()),
              " ", stops, " ", processes.exit_code(), " ", processes.on_this_machine());
    });
    for (size_t r = 0; r < ranks; ++r) {
      DOCTEST_CHECK(failures[r] == "");
      DOCTEST_CHECK(heard[r] == "10 1000011 2000012 3,30 7 5 1 143 3");
    }
  }

  DOCTEST_TEST_CASE("sums are those from the first rank to the last, to the bit, on every rank") {
    for (const int64_t count : {1, 2, 3, 1000, 300'001}) {
      DOCTEST_CAPTURE(count);
      std::vector<Tensor> sums(ranks), again(ranks);
      const auto failures = as_processes(ranks, [&](const Processes& processes) {
        const auto rank = static_cast<size_t>(processes.rank());
        sums[rank] = numbers_of(processes.rank(), count);
        again[rank] = sums[rank].clone();
        Collective& collective = processes.collective(cpu);
        collective.begin_sum(sums[rank]);
        collective.begin_sum(again[rank]);
        collective.finish();
      });
      Tensor expected = numbers_of(0, count);
      for (int rank = 1; rank < ranks; ++rank) expected = expected + numbers_of(rank, count);
      for (size_t r = 0; r < ranks; ++r) {
        DOCTEST_CHECK(failures[r] == "");
        DOCTEST_CHECK(at::equal(sums[r], expected));
        DOCTEST_CHECK(at::equal(again[r], expected));
      }
    }
  }

  DOCTEST_TEST_CASE("a process that fails ends the others with its sentence") {
    const auto failures = as_processes(ranks, [](const Processes& processes) {
      processes.meet_here();
      if (processes.rank() == 2) throw Error("the disk is full");
      Tensor sum = at::ones({100});
      processes.collective(cpu).begin_sum(sum);
      processes.collective(cpu).finish();
    });
    for (int rank = 0; rank < 2; ++rank)
      DOCTEST_CHECK(failures[static_cast<size_t>(rank)] == "rank 2 has failed: the disk is full");
  }

  DOCTEST_TEST_CASE("a process that is gone without a word is named") {
    const auto failures = as_processes(2, [](const Processes& processes) {
      processes.meet_here();
      if (processes.rank() == 0) processes.gather("is anybody there?");
    });
    DOCTEST_CHECK(failures[0].find("rank 1 (on ") == 0);
    DOCTEST_CHECK(failures[0].find("has ended without a message") != std::string::npos);
  }

  DOCTEST_TEST_CASE("processes at different points of the work find out") {
    const auto failures = as_processes(2, [](const Processes& processes) {
      if (processes.rank() == 0) processes.sums({1, 2});
      Tensor sum = at::ones({4});
      processes.collective(cpu).begin_sum(sum);
      processes.collective(cpu).finish();
    });
    DOCTEST_CHECK(failures[0] != "");
    DOCTEST_CHECK(failures[1] != "");
  }

  DOCTEST_TEST_CASE("what differs from rank 0's is shown") {
    const auto failures = as_processes(2, [](const Processes& processes) {
      processes.expect_same(cat("a: 1\nseed: ", processes.rank()), "configuration");
      processes.meet_here();
    });
    DOCTEST_CHECK(failures[1].find(
                      "rank 1 has another configuration than rank 0: 'seed: 1' instead of 'seed: 0'") == 0);
    DOCTEST_CHECK(failures[0] == failures[1]);
  }

  DOCTEST_TEST_CASE("ranks that do not come are named when the time is over") {
    const auto work = [](const Processes&) {};
    // Long enough for the two that are there to meet on a busy machine.
    const auto without_two = as_processes(4, work, 6, {1, 3});
    DOCTEST_CHECK(without_two[0].find("ranks 1, 3 did not come within 6 s; 2 of 4 processes are here") == 0);
    DOCTEST_CHECK(without_two[2] != "");
    const auto without_first = as_processes(3, work, 0.5, {0});
    for (const size_t rank : {1, 2})
      DOCTEST_CHECK(without_first[rank].find("rank 0 did not come within 0.5 s") == 0);
  }

  DOCTEST_TEST_CASE("a process alone agrees with itself") {
    const Processes alone;
    DOCTEST_CHECK(alone.count() == 1);
    DOCTEST_CHECK(alone.writes());
    DOCTEST_CHECK(alone.gather("x") == std::vector<std::string>{"x"});
    DOCTEST_CHECK(alone.sums({3}) == std::vector<int64_t>{3});
    DOCTEST_CHECK(alone.first_says(true));
    DOCTEST_CHECK(alone.agree(Request::checkpoint, 0) == Request::checkpoint);
  }
}
