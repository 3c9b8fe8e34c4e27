// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

/// A slip of the pen in an experiment file, and where and how it must be told.
struct Slip {
  std::string text;
  std::vector<std::string> says;
};

#define HEAD "data:\n  cohort: {kind: nnunet, root: ROOT}\ntasks:\n  - {name: blob, kind: segmentation}\n"

const Slip slips[] = {
    {HEAD "netwerk: {kind: residual}\n", {"bad.yaml:5:1: netwerk: unknown key; did you mean 'network'?"}},
    {HEAD "train: {steps: 5, batch: 2,\n  stepps: 6}\n",
     {"bad.yaml:6:3: train.stepps", "did you mean 'steps'?"}},
    {HEAD "train: {steps: 5}\ntrain: {steps: 6}\n", {"bad.yaml:6:1: train: repeated key", "line 5"}},
    {HEAD "train: {steps: five}\n", {"bad.yaml:5:16: train.steps", "a whole number", "'five'"}},
    {HEAD "train: {steps: 0}\n", {"bad.yaml:5:16: train.steps", "at least 1"}},
    {HEAD "train: {precision: fp8}\n", {"bad.yaml:5:20: train.precision", "bf16, fp32", "'fp8'"}},
    {HEAD "train: {optimiser: {kind: adam}}\n", {"train.optimiser.kind", "did you mean 'adamw'?"}},
    {HEAD "train: {optimiser: {kind: adamw, momentum: 0.9}}\n", {"train.optimiser.momentum", "unknown key"}},
    {HEAD "train: {checkpoint: soon}\n", {"train.checkpoint", "30min", "'soon'"}},
    {HEAD "train: {steps: 5, budget: 1min}\n", {"train.budget", "the number of steps is given too"}},
    {HEAD "train: {patch: [8, 8]}\n", {"bad.yaml:5:16: train.patch", "three: z, y, x"}},
    {HEAD "input: {spacing: [1, 1]}\n", {"bad.yaml:5:18: input.spacing", "three: z, y, x"}},
    {HEAD "network: {stages: 3, widths: [4, 8]}\n", {"bad.yaml:5:30: network.widths", "3 entries", "got 2"}},
    {HEAD "network: {kernels: [[2, 3, 3], [3, 3, 3]]}\n", {"network.kernels", "must be odd"}},
    {HEAD "augment: {affine: {scale_least: 1.2, scale_most: 1}}\n",
     {"augment.affine.scale_least", "1.2 to 1"}},
    {HEAD "  - {name: blob, kind: segmentation}\n",
     {"bad.yaml:5:12: tasks.1.name", "two tasks are named 'blob'"}},
    {HEAD "  - {name: my blob, kind: segmentation}\n", {"tasks.1.name", "'my blob'", "blanks"}},
    {"data:\n  cohort: {kind: nnunet, root: ROOT}\n", {"tasks: there is no task"}},
    {"data:\n  cohort: {kind: nnunet}\ntasks:\n  - {name: blob}\n",
     {"bad.yaml:2:11: data.cohort.root: missing"}},
    {"data:\n  cohort: {kind: nnunet, root: ROOT}\ntasks:\n  - {name: a, target: {labels: {x: 1, y: 1}}}\n",
     {"tasks.0.target.labels.y", "1 has the name 'x' already"}},
    {"data:\n  cohort: {kind: nnunet, root: \"${TAZUNA_NO_SUCH_PLACE}/x\"}\ntasks:\n  - {name: blob}\n",
     {"bad.yaml:2:32: data.cohort.root", "TAZUNA_NO_SUCH_PLACE", "not set"}},
    {"data: [\n", {"bad.yaml:"}},
    {"", {"data.cohort.root: missing", "tasks: there is no task"}},
    {"just words\n", {"bad.yaml:1:1", "a map of options"}},
    {HEAD "train: {stepps: 1}\nnetwork: {widht: 1}\n",
     {"bad.yaml:5:9: train.stepps", "bad.yaml:6:11: network.widht"}},
};

DOCTEST_TEST_SUITE("cli/configuration") {
  DOCTEST_TEST_CASE("a slip in the experiment file is told with file, line, column and remedy, exit code 3") {
    const BlobFolder folder;
    for (const Slip& slip : slips) {
      DOCTEST_CAPTURE(slip.text);
      std::string text = slip.text;
      if (const size_t at = text.find("ROOT"); at != std::string::npos)
        text.replace(at, 4, folder.data().string());
      write_text(folder / "bad.yaml", text);
      const Finished finished = run("train bad.yaml --out out", "cd " + folder.path().string() + " &&");
      expect(finished, 3, slip.says);
      DOCTEST_CHECK(finished.out.empty());
      DOCTEST_CHECK_FALSE(fs::exists(folder / "out"));
    }
  }

  DOCTEST_TEST_CASE("a slip in --set is told with the assignment") {
    const BlobFolder folder;
    const std::string plan = "plan " + folder.config().string() + " --set ";
    expect(run(plan + "train.stepps=5"), 3, {"--set train.stepps=5: train.stepps", "did you mean 'steps'?"});
    expect(run(plan + "train.batch=0"), 3, {"--set train.batch=0: train.batch", "at least 1"});
    expect(run(plan + "train.batch=0 --set network.stages=1"), 3, {"train.batch", "network.stages"});
  }

  DOCTEST_TEST_CASE("an experiment file that is not there, or is a folder, is refused by name") {
    const BlobFolder folder;
    for (const std::string command : {"plan ", "check ", "train --out /dev/null/run "}) {
      expect(run(command + (folder / "none.yaml").string()), 3, {"none.yaml", "No such file"});
      expect(run(command + folder.data().string()), 3, {folder.data().string(), "is a folder"});
    }
  }

  DOCTEST_TEST_CASE("an environment variable in a path is taken") {
    const BlobFolder folder;
    std::string text = blob_config(folder.data());
    text.replace(text.find(folder.data().string()), folder.data().string().size(), "${TAZUNA_PLACE}/blobs");
    write_text(folder / "place.yaml", text);
    const Finished plan =
        run("plan " + (folder / "place.yaml").string(), "env TAZUNA_PLACE=" + folder.path().string());
    DOCTEST_CHECK(plan.code == 0);
    DOCTEST_CHECK(has(plan.out, "Blobs: 6 cases of 6 persons, T1w"));
  }
}

}  // namespace
}  // namespace tazuna::testing
