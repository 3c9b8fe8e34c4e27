// SPDX-License-Identifier: Apache-2.0
#include "data/cohorts/table.hpp"

#include <set>

#include "core/files.hpp"
#include "tests/data/cohorts/bids_folder.hpp"
#include "tests/dataset.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

using Texts = std::vector<std::string>;

/// A table beside the files a.nii, b.nii and m.nii.
class Written {
 public:
  explicit Written(std::string_view text, const std::string& name = "cases.tsv") : name_(name) {
    for (const char* file : {"a.nii", "b.nii", "m.nii", "below/a.nii"})
      write_atomically(root() / file, std::string_view("x"));
    write_atomically(root() / name, text);
  }
  const std::filesystem::path& root() const { return folder_.path(); }
  Cohort read(TableOptions options = {}, std::string* told = nullptr) const {
    options.file = root() / name_;
    Problems problems;
    Cohort cohort = read_cohort(options, {.sequences = {"T1w"}, .maps = {"mask"}}, problems);
    if (!told) {
      problems.throw_if_any();
    } else {
      for (const Problem& problem : problems.list()) *told += problem.where + ": " + problem.sentence + "\n";
    }
    return cohort;
  }
  std::string message(const TableOptions& options = {}) const {
    return refusal_of([&] { read(options); });
  }

 private:
  ScratchFolder folder_;
  std::string name_;
};

}  // namespace

DOCTEST_TEST_SUITE("data/cohorts/table") {
  DOCTEST_TEST_CASE("a row is a case; columns that hold no paths are its values") {
    const Written written(
        "id\tperson\tT1w\tmask\tsite\tage\nlate\tp\tb.nii\tm.nii\tX\tn/a\nearly\tp\ta.nii\t\tY\t3\n");
    const Cohort cohort = written.read();
    DOCTEST_CHECK(ids_of(cohort) == Texts{"early", "late"});
    DOCTEST_CHECK(cohort.columns == Texts{"id", "person", "site", "age"});
    const Subject& late = cohort.subjects[1];
    DOCTEST_CHECK(late.person == "p");
    DOCTEST_CHECK(late.site == "X");
    DOCTEST_CHECK(late.images.at("T1w").file == written.root() / "b.nii");
    DOCTEST_CHECK(late.maps.at("mask").file == written.root() / "m.nii");
    DOCTEST_CHECK(!late.values.contains("age"));
    DOCTEST_CHECK(!late.values.contains("T1w"));
    DOCTEST_CHECK(cohort.subjects[0].maps.empty());
  }

  DOCTEST_TEST_CASE("words for nothing are no files and no values, unless a task declares them") {
    const Written written("id\tT1w\tmask\tgroup\tage\nx\ta.nii\tNA\tNA\tnan\ny\ta.nii\tm.nii\tAD\t7\n");
    const Subject plain = written.read().subjects.at(0);
    DOCTEST_CHECK(plain.maps.empty());
    DOCTEST_CHECK(plain.values == std::map<std::string, std::string>{{"id", "x"}});
    Problems problems;
    const Cohort declared = read_cohort(TableOptions{.file = written.root() / "cases.tsv"},
                                        {.sequences = {"T1w"}, .words = {{"group", {"NA"}}}}, problems);
    DOCTEST_CHECK(declared.subjects.at(0).values.at("group") == "NA");
  }

  DOCTEST_TEST_CASE("a column that no case needs may be absent where sequences may be missing") {
    const Written written("id\tT1w\tmask\nx\ta.nii\tm.nii\n");
    const TableOptions options{.file = written.root() / "cases.tsv"};
    CohortRequest request{.sequences = {"T1w", "FLAIR"}, .missing_allowed = true};
    const FoundCohort found = find_cases(options, request);
    DOCTEST_CHECK(found.cases.at(0).problem(true) == "");
    Problems problems;
    read_cohort(options, request, problems);  // to learn from, a sequence must be there in some case
    DOCTEST_REQUIRE(problems.list().size() == 1);
    DOCTEST_CHECK(says(problems.list()[0].sentence, "no case has 'FLAIR'"));
    request.missing_allowed = false;
    DOCTEST_CHECK(says(refusal_of([&] { find_cases(options, request); }), "no column 'FLAIR'"));
  }

  DOCTEST_TEST_CASE("commas or tabs by the name, the id by its name or place, paths from a root") {
    const Written comma("participant_id,mask,T1w\nx,m.nii,b.nii\n", "cases.csv");
    DOCTEST_CHECK(ids_of(comma.read()) == Texts{"x"});
    DOCTEST_CHECK(ids_of(Written("name\tT1w\tmask\ny\ta.nii\tm.nii\n").read()) == Texts{"y"});
    DOCTEST_CHECK(ids_of(Written("id\tname\tT1w\tmask\nx\ty\ta.nii\tm.nii\n").read({.id = "name"})) ==
                  Texts{"y"});
    const Written below("id\tT1w\tmask\nx\ta.nii\ta.nii\n");
    const Cohort cohort = below.read({.root = below.root() / "below"});
    DOCTEST_CHECK(cohort.subjects.at(0).images.at("T1w").file == below.root() / "below/a.nii");
  }

  DOCTEST_TEST_CASE("where ids repeat, sessions tell the cases apart and the id is the person") {
    const Cohort cohort = Written("id\tsession\tT1w\tmask\np\t2\tb.nii\tm.nii\np\t1\ta.nii\tm.nii\n").read();
    DOCTEST_CHECK(ids_of(cohort) == Texts{"p_1", "p_2"});
    DOCTEST_CHECK(cohort.subjects[0].person == "p");
    DOCTEST_CHECK(cohort.subjects[0].session == "1");
    const Cohort apart = Written("id\tsession\tT1w\tmask\np\t2\tb.nii\tm.nii\nq\t1\ta.nii\tm.nii\n").read();
    DOCTEST_CHECK(ids_of(apart) == Texts{"p", "q"});
  }

  DOCTEST_TEST_CASE("a usual name of a column makes it the person, in capitals or not, unless it is the id") {
    const auto cohort_of = [](const std::string& columns, TableOptions options = {}) {
      return Written(columns + "\tT1w\tmask\np_1\tp\tx\ta.nii\tm.nii\np_2\tp\tx\tb.nii\tm.nii\n")
          .read(std::move(options));
    };
    for (const char* name : {"person", "participant_id", "Subject_ID", "subject", "PATIENT_ID"}) {
      const Cohort cohort = cohort_of(std::string("id\t") + name + "\tsite");
      DOCTEST_CHECK(cohort.subjects[0].person == "p");
      DOCTEST_CHECK(cohort.subjects[1].person == "p");
    }
    DOCTEST_CHECK(cohort_of("id\tsubject\tperson").subjects[0].person == "x");
    DOCTEST_CHECK(cohort_of("participant_id\tscanner\tsite").subjects[0].person == "p_1");
    DOCTEST_CHECK(cohort_of("id\tpatient\tsite").subjects[0].person == "p_1");  // may be a group
    DOCTEST_CHECK(cohort_of("id\tsubject\tsite", {.person = "id"}).subjects[0].person == "p_1");
  }

  DOCTEST_TEST_CASE(
      "a guessed column of persons is told where it joins cases, and demands nothing of a row") {
    const auto cohort_of = [](const std::string& column, const std::string& third) {
      return Written("id\t" + column + "\tT1w\tmask\na\t1\ta.nii\tm.nii\nb\t1\tb.nii\tm.nii\nc\t" + third +
                     "\ta.nii\tm.nii\n");
    };
    const Cohort guessed = cohort_of("subject_id", "n/a").read();
    DOCTEST_CHECK(guessed.subjects[2].person == "c");
    DOCTEST_REQUIRE(guessed.warnings.size() == 1);
    DOCTEST_CHECK(says(guessed.warnings[0],
                       "the column 'subject_id' is taken to name the person: 3 cases of 2 persons"));
    DOCTEST_CHECK(says(guessed.warnings[0], "data.cohort.person ('id': each case is a person)"));
    DOCTEST_CHECK(cohort_of("subject_id", "2").read({.person = "subject_id"}).warnings.empty());
    DOCTEST_CHECK(cohort_of("person", "2").read().warnings.empty());
    DOCTEST_CHECK(says(cohort_of("person", "n/a").message({}), "names no person in the column 'person'"));
  }

  DOCTEST_TEST_CASE("everything wrong with every row is told at once and only sound rows are kept") {
    std::string told;
    const Cohort cohort =
        Written("id\tT1w\tmask\nu\ta.nii\tm.nii\nv\t\tm.nii\nw\tgone.nii\tm.nii\nx\tb.nii\tlost.nii\n")
            .read({}, &told);
    DOCTEST_CHECK(ids_of(cohort) == Texts{"u"});
    for (const char* part : {"v: ", "cases.tsv:3 has no T1w; write the path", "w: T1w: there is no file ",
                             "gone.nii; correct the path", "x: mask: there is no file "})
      DOCTEST_CHECK_MESSAGE(says(told, part), part << " not in: " << told);
  }

  DOCTEST_TEST_CASE("a label map that some rows lack is counted; a path that leads nowhere says why") {
    const Written some("id\tT1w\tmask\nx\ta.nii\tm.nii\ny\ta.nii\t\nz\tb.nii\tn/a\n");
    DOCTEST_CHECK(some.read().warnings ==
                  Texts{"mask: 1 of 3 cases have it; none for y, z; its tasks do not learn from them"});
    const Written links("id\tT1w\tmask\nx\tgone.nii\tm.nii\ny\tloop.nii\tm.nii\nz\ta.nii\tm.nii\n");
    std::filesystem::create_symlink("nowhere.nii", links.root() / "gone.nii");
    std::filesystem::create_symlink("loop.nii", links.root() / "loop.nii");
    std::string told;
    DOCTEST_CHECK(ids_of(links.read({}, &told)) == Texts{"z"});
    for (const char* part : {"x: T1w: ", "gone.nii is a link to a file that is not there; fetch its content",
                             "y: T1w: ", "loop.nii cannot be read: "})
      DOCTEST_CHECK_MESSAGE(says(told, part), part << " not in: " << told);
  }

  DOCTEST_TEST_CASE("what spreadsheets leave in a table changes nothing") {
    const Written excel("id, person,T1w,mask ,,\nx,p,a.nii,m.nii,,\n,,,,,\ny,q,b.nii,m.nii,,\n", "UP.CSV");
    const Cohort cohort = excel.read();
    DOCTEST_CHECK(ids_of(cohort) == Texts{"x", "y"});
    DOCTEST_CHECK(cohort.columns == Texts{"id", "person"});
    DOCTEST_CHECK(cohort.subjects[1].person == "q");
    const Written european("id;T1w;mask\nx;a.nii;m.nii\n", "cases.csv");
    DOCTEST_CHECK(ids_of(european.read()) == Texts{"x"});
    DOCTEST_CHECK(says(Written("id;T1w;mask\nx;a.nii;m.nii\n").message(),
                       "cases.tsv:1: the columns seem to be separated by ';'"));
  }

  DOCTEST_TEST_CASE("a table that cannot be a cohort is refused by a sentence") {
    struct Row {
      const char* text;
      const char* says;
    };
    for (const Row& row :
         {Row{"id\tT1\tmask\nx\ta.nii\tm.nii\n", "no column 'T1w' (input.sequences); did you mean 'T1'?"},
          Row{"id\tT1w\nx\ta.nii\n", "no column 'mask' (target.map); there is T1w, id"},
          Row{"T1w\tmask\na.nii\tm.nii\n", "no column for the case's id"},
          Row{"id\tT1w\tmask\n", "the table has no row"},
          Row{"id\tT1w\tmask\nx\ta.nii\tm.nii\nx\tb.nii\tm.nii\n",
              "cases.tsv:3: the case 'x' stands in line 2 already"},
          Row{"id\tT1w\tmask\n../x\ta.nii\tm.nii\n", "cases.tsv:2: '../x' cannot name a case"},
          Row{"id\tT1w\tmask\nx\ta.nii\n", "cases.tsv:2"}}) {
      const std::string message = Written(row.text).message();
      DOCTEST_CHECK_MESSAGE(says(message, row.says), message << " does not say: " << row.says);
    }
    DOCTEST_CHECK(says(Written("id\tT1w\tmask\nx\ta.nii\tn/a\n").message(),
                       "mask: no case has this label map in the columns of "));
    const Written good("id\tT1w\tmask\nx\ta.nii\tm.nii\n");
    DOCTEST_CHECK(says(good.message({.person = "block"}), "no column 'block' (data.cohort.person)"));
  }

  DOCTEST_TEST_CASE("slices of tumours are a table whose blocks are the persons") {
    const auto folder = dataset("tumour2d");
    if (!folder) return;
    Problems problems;
    const Cohort cohort = read_cohort(TableOptions{.file = *folder / "samples.tsv", .person = "block"},
                                      {.sequences = {"image"}, .maps = {"mask"}}, problems);
    DOCTEST_CHECK(problems.empty());
    DOCTEST_CHECK(cohort.subjects.size() == 765);
    std::set<std::string> persons;
    for (const Subject& subject : cohort.subjects) persons.insert(subject.person);
    DOCTEST_CHECK(persons.size() > 20);
    DOCTEST_CHECK(persons.size() < 765);
    DOCTEST_CHECK(cohort.columns == Texts{"id", "tumour", "block"});
  }
}
