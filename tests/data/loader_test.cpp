// SPDX-License-Identifier: Apache-2.0
#include "data/loader.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "data/worker_threads.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

void sleep_ms(int64_t time) {
  std::this_thread::sleep_for(std::chrono::milliseconds(time));
}

/// Item k, after a time that makes workers overtake each other.
std::any item(int64_t k) {
  Random random{"item", k};
  sleep_ms(random.below(4));
  return std::pair(k, random.bits());
}

std::vector<std::pair<int64_t, uint64_t>> sequence(int workers) {
  Loader loader(item, 5, 45, workers, 4);
  std::vector<std::pair<int64_t, uint64_t>> all;
  for (int64_t k = 5; k < 45; ++k) all.push_back(std::any_cast<std::pair<int64_t, uint64_t>>(loader.next()));
  DOCTEST_CHECK_THROWS_AS(loader.next(), Error);
  return all;
}

}  // namespace

DOCTEST_TEST_SUITE("data/loader") {
  DOCTEST_TEST_CASE("items come in order and do not depend on the number of workers") {
    const auto alone = sequence(0);
    for (size_t i = 0; i < alone.size(); ++i) DOCTEST_CHECK(alone[i].first == static_cast<int64_t>(i) + 5);
    DOCTEST_CHECK(sequence(1) == alone);
    DOCTEST_CHECK(sequence(3) == alone);
  }

  DOCTEST_TEST_CASE("no more items are made ahead than asked for") {
    std::atomic<int64_t> made{0};
    Loader loader([&](int64_t k) -> std::any { return ++made, k; }, 0, 100, 2, 3);
    for (int64_t taken = 0; taken < 5; ++taken) {
      while (made < taken + 3) sleep_ms(1);
      sleep_ms(10);
      DOCTEST_CHECK(made == taken + 3);
      loader.next();
    }
  }

  DOCTEST_TEST_CASE("what a worker throws arrives with its item, and the others are not lost") {
    for (const int workers : {0, 2}) {
      Loader loader(
          [](int64_t k) -> std::any {
            if (k == 2) throw Error("sub-03: the file is gone");
            return k;
          },
          0, 5, workers, 4);
      DOCTEST_CHECK(std::any_cast<int64_t>(loader.next()) == 0);
      DOCTEST_CHECK(std::any_cast<int64_t>(loader.next()) == 1);
      DOCTEST_CHECK_THROWS_WITH_AS(loader.next(), "sub-03: the file is gone", Error);
      DOCTEST_CHECK(std::any_cast<int64_t>(loader.next()) == 3);
    }
  }

  DOCTEST_TEST_CASE("a loader can be left at any time") {
    for (int64_t taken = 0; taken < 4; ++taken) {
      std::atomic<int64_t> busy{0};
      {
        Loader loader(
            [&](int64_t k) -> std::any {
              ++busy;
              sleep_ms(2);
              --busy;
              return k;
            },
            0, 1000000, 3, 5);
        for (int64_t k = 0; k < taken; ++k) loader.next();
      }
      DOCTEST_CHECK(busy == 0);
    }
  }

  DOCTEST_TEST_CASE("workers are single-threaded and without autograd; the program keeps its threads") {
    const int before = at::get_num_threads();
    at::set_num_threads(3);
    {
      Loader loader(
          [](int64_t) -> std::any { return std::pair(at::get_num_threads(), c10::GradMode::is_enabled()); },
          0, 6, 2, 2);
      for (int k = 0; k < 6; ++k) {
        DOCTEST_CHECK(std::any_cast<std::pair<int, bool>>(loader.next()) == std::pair(1, false));
        DOCTEST_CHECK(at::get_num_threads() == 3);
      }
      int elsewhere = 0;
      std::thread([&] { elsewhere = at::get_num_threads(); }).join();
      DOCTEST_CHECK(elsewhere == 3);
    }
    DOCTEST_CHECK(c10::GradMode::is_enabled());
    DOCTEST_CHECK(at::get_num_threads() == 3);
    at::set_num_threads(before);
  }

  DOCTEST_TEST_CASE("the time spent waiting is counted, and there is hardly any when items are ready") {
    Loader slow([](int64_t k) -> std::any { return sleep_ms(200), k; }, 0, 3, 1, 2);
    slow.next();
    DOCTEST_CHECK(slow.waited() > 0.05);
    std::atomic<int64_t> made{0};
    Loader ready([&](int64_t k) -> std::any { return sleep_ms(400), ++made, k; }, 0, 3, 1, 3);
    while (made < 3) sleep_ms(1);
    for (int k = 0; k < 3; ++k) ready.next();
    DOCTEST_CHECK(ready.waited() < 0.4);
  }

  DOCTEST_TEST_CASE("a negative number of workers and no item ahead are errors") {
    DOCTEST_CHECK_THROWS_AS(Loader(item, 0, 1, -1, 1), Error);
    DOCTEST_CHECK_THROWS_AS(Loader(item, 0, 1, 1, 0), Error);
  }
}
