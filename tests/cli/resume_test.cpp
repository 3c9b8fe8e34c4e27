// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/cli/blobs.hpp"
#include "tests/unseen_change.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

constexpr int steps = 80;

int64_t rows_of(const fs::path& journal) {
  const std::string text = text_of(journal);
  return std::count(text.begin(), text.end(), '\n') - 1;
}

class Interrupted {
 public:
  Interrupted() : uninterrupted_(folder_.train("uninterrupted")) {}

  /// The one that all cases share.
  static Interrupted& shared() {
    static Interrupted one;
    return one;
  }
  /// Begins a run, sends the signal when `now` is true and returns the exit code; 0 if the program was
  /// faster.
  int stopped(const fs::path& out, int signal, const std::function<bool()>& now,
              const std::string& resume = "") {
    std::vector<std::string> arguments{"train", folder_.config().string(), "--out", out.string()};
    if (!resume.empty()) arguments.push_back(resume);
    Started training(arguments, folder_ / "err");
    training.signal_when(signal, now);
    return training.wait();
  }
  Finished resumed(const fs::path& out) const {
    return run("train " + folder_.config().string() + " --resume --out " + out.string());
  }
  void expect_as_uninterrupted(const fs::path& out) const { expect_same_bytes(uninterrupted_, out); }
  fs::path operator/(const std::string& name) const { return folder_ / name; }
  std::string messages() const { return text_of(folder_ / "err"); }

 private:
  const BlobFolder folder_{steps};
  const fs::path uninterrupted_;
};

DOCTEST_TEST_SUITE("cli/resume") {
  DOCTEST_TEST_CASE("an interrupted run leaves a checkpoint, and resumed it ends in the same bytes") {
    Interrupted& line = Interrupted::shared();
    const struct {
      int signal, code;
      int64_t after;
    } stops[] = {{SIGINT, 130, 1}, {SIGTERM, 143, 9}, {SIGINT, 130, 16}};
    for (const auto& stop : stops) {
      DOCTEST_CAPTURE(stop.after);
      const fs::path out = line / ("stopped_" + std::to_string(stop.after));
      const auto now = [&] { return rows_of(out / "journal.csv") >= stop.after; };
      DOCTEST_CHECK(line.stopped(out, stop.signal, now) == stop.code);
      DOCTEST_CHECK(has(line.messages(), "a checkpoint is kept"));
      DOCTEST_CHECK(has(line.messages(), "stopping after the work in hand"));
      DOCTEST_CHECK_FALSE(fs::exists(out / "model.json"));
      const Finished resumed = line.resumed(out);
      DOCTEST_CHECK(resumed.code == 0);
      DOCTEST_CHECK(has(resumed.err, "resumed at step "));
      line.expect_as_uninterrupted(out);
    }
  }

  DOCTEST_TEST_CASE("a run may be interrupted again and again") {
    Interrupted& line = Interrupted::shared();
    const fs::path out = line / "often";
    for (const int64_t after : {2, 7, 12}) {
      const auto now = [&] { return rows_of(out / "journal.csv") >= after; };
      DOCTEST_CHECK(line.stopped(out, SIGINT, now, after == 2 ? "" : "--resume") == 130);
    }
    DOCTEST_CHECK(line.resumed(out).code == 0);
    line.expect_as_uninterrupted(out);
  }

  DOCTEST_TEST_CASE("a run killed anywhere is resumed to the same bytes") {
    Interrupted& line = Interrupted::shared();
    const std::pair<std::string, int> moments[] = {
        {".tazuna/train", 0}, {"config.yaml", 0}, {"journal.csv", 12}, {"model.safetensors", 0}};
    for (const auto& [file, rows] : moments) {
      DOCTEST_CAPTURE(file);
      const fs::path out = line / "killed_early";
      const auto now = [&, file = file, rows = rows] {
        return fs::exists(out / file) && (rows == 0 || rows_of(out / file) >= rows);
      };
      const int code = line.stopped(out, SIGKILL, now);
      DOCTEST_CHECK((code == 128 + SIGKILL || (code == 0 && file == "model.safetensors")));
      const Finished resumed = line.resumed(out);
      DOCTEST_CHECK_MESSAGE(resumed.code == 0, resumed.err);
      line.expect_as_uninterrupted(out);
      fs::remove_all(out);
    }
  }

  DOCTEST_TEST_CASE("the second start of a training reads no image, but those that changed") {
    const BlobFolder folder;
    const std::string settings = "--fold none --set data.cache=" + (folder / "cache").string();
    const fs::path one = folder.train("one", settings), own = folder.train("own", "--fold 0");
    for (const auto& entry : fs::recursive_directory_iterator(folder.data()))
      if (entry.path().extension() == ".nii") change_unseen(entry.path());
    expect_same_bytes(one, folder.train("two", settings));
    const std::string resume =
        "train " + folder.config().string() + " --fold 0 --resume --out " + own.string();
    expect(run(resume), 0, {"already finished"});
    touch(folder.data() / "imagesTr" / (blob_name(2) + "_0000.nii"));
    const Finished changed = run(resume);
    expect(changed, 3, {blob_name(2) + ": "});
    DOCTEST_CHECK_FALSE(has(changed.err, blob_name(1)));
  }

  DOCTEST_TEST_CASE("a checkpoint asked for by a signal survives kill -9") {
    Interrupted& line = Interrupted::shared();
    const fs::path out = line / "killed";
    {
      Started training({"train", (line / "blobs.yaml").string(), "--out", out.string()}, line / "err");
      DOCTEST_REQUIRE(training.signal_when(SIGUSR1, [&] { return rows_of(out / "journal.csv") >= 3; }));
      const auto kept = [&] {
        if (!fs::exists(out / "state")) return false;
        return std::any_of(fs::directory_iterator(out / "state"), fs::directory_iterator(),
                           [](const auto& entry) { return entry.path().extension() == ".json"; });
      };
      DOCTEST_REQUIRE(training.signal_when(SIGKILL, kept));
      DOCTEST_CHECK(training.wait() == 128 + SIGKILL);
    }
    const Finished resumed = line.resumed(out);
    DOCTEST_CHECK(resumed.code == 0);
    DOCTEST_CHECK(has(resumed.err, "resumed at step "));
    line.expect_as_uninterrupted(out);
  }
}

}  // namespace
}  // namespace tazuna::testing
