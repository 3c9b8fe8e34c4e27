// SPDX-License-Identifier: Apache-2.0
// Processes that train one network together, as torchrun starts them.
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

using Clock = std::chrono::steady_clock;

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  DOCTEST_REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&place), size) == 0);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&place), &size);
  ::close(socket);
  return ntohs(place.sin_port);
}

/// Two processes of `tazuna train`; what each of them is told apart is in `own`.
class Pair {
 public:
  Pair(const fs::path& folder, std::vector<std::string> arguments,
       const std::vector<std::vector<std::string>>& own = {{}, {}}, const std::vector<int>& ranks = {0, 1})
      : folder_(folder) {
    const std::string port = std::to_string(free_port());
    for (const int rank : ranks) {
      std::vector<std::string> words = arguments;
      const auto& more = own[static_cast<size_t>(rank)];
      words.insert(words.end(), more.begin(), more.end());
      members_[static_cast<size_t>(rank)] = std::make_unique<Started>(
          words, err(rank),
          std::vector<std::string>{"RANK=" + std::to_string(rank), "LOCAL_RANK=" + std::to_string(rank),
                                   "WORLD_SIZE=2", "MASTER_ADDR=127.0.0.1", "MASTER_PORT=" + port});
    }
  }
  Started& operator[](size_t rank) { return *members_[rank]; }
  int code(size_t rank) { return members_[rank]->wait(); }
  fs::path err(int rank) const { return folder_ / ("err_" + std::to_string(rank)); }
  std::string messages(int rank) const { return text_of(err(rank)); }

 private:
  fs::path folder_;
  std::unique_ptr<Started> members_[2];
};

std::vector<std::string> training(const BlobFolder& folder, const std::string& out,
                                  const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"train", folder.config().string(), "--out", (folder / out).string(),
                                 "--set", "train.batch=4"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

fs::path trained_by_two(const BlobFolder& folder, const std::string& out) {
  Pair pair(folder.path(), training(folder, out));
  DOCTEST_REQUIRE_MESSAGE(pair.code(0) == 0, pair.messages(0));
  DOCTEST_REQUIRE_MESSAGE(pair.code(1) == 0, pair.messages(1));
  return folder / out;
}

/// The float32 tensors of a safetensors file by name.
std::map<std::string, std::vector<float>> weights_in(const fs::path& run) {
  const std::string file = text_of(run / "model.safetensors");
  uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof length);
  std::map<std::string, std::vector<float>> weights;
  const auto heading = nlohmann::json::parse(file.substr(8, length));
  for (const auto& [name, tensor] : heading.items()) {
    if (name == "__metadata__") continue;
    const auto begin = tensor["data_offsets"][0].get<size_t>(), end = tensor["data_offsets"][1].get<size_t>();
    std::vector<float>& values = weights[name];
    values.resize((end - begin) / sizeof(float));
    std::memcpy(values.data(), file.data() + 8 + length + begin, end - begin);
  }
  return weights;
}

double relative_difference(const fs::path& one, const fs::path& other) {
  const auto a = weights_in(one), b = weights_in(other);
  double difference = 0, size = 0;
  for (const auto& [name, values] : a) {
    for (size_t i = 0; i < values.size(); ++i) {
      difference += std::pow(static_cast<double>(values[i]) - b.at(name).at(i), 2);
      size += std::pow(values[i], 2);
    }
  }
  return std::sqrt(difference / size);
}

bool has_rows(const fs::path& journal, int rows) {
  const std::string text = text_of(journal);
  return std::count(text.begin(), text.end(), '\n') > rows;
}

DOCTEST_TEST_SUITE("cli/together") {
  DOCTEST_TEST_CASE("two processes learn what one learns from the same batches, each time to the same byte") {
    const BlobFolder folder(10);
    const fs::path alone = folder.train("alone", "--set train.batch=4");
    const fs::path one = trained_by_two(folder, "one"), other = trained_by_two(folder, "other");
    DOCTEST_CHECK(relative_difference(alone, one) < 1e-5);
    DOCTEST_CHECK(relative_difference(alone, one) > 0);
    DOCTEST_CHECK(lasting_files(alone) == lasting_files(one));
    expect_same_bytes(one, other);
  }

  DOCTEST_TEST_CASE(
      "processes that train together end at the same step where the inner score does not rise") {
    const BlobFolder folder(40);
    Pair pair(folder.path(),
              training(folder, "run",
                       {"--set", "train.select=inner", "--set", "train.inner_share=0.3", "--set",
                        "train.patience=2", "--set", "train.optimiser.learning_rate=0"}));
    DOCTEST_CHECK_MESSAGE(pair.code(0) == 0, pair.messages(0));
    DOCTEST_CHECK_MESSAGE(pair.code(1) == 0, pair.messages(1));
    DOCTEST_CHECK(has(pair.messages(0), "stopped after step 15 of 40"));
    DOCTEST_CHECK(has(text_of(folder / "run" / "journal.csv"), "\n15,"));
    DOCTEST_CHECK(fs::exists(folder / "run" / "model.json"));
  }

  DOCTEST_TEST_CASE("a signal to any process stops all at one step, and they go on to the same bytes") {
    const BlobFolder folder(200);
    const fs::path undisturbed = trained_by_two(folder, "undisturbed");
    for (const size_t told : {0, 1}) {
      DOCTEST_CAPTURE(told);
      const std::string name = "stopped_" + std::to_string(told);
      {
        Pair pair(folder.path(), training(folder, name));
        pair[told].signal_when(SIGTERM, [&] { return has_rows(folder / name / "journal.csv", 3); });
        DOCTEST_CHECK(pair.code(0) == 143);
        DOCTEST_CHECK(pair.code(1) == 143);
        DOCTEST_CHECK(has(pair.messages(0), "a checkpoint is kept"));
      }
      Pair pair(folder.path(), training(folder, name, {"--resume"}));
      DOCTEST_CHECK(pair.code(0) == 0);
      DOCTEST_CHECK(pair.code(1) == 0);
      DOCTEST_CHECK(has(pair.messages(0), "resumed at step "));
      expect_same_bytes(undisturbed, folder / name);
    }
  }

  DOCTEST_TEST_CASE("a process that is killed ends the other within seconds, by name") {
    const BlobFolder folder(100'000);
    for (const size_t killed : {0, 1}) {
      DOCTEST_CAPTURE(killed);
      const std::string name = "killed_" + std::to_string(killed);
      Pair pair(folder.path(), training(folder, name));
      DOCTEST_REQUIRE(pair[0].signal_when(0, [&] { return fs::exists(folder / name / "journal.csv"); }));
      DOCTEST_REQUIRE(pair[killed].signal_when(SIGKILL, [] { return true; }));
      const auto begin = Clock::now();
      DOCTEST_CHECK(pair.code(1 - killed) == 1);
      DOCTEST_CHECK(Clock::now() - begin < std::chrono::seconds(120));
      const std::string said = pair.messages(static_cast<int>(1 - killed));
      DOCTEST_CHECK(has(said, "error: rank " + std::to_string(killed) + " (on "));
      DOCTEST_CHECK(has(said, "has ended without a message"));
    }
  }

  DOCTEST_TEST_CASE("a process that does not come is named when the time is over") {
    const BlobFolder folder;
    for (const int here : {0, 1}) {
      Pair pair(folder.path(), training(folder, "missing", {"--join-timeout", "1"}), {{}, {}}, {here});
      DOCTEST_CHECK(pair.code(static_cast<size_t>(here)) == 1);
      DOCTEST_CHECK(
          has(pair.messages(here), "error: rank " + std::to_string(1 - here) + " did not come within 1 s"));
      DOCTEST_CHECK_FALSE(fs::exists(folder / "missing"));
    }
  }

  DOCTEST_TEST_CASE("what cannot be shared is refused in a sentence and leaves nothing behind") {
    const BlobFolder folder;
    {
      Pair pair(folder.path(), training(folder, "odd", {"--set", "train.batch=3"}));
      for (const int rank : {0, 1}) {
        const int code = pair.code(static_cast<size_t>(rank));
        DOCTEST_CHECK((code == 3 || code == 1));
        DOCTEST_CHECK(has(pair.messages(rank),
                          "train.batch is 3, which 2 processes cannot share evenly; set it to 2 or 4"));
      }
      DOCTEST_CHECK_FALSE(fs::exists(folder / "odd"));
    }
    Pair pair(folder.path(), training(folder, "differ"), {{}, {"--set", "train.seed=2"}});
    DOCTEST_CHECK(pair.code(0) == 1);
    DOCTEST_CHECK(pair.code(1) == 3);
    for (const int rank : {0, 1})
      DOCTEST_CHECK(has(pair.messages(rank),
                        "rank 1 has another configuration than rank 0: 'seed: 2' instead of 'seed: 1'"));
    DOCTEST_CHECK_FALSE(fs::exists(folder / "differ"));
  }

  DOCTEST_TEST_CASE("a failure of the process that writes ends the other with its sentence") {
    const BlobFolder folder;
    write_text(folder / "taken" / "of_mine.txt", "keep");
    Pair pair(folder.path(), training(folder, "taken"));
    DOCTEST_CHECK(pair.code(0) == 3);
    DOCTEST_CHECK(pair.code(1) == 1);
    DOCTEST_CHECK(
        has(pair.messages(1), "rank 0 has failed: " + (folder / "taken").string() + " is not empty"));
  }
}

}  // namespace
}  // namespace tazuna::testing
