// SPDX-License-Identifier: Apache-2.0
#include "infer/answer_evaluation.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "tests/infer/tiny.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const std::string predicted =
    "case\tperson\tsession\tgrade\tgrade_p_II\tgrade_p_III\tage\tage_sd\n"
    "sub-1\tsub-1\tn/a\tII\t0.75\t0.25\t50\tn/a\n"
    "sub-2\tsub-2\tn/a\tIII\t0.25\t0.75\t60\tn/a\n"
    "sub-3\tsub-3\tn/a\tIII\t0.375\t0.625\t70\tn/a\n"
    "sub-4\tsub-4\tn/a\tIII\t0.125\t0.875\t80\tn/a\n";

const std::string truth =
    "participant_id\tgrade\tage\twho\nsub-1\tII\t52\tx\nsub-2\tIII\t60\ty\nsub-3\tII\t66\tx\n"
    "sub-4\tIII\tn/a\ty\nsub-5\tIII\t40\tz\n";

/// A folder with predictions, a table of truths and a place for scores.
class Scored : public ScratchFolder {
 public:
  explicit Scored(const std::string& answers = predicted, const std::string& values = truth) {
    write_atomically(path() / "pred" / "subjects.tsv", answers);
    write_atomically(path() / "truth.tsv", values);
    options.predictions = path() / "pred";
    options.reference = path() / "truth.tsv";
    options.out = path() / "out";
  }
  EvaluateCounts run() const {
    Log log(Verbosity::quiet);
    return evaluate(options, log);
  }
  std::string refusal() const {
    return refusal_of([this] { run(); });
  }
  TaskScore score(const std::string& task, const std::string& metric) const {
    const auto own = read_task_scores(options.out / "task_scores.tsv").at(task);
    const auto found = std::ranges::find(own, metric, &TaskScore::metric);
    DOCTEST_REQUIRE_MESSAGE(found != own.end(), metric);
    return *found;
  }
  EvaluateOptions options;
};

std::string replaced(std::string text, const std::string& word, const std::string& by) {
  const size_t place = text.find(word);
  DOCTEST_REQUIRE(place != std::string::npos);
  return text.replace(place, word.size(), by);
}

DOCTEST_TEST_SUITE("infer/answer_evaluation") {
  DOCTEST_TEST_CASE("scores are what can be counted by hand, from a folder and from the table itself") {
    Scored scored;
    for (const fs::path& predictions : {scored.path() / "pred", scored.path() / "pred" / "subjects.tsv"}) {
      scored.options.predictions = predictions;
      const EvaluateCounts counts = scored.run();
      DOCTEST_CHECK(counts.answered == 4);
      DOCTEST_CHECK(counts.unanswered + counts.failed + counts.scored == 0);
      DOCTEST_CHECK(scored.score("grade", "accuracy").value == doctest::Approx(0.75));
      // Of the pairs (II, III) 1-2, 1-4, 3-2, 3-4 all are in order.
      DOCTEST_CHECK(scored.score("grade", "auc").value == doctest::Approx(1));
      DOCTEST_CHECK(scored.score("grade", "sensitivity").value == doctest::Approx(1));
      DOCTEST_CHECK(scored.score("grade", "specificity").value == doctest::Approx(0.5));
      DOCTEST_CHECK(scored.score("grade", "accuracy").persons == 4);
      DOCTEST_CHECK(scored.score("age", "mae").value == doctest::Approx((2 + 0 + 4) / 3.0));
      DOCTEST_CHECK(scored.score("age", "mae").n == 3);
      const Json summary = Json::parse(read_text(scored.options.out / "summary.json"));
      DOCTEST_CHECK(summary["subject_tasks"]["grade"]["accuracy"]["value"] == 0.75);
      DOCTEST_CHECK(summary["metric_per_case"].empty());
      const Table answers = read_table(scored.options.out / "subjects.tsv");
      DOCTEST_CHECK(answers.text(2, "grade_true") == "II");
      DOCTEST_CHECK(answers.text(3, "age_true") == "n/a");
    }
  }

  DOCTEST_TEST_CASE("a BIDS dataset says the truth of people and their sessions, its derivative too") {
    Scored scored(replaced(replaced(predicted, "sub-3\tsub-3\tn/a", "sub-3_ses-1\tsub-3\tses-1"),
                           "sub-4\tsub-4\tn/a", "sub-3_ses-2\tsub-3\tses-2"));
    const fs::path data = scored.path() / "data";
    for (const char* folder : {"sub-1", "sub-2", "sub-3/ses-1", "sub-3/ses-2", "derivatives/manual/sub-1"})
      fs::create_directories(data / folder / "anat");
    write_atomically(data / "participants.tsv",
                     std::string_view("participant_id\tgrade\nsub-1\tII\nsub-2\tIII\nsub-3\tII\n"));
    write_atomically(data / "sub-3" / "sub-3_sessions.tsv",
                     std::string_view("session_id\tgrade\nses-1\tII\nses-2\tIII\n"));
    for (const fs::path& reference : {data, data / "derivatives" / "manual"}) {
      scored.options.reference = reference;
      DOCTEST_CHECK(scored.run().answered == 4);
      DOCTEST_CHECK(scored.score("grade", "accuracy").value == doctest::Approx(0.75));
      DOCTEST_CHECK(scored.score("grade", "accuracy").n == 4);
      DOCTEST_CHECK(scored.score("grade", "accuracy").persons == 3);
      DOCTEST_CHECK_FALSE(read_task_scores(scored.options.out / "task_scores.tsv").contains("age"));
    }
  }

  DOCTEST_TEST_CASE("a column of another name is named, and what does not exist is refused") {
    Scored scored(predicted, replaced(truth, "\tgrade\t", "\twho_grade\t"));
    scored.options.columns = {{"grade", "who_grade"}};
    scored.run();
    DOCTEST_CHECK(scored.score("grade", "accuracy").value == doctest::Approx(0.75));
    scored.options.columns = {{"grade", "who_grad"}};
    DOCTEST_CHECK(says(scored.refusal(), "has no such column; did you mean 'who_grade'?"));
    scored.options.columns = {{"grad", "who_grade"}};
    DOCTEST_CHECK(says(scored.refusal(), "the predictions answer no 'grad'; did you mean 'grade'?"));
    const Scored none(predicted, "participant_id\tsite\nsub-1\tA\n");
    DOCTEST_CHECK(says(none.refusal(), "has no column grade and no column age"));
    DOCTEST_CHECK(says(none.refusal(), "--column grade=COLUMN"));
  }

  DOCTEST_TEST_CASE("a table may name people without sub-, but only if it then speaks of nobody else") {
    const Scored plain(predicted, "participant_id\tgrade\n1\tII\n2\tIII\n3\tII\n4\tIII\n5\tII\n");
    DOCTEST_CHECK(plain.run().answered == 4);
    DOCTEST_CHECK(plain.score("grade", "accuracy").value == doctest::Approx(0.75));
    const Scored some(predicted, "participant_id\tgrade\n1\tII\nsub-2\tIII\n3\tII\n");
    DOCTEST_CHECK(some.run().answered == 1);
    const Scored others(predicted, "participant_id\tgrade\n11\tII\n12\tIII\n");
    DOCTEST_CHECK(says(others.refusal(), "no case of the predictions (sub-1, …) has a row"));
    DOCTEST_CHECK_MESSAGE(says(others.refusal(), "(11, …)"), "the table's own ids are named");
  }

  DOCTEST_TEST_CASE("a truth that is none of the answers leaves its case out of the task's scores") {
    const Scored scored(predicted, replaced(replaced(truth, "sub-3\tII", "sub-3\tIV"), "\t52\t", "\told\t"));
    Log log(Verbosity::quiet);
    log.attach(scored.path() / "log.txt");
    DOCTEST_CHECK(evaluate(scored.options, log).answered == 4);
    const std::string told = read_text(scored.path() / "log.txt");
    DOCTEST_CHECK_MESSAGE(says(told, "1 case is left out of the scores of grade: sub-3"), told);
    DOCTEST_CHECK_MESSAGE(says(told, "1 case is left out of the scores of age: sub-1"), told);
    DOCTEST_CHECK(scored.score("grade", "accuracy").n == 3);
    DOCTEST_CHECK(scored.score("age", "mae").n == 2);
  }

  DOCTEST_TEST_CASE("truths none of which was ever predicted and strangers are refused by name") {
    const std::string head = "participant_id\tgrade\tage\n";
    const Scored unknown_class(predicted, head + "sub-1\tIV\t3\nsub-2\tNA\t3\n");
    DOCTEST_CHECK(says(unknown_class.refusal(), "sub-1: grade is 'IV', but the predictions have no column"));
    const Scored word(predicted, head + "sub-1\tII\told\n");
    DOCTEST_CHECK(says(word.refusal(), "sub-1: age is 'old', but a number was predicted"));
    const Scored strangers(predicted, "participant_id\tgrade\nx\tII\n");
    DOCTEST_CHECK(says(strangers.refusal(), "no case of the predictions (sub-1, …) has a row"));
    DOCTEST_CHECK_FALSE(fs::exists(strangers.options.out));
    const Scored voxels_alone("case\tperson\tsession\nsub-1\tsub-1\tn/a\n");
    DOCTEST_CHECK(says(voxels_alone.refusal(), "no column holds answers"));
    Scored absent;
    absent.options.predictions = absent.path() / "gone.tsv";
    DOCTEST_CHECK(says(absent.refusal(), "gone.tsv: there is no table of answers"));
  }

  DOCTEST_TEST_CASE("a case whose prediction failed is counted, and the others are scored") {
    const Scored scored(replaced(predicted, "III\t0.25\t0.75\t60", "n/a\tn/a\tn/a\tn/a"));
    const EvaluateCounts counts = scored.run();
    DOCTEST_CHECK(counts.answered == 3);
    DOCTEST_CHECK(counts.unanswered == 1);
    DOCTEST_CHECK(scored.score("grade", "accuracy").n == 3);
  }

  DOCTEST_TEST_CASE("more than two ascending numbers are levels too") {
    const std::string head = "case\tmrs\tmrs_p_0\tmrs_p_1\tmrs_p_2\n";
    const Scored scored(head + "a\t0\t0.5\t0.25\t0.25\nb\t1\t0.25\t0.5\t0.25\nc\t2\t0.25\t0.25\t0.5\n",
                        "case\tmrs\na\t0\nb\t2\nc\t2\n");
    scored.run();
    DOCTEST_CHECK(scored.score("mrs", "mae_levels").value == doctest::Approx(1.0 / 3));
    // Of the truths 0, 2, 2 and the answers 0, 1, 2: squared distance 1 observed, 15 / 3 expected by chance.
    DOCTEST_CHECK(scored.score("mrs", "quadratic_kappa").value == doctest::Approx(0.8));
    const auto rows = read_task_scores(scored.options.out / "task_scores.tsv").at("mrs");
    DOCTEST_CHECK(std::ranges::count(rows, "accuracy", &TaskScore::metric) == 1);
  }

  DOCTEST_TEST_CASE(
      "a run's own scores of levels are those of evaluate, whose answers need not be most probable") {
    OrdinalOptions mrs;
    mrs.name = "mrs";
    mrs.target = {"mrs", {"0", "1", "2"}};
    const std::vector<std::shared_ptr<Task>> tasks{make_task(mrs)};
    const std::vector<std::vector<double>> shares{{.4, .25, .35}, {.2, .1, .7}, {.6, .3, .1}, {.3, .3, .4}};
    std::vector<SubjectRow> rows;
    std::string truths = "case\tmrs\n";
    for (size_t i = 0; i < shares.size(); ++i) {
      const std::string id = "sub-" + std::to_string(i), level = i == 1 ? "2" : i == 2 ? "0" : "1";
      rows.push_back({id, id, "", {}, {{"mrs", level}}});
      rows.back().answers["mrs"] = tasks[0]->decide(at::tensor(shares[i], at::kDouble).view({1, 3}));
      truths += id + "\t" + level + "\n";
    }
    const Scored scored(predicted, truths);
    write_answers(scored.path() / "pred", rows, tasks);
    scored.run();
    const auto of_the_run = read_task_scores(scored.path() / "pred" / "task_scores.tsv").at("mrs");
    DOCTEST_CHECK(of_the_run.size() == 3);
    for (const TaskScore& own : of_the_run) {
      DOCTEST_CAPTURE(own.metric);
      const TaskScore other = scored.score("mrs", own.metric);
      DOCTEST_CHECK(other.value == own.value);
      DOCTEST_CHECK(number_text(other.low) == number_text(own.low));
      DOCTEST_CHECK(number_text(other.high) == number_text(own.high));
    }
    DOCTEST_CHECK(scored.score("mrs", "accuracy").value == 1);  // of the most probable levels two are wrong
  }

  DOCTEST_TEST_CASE("another program's answers count as it gave them, with a threshold of its own") {
    const Scored scored(replaced(predicted, "sub-3\tsub-3\tn/a\tIII", "sub-3\tsub-3\tn/a\tII"));
    scored.run();
    for (const char* metric : {"accuracy", "balanced_accuracy", "specificity"})
      DOCTEST_CHECK(scored.score("grade", metric).value == doctest::Approx(1));
  }

  DOCTEST_TEST_CASE("label maps and answers of one folder are scored together, maps alone as ever") {
    Scored scored;
    const fs::path data = scored.path() / "data";
    Geometry grid;
    grid.size = {4, 4, 4};
    const Tensor labels = at::ones({4, 4, 4}, at::kShort);
    write_labels(scored.path() / "pred" / "sub-1.nii.gz", labels, grid, {});
    write_labels(data / "derivatives" / "manual" / "sub-1" / "anat" / "sub-1_dseg.nii.gz", labels, grid, {});
    fs::create_directories(data / "sub-1" / "anat");
    scored.options.reference = data;
    EvaluateCounts counts = scored.run();
    DOCTEST_CHECK(counts.scored == 1);
    DOCTEST_CHECK(counts.answered == 0);
    DOCTEST_CHECK_FALSE(fs::exists(scored.options.out / "task_scores.tsv"));
    write_atomically(data / "participants.tsv", std::string_view("participant_id\tgrade\nsub-1\tII\n"));
    counts = scored.run();
    DOCTEST_CHECK(counts.scored == 1);
    DOCTEST_CHECK(counts.answered == 1);
    const Json summary = Json::parse(read_text(scored.options.out / "summary.json"));
    DOCTEST_CHECK(summary["foreground_mean"]["Dice"] == 1);
    DOCTEST_CHECK(summary["subject_tasks"]["grade"]["accuracy"]["value"] == 1);
    fs::remove(data / "participants.tsv");
    scored.run();
    DOCTEST_CHECK_FALSE(fs::exists(scored.options.out / "task_scores.tsv"));
  }

  DOCTEST_TEST_CASE("persons of a table keep their cases together in the intervals") {
    Scored scored;
    scored.options.persons = scored.path() / "persons.tsv";
    write_atomically(scored.options.persons,
                     std::string_view("case\tperson\nsub-1\ta\nsub-2\ta\nsub-3\tb\nsub-4\tb\n"));
    scored.run();
    DOCTEST_CHECK(scored.score("grade", "accuracy").persons == 2);
  }
}

}  // namespace
}  // namespace tazuna
