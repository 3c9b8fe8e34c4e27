// SPDX-License-Identifier: Apache-2.0
#include "train/state.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/files.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

RunState state_at(int64_t step) {
  return {step, "fingerprint", 2, {{"weights.w", at::full({4}, static_cast<double>(step))}}};
}

std::vector<std::string> files_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

void flip_a_byte(const std::filesystem::path& file) {
  Bytes bytes = read_bytes(file);
  bytes.at(bytes.size() - 2) ^= std::byte{0x10};
  write_atomically(file, bytes);
}

std::string messages(const std::filesystem::path& log) {
  return std::filesystem::exists(log) ? read_text(log) : "";
}

}  // namespace

DOCTEST_TEST_SUITE("train/state") {
  DOCTEST_TEST_CASE("what is saved is loaded, and at most two checkpoints stay") {
    const ScratchFolder folder;
    Log log(Verbosity::quiet);
    StateFolder states(folder.path());
    DOCTEST_CHECK_FALSE(states.load("fingerprint", log).has_value());
    for (const int64_t step : {10, 20, 30}) states.save(state_at(step));
    DOCTEST_CHECK(files_in(folder.path()) ==
                  std::vector<std::string>{"step-000000020.json", "step-000000020.safetensors",
                                           "step-000000030.json", "step-000000030.safetensors"});
    const auto loaded = StateFolder(folder.path()).load("fingerprint", log);
    DOCTEST_REQUIRE(loaded.has_value());
    DOCTEST_CHECK(loaded->step == 30);
    DOCTEST_CHECK(loaded->threads == 2);
    DOCTEST_CHECK(at::equal(loaded->tensors.at("weights.w"), at::full({4}, 30.0)));
    states.drop_older();
    DOCTEST_CHECK(files_in(folder.path()).size() == 2);
  }

  DOCTEST_TEST_CASE("any damage to the newest checkpoint is seen, named, and answered by the one before") {
    struct Damage {
      const char* what;
      void (*act)(const std::filesystem::path& folder);
    };
    const std::vector<Damage> damages{
        {"a flipped bit of a weight",
         [](const std::filesystem::path& f) { flip_a_byte(f / "step-000000020.safetensors"); }},
        {"tensors cut short",
         [](const std::filesystem::path& f) {
           std::filesystem::resize_file(f / "step-000000020.safetensors", 40);
         }},
        {"no tensors",
         [](const std::filesystem::path& f) { std::filesystem::remove(f / "step-000000020.safetensors"); }},
        {"an empty seal",
         [](const std::filesystem::path& f) { std::filesystem::resize_file(f / "step-000000020.json", 0); }},
        {"half a seal",
         [](const std::filesystem::path& f) { std::filesystem::resize_file(f / "step-000000020.json", 30); }},
    };
    for (const Damage& damage : damages) {
      DOCTEST_CAPTURE(damage.what);
      const ScratchFolder folder;
      StateFolder(folder.path() / "state").save(state_at(10));
      Log log(Verbosity::quiet);
      log.attach(folder.path() / "log.txt");
      StateFolder states(folder.path() / "state");
      states.load("fingerprint", log);
      states.save(state_at(20));
      damage.act(folder.path() / "state");
      StateFolder again(folder.path() / "state");
      const auto loaded = again.load("fingerprint", log);
      DOCTEST_REQUIRE(loaded.has_value());
      DOCTEST_CHECK(loaded->step == 10);
      DOCTEST_CHECK(messages(folder.path() / "log.txt").find("step 20 is damaged") != std::string::npos);
      again.save(state_at(20));
      DOCTEST_CHECK(StateFolder(folder.path() / "state").load("fingerprint", log)->step == 20);
    }
  }

  DOCTEST_TEST_CASE("a crash between the two files of a checkpoint leaves the one before") {
    const ScratchFolder folder;
    Log log(Verbosity::quiet);
    StateFolder states(folder.path());
    states.save(state_at(10));
    write_atomically(folder.path() / "step-000000020.safetensors", safetensors_bytes(state_at(20).tensors));
    DOCTEST_CHECK(StateFolder(folder.path()).load("fingerprint", log)->step == 10);
  }

  DOCTEST_TEST_CASE("another configuration and a folder without a whole checkpoint are refused") {
    const ScratchFolder folder;
    Log log(Verbosity::quiet);
    StateFolder(folder.path()).save(state_at(10));
    DOCTEST_CHECK_THROWS_WITH_AS(StateFolder(folder.path()).load("other", log),
                                 doctest::Contains("another configuration"), Error);
    flip_a_byte(folder.path() / "step-000000010.safetensors");
    DOCTEST_CHECK_THROWS_WITH_AS(StateFolder(folder.path()).load("fingerprint", log),
                                 doctest::Contains("no checkpoint is whole"), Error);
  }

  DOCTEST_TEST_CASE("tensors that do not fit are refused by name before anything changes") {
    const NamedTensors live{{"a", at::zeros({2})}, {"b", at::zeros({3})}};
    const Tensor two = at::ones({2}), three = at::ones({3});
    DOCTEST_CHECK_THROWS_WITH_AS(restore(live, {{"a", two}}), doctest::Contains("lacks b"), Error);
    DOCTEST_CHECK_THROWS_WITH_AS(restore(live, {{"a", two}, {"b", two}}), doctest::Contains("b is 2"), Error);
    DOCTEST_CHECK_THROWS_WITH_AS(restore(live, {{"a", two}, {"b", three}, {"c", two}}),
                                 doctest::Contains("holds c"), Error);
    DOCTEST_CHECK(at::equal(live.at("a"), at::zeros({2})));
    restore(live, {{"a", two}, {"b", three}});
    DOCTEST_CHECK(at::equal(live.at("a"), two));
  }
}
