// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tables/table.hpp"
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

constexpr int people = 12;

/// Balls in a table of cases that also tells everybody's group, age and level.
class Answers : public ScratchFolder {
 public:
  Answers() {
    write_blobs(data(), people);
    write_text(table(), rows());
  }
  fs::path data() const { return path() / "blobs"; }
  fs::path table() const { return data() / "cases.tsv"; }
  static std::string name_of(int number) { return blob_name(number); }

  /// A row a person; `change` may spoil the cells of person `number`.
  static std::string rows(
      const std::function<void(int number, std::vector<std::string>& cells)>& change = {}) {
    std::string text = "id\tT1w\tmap\tgroup\tage\tlevel\n";
    for (int number = 0; number < people; ++number) {
      const std::string name = name_of(number);
      std::vector<std::string> cells{number % 2 == 0 ? "patient" : "control", std::to_string(30 + 3 * number),
                                     std::to_string(number % 3)};
      if (change) change(number, cells);
      text += name + "\timagesTr/" + name + "_0000.nii\tlabelsTr/" + name + ".nii\t" + cells[0] + "\t" +
              cells[1] + "\t" + cells[2] + "\n";
    }
    return text;
  }

  fs::path config(const std::string& tasks, int steps = 6) const {
    std::string text = blob_config(data(), steps);
    const auto replace = [&text](const std::string& from, const std::string& to) {
      text.replace(text.find(from), from.size(), to);
    };
    replace("{kind: nnunet, root: \"" + data().string() + "\"}",
            "{kind: table, file: \"" + table().string() + "\"}");
    replace("{kind: kfold, folds: 3}", "{kind: kfold, folds: 2, stratify: [group]}");
    replace("  - {name: blob, kind: segmentation}\n",
            tasks + "input: {kind: structural, sequences: [T1w]}\n");
    write_text(path() / "answers.yaml", text);
    return path() / "answers.yaml";
  }
  Finished train(const std::string& name, const std::string& tasks, const std::string& more = "") const {
    return run("train " + config(tasks).string() + " --out " + (path() / name).string() + " " + more);
  }
};

const std::string ball = "  - {name: ball, kind: segmentation, target: {map: map, labels: {blob: 1}}}\n";
const std::string group = "  - {name: group, kind: classification, target: {column: group}}\n";
const std::string age =
    "  - {name: years, kind: regression, start: 0, target: {column: age, unit: years}, covariates: "
    "[group]}\n";
const std::string level = "  - {name: level, kind: ordinal, target: {column: level}, cuts: ['0']}\n";

void expect_columns(const fs::path& file, const std::vector<std::string>& columns) {
  DOCTEST_REQUIRE(fs::exists(file));
  const Table table = read_table(file);
  for (const std::string& column : columns) DOCTEST_CHECK_MESSAGE(table.has(column), column);
}

std::string row_of(const Table& table, size_t row) {
  std::string text;
  for (const std::string& column : table.columns()) text += column + "=" + table.text(row, column) + "\n";
  return text;
}

/// Of each case of RUN the row of subjects.tsv in the one fold that held it out and did not train on it.
std::map<std::string, std::string> unseen_answers(const fs::path& trained) {
  std::map<std::string, std::string> rows;
  const auto folds = nlohmann::json::parse(text_of(trained / "fold_0" / "splits.json"));
  for (size_t fold = 0; fold < folds.size(); ++fold) {
    const auto train = folds[fold]["train"].get<std::set<std::string>>(),
               held_out = folds[fold]["val"].get<std::set<std::string>>();
    const Table own = read_table(trained / ("fold_" + std::to_string(fold)) / "validation" / "subjects.tsv");
    DOCTEST_CHECK(own.rows() == held_out.size());
    for (size_t row = 0; row < own.rows(); ++row) {
      const std::string name = own.text(row, "case");
      DOCTEST_CHECK(held_out.contains(name));
      DOCTEST_CHECK_FALSE(train.contains(name));
      DOCTEST_CHECK_MESSAGE(rows.emplace(name, row_of(own, row)).second, name);
    }
  }
  return rows;
}

DOCTEST_TEST_SUITE("cli/many_tasks") {
  DOCTEST_TEST_CASE(
      "one network draws, classifies, measures and grades; it is scored and predicts all of it") {
    const Answers folder;
    expect(folder.train("run", ball + group + age + level), 0, {});
    const fs::path trained = folder.path() / "run", validation = trained / "validation";
    expect_columns(validation / "subjects.tsv",
                   {"case", "person", "session", "group", "group_true", "group_p_patient", "group_p_control",
                    "years", "years_true", "years_sd", "level", "level_p_0", "level_p_2"});
    DOCTEST_CHECK(read_table(validation / "subjects.tsv").rows() == people / 2);
    const Table scores = read_table(validation / "task_scores.tsv");
    std::vector<std::string> met;
    for (size_t row = 0; row < scores.rows(); ++row)
      met.push_back(scores.text(row, "task") + " " + scores.text(row, "metric"));
    for (const char* wanted : {"group auc", "years mae_years", "level quadratic_kappa"})
      DOCTEST_CHECK_MESSAGE(std::find(met.begin(), met.end(), wanted) != met.end(), wanted);
    expect_columns(validation / "cases.tsv", {"dice"});
    for (const char* column : {"ball_loss", "group_loss", "years_loss", "level_loss"})
      DOCTEST_CHECK_MESSAGE(has(text_of(trained / "journal.csv"), column), column);

    const fs::path out = folder.path() / "out";
    write_text(folder.data() / "new.tsv",
               "id\tT1w\tgroup\nA\timagesTs/" + blob_name(people) + "_0000.nii\tpatient\n");
    const std::string predict = "predict " + trained.string() + " --input " +
                                (folder.data() / "new.tsv").string() + " --out " + out.string();
    expect(run(predict), 0, {});
    const Table answers = read_table(out / "subjects.tsv");
    DOCTEST_REQUIRE(answers.rows() == 1);
    DOCTEST_CHECK_FALSE(answers.has("group_true"));
    const double sum = answers.number(0, "group_p_patient") + answers.number(0, "group_p_control");
    DOCTEST_CHECK(sum == doctest::Approx(1).epsilon(1e-5));
    DOCTEST_CHECK(fs::exists(out / "A.nii.gz"));
    const std::string first = text_of(out / "subjects.tsv");
    expect(run(predict), 0, {"done already"});
    DOCTEST_CHECK(text_of(out / "subjects.tsv") == first);
  }

  DOCTEST_TEST_CASE("a network without voxel tasks learns from whole views alone") {
    const Answers folder;
    expect(folder.train("run", group), 0, {});
    const fs::path trained = folder.path() / "run";
    DOCTEST_CHECK_FALSE(has(text_of(trained / "model.safetensors"), "\"decoder."));
    expect_columns(trained / "validation" / "subjects.tsv", {"group_p_patient"});
  }

  DOCTEST_TEST_CASE("all folds together answer each person once, by the network that never saw them") {
    const Answers folder;
    expect(folder.train("run", group + age + level, "--fold all"), 0, {});
    const fs::path trained = folder.path() / "run";
    auto wanted = unseen_answers(trained);
    DOCTEST_CHECK(wanted.size() == people);
    const Table pooled = read_table(trained / "subjects.tsv"),
                scores = read_table(trained / "task_scores.tsv");
    std::map<std::string, double> found;  // recomputed from the pooled answers
    for (size_t row = 0; row < pooled.rows(); ++row) {
      const std::string name = pooled.text(row, "case");
      DOCTEST_CAPTURE(name);
      DOCTEST_CHECK(row_of(pooled, row) == wanted[name]);
      wanted.erase(name);
      found["group accuracy"] +=
          pooled.text(row, "group") == pooled.text(row, "group_true") ? 1. / people : 0;
      found["level mae_levels"] +=
          std::abs(pooled.number(row, "level") - pooled.number(row, "level_true")) / people;
      found["years mae_years"] +=
          std::abs(pooled.number(row, "years") - pooled.number(row, "years_true")) / people;
    }
    DOCTEST_CHECK(wanted.empty());
    for (size_t row = 0; row < scores.rows(); ++row) {
      DOCTEST_CHECK(scores.number(row, "n") == people);
      const auto known = found.find(scores.text(row, "task") + " " + scores.text(row, "metric"));
      if (known == found.end()) continue;
      DOCTEST_CHECK(scores.number(row, "value") == doctest::Approx(known->second));
      found.erase(known);
    }
    DOCTEST_CHECK(found.empty());
  }

  DOCTEST_TEST_CASE("people without an answer to one task still train the others") {
    const Answers folder;
    write_text(folder.table(), Answers::rows([](int number, auto& cells) {
                 if (number % 4 == 0) cells[1] = "n/a";
               }));
    expect(folder.train("run", ball + age), 0, {});
    const Table answers = read_table(folder.path() / "run" / "validation" / "subjects.tsv");
    DOCTEST_CHECK(answers.rows() == people / 2);
  }

  DOCTEST_TEST_CASE("stopped and resumed, a run of many tasks ends in the same bytes") {
    const Answers folder;
    expect(folder.train("one", ball + group + age), 0, {});
    const fs::path config = folder.path() / "answers.yaml", other = folder.path() / "two";
    Started started({"train", config.string(), "--out", other.string()}, folder.path() / "err");
    const bool interrupted =
        started.signal_when(SIGINT, [&] { return has(text_of(other / "journal.csv"), "\n1,"); });
    const int code = started.wait();
    if (interrupted && code == 130)
      expect(run("train " + config.string() + " --out " + other.string() + " --resume"), 0, {});
    for (const char* file : {"model.safetensors", "journal.csv", "validation/subjects.tsv"})
      DOCTEST_CHECK_MESSAGE(text_of(folder.path() / "one" / file) == text_of(other / file), file);
  }

  DOCTEST_TEST_CASE("evaluate scores the answers against a table") {
    const Answers folder;
    expect(folder.train("run", ball + group + age), 0, {});
    const fs::path out = folder.path() / "scores";
    expect(run("evaluate --predictions " + (folder.path() / "run" / "validation").string() + " --reference " +
               folder.table().string() + " --column group=group --column years=age --out " + out.string()),
           0, {});
    const Table own = read_table(folder.path() / "run" / "validation" / "task_scores.tsv"),
                again = read_table(out / "task_scores.tsv");
    DOCTEST_REQUIRE(own.rows() == again.rows());
    for (size_t row = 0; row < own.rows(); ++row)  // a table names no units
      for (const char* column : {"value", "low", "high"})
        DOCTEST_CHECK(own.text(row, column) == again.text(row, column));
  }

  DOCTEST_TEST_CASE("answers that cannot be learnt from are refused with their place") {
    const Answers folder;
    const auto refuse = [&](const std::string& tasks, const std::vector<std::string>& parts,
                            const std::function<void(int, std::vector<std::string>&)>& change = {}) {
      write_text(folder.table(), Answers::rows(change));
      expect(folder.train("none", tasks), 3, parts);
      DOCTEST_CHECK_FALSE(fs::exists(folder.path() / "none"));
    };
    refuse(group, {"group", "one person"}, [](int number, auto& cells) {
      cells[0] = number == 3 ? "rare" : number % 2 == 0 ? "patient" : "control";
    });
    refuse(age, {"years", "same in all"}, [](int, auto& cells) { cells[1] = "30"; });
    refuse(age, {"years", "'old'", "case_05"}, [](int number, auto& cells) {
      if (number == 5) cells[1] = "old";
    });
    refuse("  - {name: group, kind: classification, target: {column: group, classes: [patient, healthy]}}\n",
           {"group", "'control'"});
    refuse("  - {name: group, kind: classification, target: {column: grp}}\n", {"no column 'grp'", "group"});
    refuse("  - {name: group, kind: classification, target: {column: group}, covariates: [group]}\n",
           {"group", "covariate"});
    refuse(group + group, {"two tasks are named 'group'"});
    refuse("", {"tasks"});
  }
}

}  // namespace
}  // namespace tazuna::testing
