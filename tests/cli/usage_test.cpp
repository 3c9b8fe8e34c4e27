// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

struct Slip {
  std::string arguments;
  std::vector<std::string> says;
};

const Slip slips[] = {
    {"", {"subcommand is required", "'tazuna --help'"}},
    {"trian x.yaml", {"there is no command 'trian'", "did you mean 'train'?"}},
    {"train", {"CONFIG is required", "'tazuna train --help'"}},
    {"train x.yaml", {"--out is required"}},
    {"train x.yaml --ou run", {"'--ou'", "did you mean '--out'?"}},
    {"train x.yaml --out run --fold", {"--fold"}},
    {"plan x.yaml y.yaml", {"'y.yaml'"}},
    {"plan x.yaml --quiet --verbose", {"--quiet", "--verbose"}},
    {"predict run --out out", {"--input is required"}},
    {"predict run --keep-largest --out out", {"--keep-largest", "expected a value", "got '--out'"}},
    {"manual train.step", {"'train.step'", "did you mean 'train.steps'?"}},
    {"manual momentum", {"'momentum'", "did you mean 'train.optimiser.momentum'?"}},
    {"manual zebra", {"'zebra'", "'tazuna manual' lists all"}},
};

/// What needs an experiment that can be read.
const Slip slips_with_config[] = {
    {"check CONFIG --device gpu", {"--device gpu", "auto, cpu or cuda:N"}},
    {"check CONFIG --device cuda:x", {"--device cuda:x", "auto, cpu or cuda:N"}},
    {"check CONFIG --device cuda:999", {"--device cuda:999", "this machine has", "--device cpu"}},
    {"train CONFIG --out OUT --fold 3", {"--fold 3", "all, none or a number from 0 to 2"}},
    {"train CONFIG --out OUT --fold -1", {"--fold -1", "all, none or a number from 0 to 2"}},
    {"train CONFIG --out OUT --fold each", {"--fold each", "all, none or a number from 0 to 2"}},
    {"plan CONFIG --set train.steps", {"--set train.steps", "KEY=VALUE"}},
    {"plan CONFIG --set train.steps.more=1", {"--set train.steps.more=1", "plain value"}},
    {"plan CONFIG --set tasks.4.name=x", {"--set tasks.4.name=x", "a list of 1"}},
    {"predict OUT --input OUT --out OUT --batch 2/2", {"--batch 2/2", "I from 0 to N-1"}},
    {"predict OUT --input OUT --out OUT --batch two", {"--batch two", "expected I/N"}},
    {"predict OUT --input OUT --out OUT --batch 0/0", {"--batch 0/0"}},
    {"predict OUT --input OUT --out OUT --sequence T1w",
     {"--sequence T1w: expected NAME=SELECTOR", "T1w=acq-mprage_T1w"}},
};

std::string replaced(std::string text, const std::string& word, const std::string& by) {
  for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += by.size())
    text.replace(at, word.size(), by);
  return text;
}

DOCTEST_TEST_SUITE("cli/usage") {
  DOCTEST_TEST_CASE("a command line that cannot be used is one sentence and exit code 2") {
    for (const Slip& slip : slips) {
      DOCTEST_CAPTURE(slip.arguments);
      const Finished finished = run(slip.arguments);
      expect(finished, 2, slip.says);
      DOCTEST_CHECK(finished.out.empty());
    }
  }

  DOCTEST_TEST_CASE("a value of a flag that cannot be used is exit code 2 and leaves nothing behind") {
    const BlobFolder folder;
    for (const Slip& slip : slips_with_config) {
      DOCTEST_CAPTURE(slip.arguments);
      const std::string arguments = replaced(slip.arguments, "CONFIG", folder.config().string());
      expect(run(replaced(arguments, "OUT", (folder / "out").string())), 2, slip.says);
      DOCTEST_CHECK_FALSE(fs::exists(folder / "out"));
    }
  }

  DOCTEST_TEST_CASE("help and version go to stdout with exit code 0") {
    for (const std::string command :
         {"", "train", "compare", "predict", "evaluate", "plan", "check", "manual", "inspect"}) {
      DOCTEST_CAPTURE(command);
      const Finished help = run(std::string(command) + " --help");
      DOCTEST_CHECK(help.code == 0);
      DOCTEST_CHECK(help.err.empty());
      DOCTEST_CHECK(has(help.out, std::string("Usage: tazuna ") + command));
    }
    const Finished version = run("--version");
    DOCTEST_CHECK(version.code == 0);
    DOCTEST_CHECK(has(version.out, "research use only"));
    DOCTEST_CHECK(version.out.starts_with("tazuna "));
  }

  DOCTEST_TEST_CASE("the manual tells of every key that a resolved file holds") {
    const Finished manual = run("manual");
    DOCTEST_REQUIRE(manual.code == 0);
    for (const std::string key :
         {"data.cohort.root", "data.split.folds", "input.spacing", "augment.affine.rotate_degrees",
          "augment.transforms.N.kind", "network.widths", "tasks.N.target.labels", "tasks.N.loss.dice.smooth",
          "train.steps", "train.optimiser.momentum", "train.optimiser.beta2", "train.schedule.warmup",
          "train.threads"}) {
      DOCTEST_CAPTURE(key);
      DOCTEST_CHECK(has("\n" + manual.out, std::string("\n") + key));
    }
    const Finished one = run("manual train.steps");
    DOCTEST_CHECK(one.out ==
                  "train.steps\n    a whole number or auto, at least 1; default auto\n    optimiser "
                  "updates; auto: 50000\n");
    DOCTEST_CHECK(has(run("manual tasks.0.weight").out, "tasks.N.weight"));
    DOCTEST_CHECK(has(run("manual tasks.N.target.labels").out, "default {}"));
  }

  DOCTEST_TEST_CASE("docs/OPTIONS.md holds the manual as the program prints it") {
    const std::string page = text_of(TAZUNA_SOURCE_DIR "/docs/OPTIONS.md");
    DOCTEST_CHECK_MESSAGE(has(page, "```\n" + run("manual").out + "```\n"),
                          "write it anew: scripts/options.sh");
  }

  DOCTEST_TEST_CASE("a result that cannot be written is a failure") {
    const int status = std::system("'" TAZUNA_BIN "' manual >/dev/full 2>/dev/null");
    DOCTEST_CHECK(WEXITSTATUS(status) == 1);
  }

  DOCTEST_TEST_CASE("results go to stdout, and --quiet leaves stderr to warnings") {
    const BlobFolder folder;
    const Finished loud = run("plan " + folder.config().string());
    const Finished quiet = run("plan --quiet " + folder.config().string());
    DOCTEST_CHECK(has(loud.err, "reading the cohort"));
    DOCTEST_CHECK(quiet.err.empty());
    DOCTEST_CHECK(quiet.out == loud.out);
    DOCTEST_CHECK(has(quiet.out, "patch        8 x 8 x 8"));
    DOCTEST_CHECK(has(quiet.out, "spacing 1.25 x 1 x 1 mm"));
  }
}

}  // namespace
}  // namespace tazuna::testing
