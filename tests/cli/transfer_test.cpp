// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

DOCTEST_TEST_SUITE("cli/transfer") {
  DOCTEST_TEST_CASE("a training begins with a run's weights, says so, and repeats to the same bytes") {
    const BlobFolder folder;
    const fs::path source = folder.train("source", "--fold 1");
    const std::string from = "--set train.from=" + source.string();
    const fs::path first = folder.train("first", from);
    const std::string log = text_of(first / "log.txt");
    DOCTEST_CHECK(has(log, source.string() + ": "));
    DOCTEST_CHECK(has(log, " weights taken"));
    DOCTEST_CHECK(has(text_of(first / "config.yaml"), "from_sha256: "));
    expect_same_bytes(first, folder.train("second", from));
    const fs::path file = folder.train("file", from + "/model.safetensors");
    DOCTEST_CHECK((text_of(first / "model.safetensors") == text_of(file / "model.safetensors")));
    const fs::path drawn = folder.train("drawn");
    DOCTEST_CHECK((text_of(first / "model.safetensors") != text_of(drawn / "model.safetensors")));
  }

  DOCTEST_TEST_CASE("weights of a run that learnt nothing more are those it began with") {
    const BlobFolder folder;
    const fs::path source = folder.train("source");
    const fs::path same =
        folder.train("same", "--set train.optimiser.learning_rate=0 --set train.from=" + source.string());
    DOCTEST_CHECK((text_of(source / "model.safetensors") == text_of(same / "model.safetensors")));
  }

  DOCTEST_TEST_CASE("a run with frozen parts that was interrupted ends in the same bytes, its source gone") {
    const BlobFolder folder(150);
    const fs::path source = folder.train("source", "--fold 1 --set train.steps=3");
    const std::vector<std::string> more{
        "--set", "train.from=" + source.string(), "--set", "train.freeze=[encoder.stem]",
        "--set", "train.freeze_steps=20",         "--set", "train.layer_decay=0.8"};
    std::string line;
    for (const std::string& word : more) line += " " + word;
    const fs::path whole = folder.train("whole", line);
    const fs::path out = folder / "stopped";
    std::vector<std::string> arguments{"train", folder.config().string(), "--out", out.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    {
      Started training(arguments, folder / "err");
      const auto far = [&] {
        const std::string journal = text_of(out / "journal.csv");
        return std::count(journal.begin(), journal.end(), '\n') > 8;
      };
      DOCTEST_REQUIRE(training.signal_when(SIGINT, far));
      DOCTEST_REQUIRE(training.wait() == 130);
    }
    fs::rename(source, folder / "elsewhere");
    const Finished resumed =
        run("train " + folder.config().string() + " --resume --out " + out.string() + line);
    DOCTEST_CHECK_MESSAGE(resumed.code == 0, resumed.err);
    expect_same_bytes(whole, out);
  }

  DOCTEST_TEST_CASE("other weights, another network and parts that are not there are refused") {
    const BlobFolder folder;
    const fs::path source = folder.train("source");
    const auto line = [&](const std::string& out, const std::string& more) {
      return "train " + folder.config().string() + " --out " + (folder / out).string() + " " + more;
    };
    const std::string from = "--set train.from=" + source.string();
    expect(run(line("a", "--set train.from=" + (folder / "absent").string())), 3, {"no such run"});
    expect(run(line("b", from + " --set \"network.widths=[6, 12]\"")), 3,
           {"weights outside the heads match", "there, but", "config.yaml"});
    expect(run(line("c", from + " --set train.from_sha256=00")), 3, {"train.from_sha256 is 00"});
    expect(run(line("d", "--set \"train.freeze=[encodr]\"")), 3, {"did you mean 'encoder'?"});

    const fs::path begun = folder.train("begun", from);
    fs::copy(folder.train("other", "--set train.seed=9"), folder / "source",
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    expect(run(line("begun", from + " --resume")), 3, {"another configuration", "from_sha256"});
    DOCTEST_CHECK(fs::exists(begun / "model.json"));
  }
}

}  // namespace
}  // namespace tazuna::testing
