// SPDX-License-Identifier: Apache-2.0
#include "data/cohorts/nnunet.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/files.hpp"
#include "tests/dataset.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// A folder with the named files (empty ones: a cohort is read by names) and a dataset.json.
class CohortFolder {
 public:
  CohortFolder(const std::string& json, const std::vector<std::string>& files) {
    if (!json.empty()) write("dataset.json", json);
    for (const std::string& file : files) write(file, "");
  }
  const std::filesystem::path& root() const { return folder_.path(); }
  Cohort read(const std::string& person_pattern = "") const { return read_cohort({root(), person_pattern}); }
  std::string message(const std::string& person_pattern = "") const {
    return refusal_of([&] { read(person_pattern); });
  }

 private:
  void write(const std::string& name, std::string_view text) { write_atomically(root() / name, text); }
  ScratchFolder folder_;
};

std::vector<std::string> ids_of(const Cohort& cohort) {
  std::vector<std::string> ids;
  for (const Subject& subject : cohort.subjects) ids.push_back(subject.id);
  return ids;
}

using Ids = std::vector<std::string>;

const std::string v2 = R"({"channel_names": {"0": "T1w", "1": "FLAIR"}, "file_ending": ".nii.gz",
                           "labels": {"background": 0, "oedema": 2, "core": 1}, "numTraining": 2})";
const std::vector<std::string> v2_files{
    "imagesTr/b_0000.nii.gz", "imagesTr/b_0001.nii.gz", "labelsTr/b.nii.gz",       "imagesTr/a_0000.nii.gz",
    "imagesTr/a_0001.nii.gz", "labelsTr/a.nii.gz",      "imagesTr/._a_0000.nii.gz"};

std::string msd(const std::string& modality, const std::string& training) {
  return R"({"name": "Made up", "labels": {"0": "background", "1": "Anterior", "2": "Posterior"}, "modality": )" +
         modality + R"(, "training": [)" + training + "]}";
}

}  // namespace

DOCTEST_TEST_SUITE("data/cohorts/nnunet") {
  DOCTEST_TEST_CASE(
      "a folder of nnU-Net v2 is read by its file names, sorted, with channels and labels in order") {
    const CohortFolder folder(v2, v2_files);
    const Cohort cohort = folder.read();
    DOCTEST_CHECK(ids_of(cohort) == Ids{"a", "b"});
    DOCTEST_CHECK(cohort.name == folder.root().filename().string());
    DOCTEST_CHECK(cohort.sequences == Ids{"T1w", "FLAIR"});
    DOCTEST_CHECK((cohort.labels == NamedIntegers{{"core", 1}, {"oedema", 2}}));
    const Subject& a = cohort.subjects[0];
    DOCTEST_CHECK(a.person == "a");
    DOCTEST_CHECK(a.images.at("FLAIR").file == folder.root() / "imagesTr/a_0001.nii.gz");
    DOCTEST_CHECK(a.maps.at("label").file == folder.root() / "labelsTr/a.nii.gz");
  }

  DOCTEST_TEST_CASE("a folder of the decathlon is read by its list, whatever else lies there") {
    const CohortFolder folder(
        msd(R"({"0": "MRI"})", R"({"image": "./imagesTr/h_2.nii.gz", "label": "./labelsTr/h_2.nii.gz"},
                                                        {"image": "./imagesTr/h_1.nii.gz", "label": "./labelsTr/h_1.nii.gz"})"),
        {"imagesTr/h_1.nii.gz", "labelsTr/h_1.nii.gz", "imagesTr/h_2.nii.gz", "labelsTr/h_2.nii.gz",
         "imagesTr/h_3.nii.gz"});
    const Cohort cohort = folder.read("^(h)_");
    DOCTEST_CHECK(ids_of(cohort) == Ids{"h_1", "h_2"});
    DOCTEST_CHECK(cohort.name == "Made up");
    DOCTEST_CHECK((cohort.labels == NamedIntegers{{"Anterior", 1}, {"Posterior", 2}}));
    DOCTEST_CHECK(cohort.subjects[1].images.at("MRI").file == folder.root() / "imagesTr/h_2.nii.gz");
    DOCTEST_CHECK(cohort.subjects[0].person == "h");
  }

  DOCTEST_TEST_CASE("nnU-Net v1 lists a case without channels and stores it with them") {
    const CohortFolder folder(msd(R"({"0": "T1", "1": "T2"})",
                                  R"({"image": "./imagesTr/c.nii.gz", "label": "./labelsTr/c.nii.gz"})"),
                              {"imagesTr/c_0000.nii.gz", "imagesTr/c_0001.nii.gz", "labelsTr/c.nii.gz"});
    const Cohort cohort = folder.read();
    DOCTEST_CHECK(ids_of(cohort) == Ids{"c"});
    DOCTEST_CHECK(cohort.subjects[0].images.at("T2").file == folder.root() / "imagesTr/c_0001.nii.gz");
  }

  DOCTEST_TEST_CASE("nnU-Net v2 may list its files itself") {
    const CohortFolder folder(
        R"({"channel_names": {"0": "T1"}, "labels": {"background": 0}, "file_ending": ".nrrd",
            "dataset": {"z": {"images": ["raw/z.nrrd"], "label": "manual/z.nrrd"}}})",
        {"raw/z.nrrd", "manual/z.nrrd"});
    DOCTEST_CHECK(folder.read().subjects.at(0).maps.at("label").file == folder.root() / "manual/z.nrrd");
  }

  DOCTEST_TEST_CASE("a path that leaves the dataset is refused, an absolute one is not") {
    const auto listed = [](const std::string& image) {
      return msd(R"({"0": "MRI"})", R"({"image": ")" + image + R"(", "label": "labelsTr/x.nii.gz"})");
    };
    for (const char* path : {"../x.nii.gz", "imagesTr/../../x.nii.gz", ".."}) {
      const std::string message = CohortFolder(listed(path), {"labelsTr/x.nii.gz"}).message();
      DOCTEST_CHECK_MESSAGE(says(message, std::string("the path '") + path + "' in "), message);
      DOCTEST_CHECK_MESSAGE(says(message, "leads out of the dataset"), message);
    }
    const CohortFolder other("", {"x.nii.gz"});
    const CohortFolder folder(listed((other.root() / "x.nii.gz").string()), {"labelsTr/x.nii.gz"});
    DOCTEST_CHECK(folder.read().subjects.at(0).images.at("MRI").file == other.root() / "x.nii.gz");
  }

  DOCTEST_TEST_CASE("with a list of problems, sound cases are kept") {
    auto files = v2_files;
    files.erase(files.begin());  // b's first channel
    const CohortFolder folder(v2, files);
    Problems problems;
    DOCTEST_CHECK(ids_of(read_cohort({folder.root(), ""}, {}, problems)) == Ids{"a"});
    DOCTEST_CHECK(problems.list().size() == 1);
  }

  DOCTEST_TEST_CASE("everything missing in a folder stands in one message, with file and remedy") {
    auto files = v2_files;
    files.erase(files.begin() + 1);  // b's second channel
    for (const char* file : {"imagesTr/c.nii.gz", "labelsTr/d.nii.gz", "imagesTr/a_0002.nii.gz"})
      files.emplace_back(file);
    const std::string message = CohortFolder(v2, files).message();
    for (const char* part :
         {"b: the image ", "imagesTr/b_0001.nii.gz (channel 'FLAIR') is missing; restore it",
          "c: ", "has no channel in its name; rename it to c_0000.nii.gz", "d: the label map ",
          "has no image ", "imagesTr/a_0002.nii.gz is channel 2, but dataset.json names 2"})
      DOCTEST_CHECK_MESSAGE(says(message, part), part << " not in: " << message);
  }

  DOCTEST_TEST_CASE("one listed file of several channels holds them as its volumes") {
    const std::string one = R"({"image": "imagesTr/x.nii.gz", "label": "labelsTr/x.nii.gz"})";
    const std::string json = msd(R"({"0": "FLAIR", "1": "T1w"})", one);
    const CohortFolder folder(json, {"imagesTr/x.nii.gz", "labelsTr/x.nii.gz"});
    const Subject x = folder.read().subjects.at(0);
    DOCTEST_CHECK(x.images.at("FLAIR").file == folder.root() / "imagesTr/x.nii.gz");
    DOCTEST_CHECK(x.images.at("FLAIR").part() == " 0/2");
    DOCTEST_CHECK(x.images.at("T1w").file == x.images.at("FLAIR").file);
    DOCTEST_CHECK(x.images.at("T1w").part() == " 1/2");
    DOCTEST_CHECK(says(CohortFolder(json, {}).message(), "imagesTr/x.nii.gz is missing"));
  }

  DOCTEST_TEST_CASE("a case without its files and a case listed twice are refused") {
    const std::string one = R"({"image": "imagesTr/x.nii.gz", "label": "labelsTr/x.nii.gz"})";
    DOCTEST_CHECK(says(CohortFolder(msd(R"({"0": "MRI"})", one), {}).message(), "x: the image "));
    DOCTEST_CHECK(
        says(CohortFolder(msd(R"({"0": "MRI"})", one + "," + one), {}).message(), "'x' is listed twice"));
  }

  DOCTEST_TEST_CASE("a folder that is none, is empty or holds another number of cases is refused") {
    DOCTEST_CHECK(says(CohortFolder("", {}).message(), "there is no dataset.json"));
    DOCTEST_CHECK(says(CohortFolder(v2, {}).message(), "there is no image ID_0000.nii.gz"));
    DOCTEST_CHECK(says(CohortFolder(v2, {v2_files.begin(), v2_files.begin() + 3}).message(),
                       "numTraining 2, but imagesTr holds 1 cases"));
    DOCTEST_CHECK_THROWS_AS(read_cohort({"/nonexistent/cohort", ""}), Error);
  }

  DOCTEST_TEST_CASE("everything wrong in dataset.json is named") {
    struct Row {
      const char* json;
      const char* says;
    };
    const std::vector<Row> rows{
        {"{\"labels\": {\n\"a\": 1,}", "dataset.json: this is not JSON: reading stops at line 2"},
        {R"({"labels": {}, "labels": {}})", "the key 'labels' stands twice"},
        {"[]", "must hold an object {...}, but holds a list"},
        {R"({"labels": {}})", "channel_names: the key is missing"},
        {R"({"channel_names": {"0": "T1"}})", "labels: the key is missing"},
        {R"({"channel_names": {"1": "T1"}, "labels": {}})", "no key \"0\"; number them"},
        {R"({"channel_names": {"0": 7}, "labels": {}})",
         "channel \"0\" must have a name, but holds a whole number"},
        {R"({"channel_names": {"0": "T1"}, "labels": {"whole": [1, 2]}})", "'whole' is a list of values"},
        {R"({"channel_names": {"0": "T1"}, "labels": {"a": 1, "b": 1}})", "the value 1 has two names"},
        {R"({"channel_names": {"0": "T1"}, "labels": {"1": "a", "2": "a"}})",
         "the name 'a' stands for two values"},
        {R"({"channel_names": {"0": "T1"}, "labels": {"a": 0.5}})",
         "'a' must have a whole number from 0 to 32767, but has 0.5"},
        {R"({"channel_names": {"0": "T1"}, "labels": {}, "training": []})", "training: it must be a list"},
        {R"({"channel_names": {"0": "T1"}, "labels": {}, "training": [{"image": "x.nii"}]})",
         "training[0]: it must be"},
        {R"({"channel_names": {"0": "T1"}, "labels": {}, "dataset": {"x": {"images": [], "label": "l"}}})",
         "dataset.x: it lists 0 images, but channel_names has 1"},
        {R"({"channel_names": {"0": "T1"}, "labels": {}, "file_ending": ".xyz"})",
         "'.xyz' is no image format"},
        {R"({"channel_names": {"0": "T1"}, "labels": {}, "file_ending": 3})",
         "file_ending: it must be a text"},
    };
    for (const Row& row : rows) {
      const std::string message = CohortFolder(row.json, {}).message();
      DOCTEST_CHECK_MESSAGE(says(message, row.says), message << " does not say: " << row.says);
    }
  }

  DOCTEST_TEST_CASE("a case may lack its label map, which is told where a task asks for it") {
    auto files = v2_files;
    files.erase(files.begin() + 2);  // b's label map
    const CohortFolder folder(v2, files);
    const Cohort cohort = folder.read();
    DOCTEST_REQUIRE(ids_of(cohort) == Ids{"a", "b"});
    DOCTEST_CHECK(cohort.subjects[0].maps.contains("label"));
    DOCTEST_CHECK(cohort.subjects[1].maps.empty());
    DOCTEST_CHECK(cohort.warnings.empty());
    Problems problems;
    const Cohort asked = read_cohort({folder.root(), ""}, {.maps = {"label"}}, problems);
    DOCTEST_CHECK(problems.empty());
    DOCTEST_REQUIRE(asked.warnings.size() == 1);
    DOCTEST_CHECK(says(asked.warnings[0], "there is no label map of 1 case, the first is "));
    const CohortFolder listed(
        msd(R"({"0": "MRI"})", R"({"image": "imagesTr/x.nii.gz", "label": "labelsTr/x.nii.gz"})"),
        {"imagesTr/x.nii.gz"});
    DOCTEST_CHECK(listed.read().subjects.at(0).maps.empty());  // nobody asks for it
    read_cohort({listed.root(), ""}, {.maps = {"label"}}, problems);
    DOCTEST_REQUIRE(problems.list().size() == 1);
    DOCTEST_CHECK(says(problems.list()[0].sentence, "x.nii.gz that dataset.json lists is missing"));
  }

  DOCTEST_TEST_CASE("a link whose content is not there is a problem, of an image as of a label map") {
    const auto told_of = [](const CohortFolder& folder, const char* link, const CohortRequest& request) {
      std::filesystem::remove(folder.root() / link);
      std::filesystem::create_symlink("../.git/annex/nowhere", folder.root() / link);
      Problems problems;
      read_cohort({folder.root(), ""}, request, problems);
      std::string told;
      for (const Problem& problem : problems.list()) told += problem.where + ": " + problem.sentence + "\n";
      return told;
    };
    const CohortRequest asked{.maps = {"label"}, .missing_allowed = true};
    const CohortFolder folder(v2, v2_files);
    const auto sentence = [](const CohortFolder& of, const std::string& file) {
      return (of.root() / file).string() + " is a link to a file that is not there; fetch its content\n";
    };
    DOCTEST_CHECK(told_of(folder, "labelsTr/b.nii.gz", {}).empty());  // nobody asks for it
    DOCTEST_CHECK(told_of(folder, "labelsTr/b.nii.gz", asked) ==
                  "b: " + sentence(folder, "labelsTr/b.nii.gz"));
    const CohortFolder images(v2, v2_files);
    DOCTEST_CHECK(told_of(images, "imagesTr/a_0001.nii.gz", asked) ==
                  "a: " + sentence(images, "imagesTr/a_0001.nii.gz"));
    const CohortFolder first(
        msd(R"({"0": "T1", "1": "T2"})", R"({"image": "imagesTr/c.nii.gz", "label": "l.nii.gz"})"),
        {"l.nii.gz", "imagesTr/other.nii.gz"});
    DOCTEST_CHECK(told_of(first, "imagesTr/c.nii.gz", {}) == "c: " + sentence(first, "imagesTr/c.nii.gz"));
  }

  DOCTEST_TEST_CASE("a link in a circle is a problem of its case alone") {
    for (const std::string link : {"imagesTr/a_0001.nii.gz", "labelsTr/a.nii.gz"}) {
      const CohortFolder folder(v2, v2_files);
      std::filesystem::remove(folder.root() / link);
      std::filesystem::create_symlink(std::filesystem::path(link).filename(), folder.root() / link);
      Problems problems;
      DOCTEST_CHECK(ids_of(read_cohort({folder.root(), ""}, {.maps = {"label"}}, problems)) == Ids{"b"});
      DOCTEST_REQUIRE(problems.list().size() == 1);
      DOCTEST_CHECK(problems.list()[0].where == "a");
      DOCTEST_CHECK(
          says(problems.list()[0].sentence, link + " cannot be read: it is a link that leads nowhere"));
    }
  }

  DOCTEST_TEST_CASE("a file whose name is not UTF-8 is a problem with its place") {
    auto files = v2_files;
    files.emplace_back("imagesTr/M\xfcller_0000.nii.gz");
    const CohortFolder folder(v2, files);
    Problems problems;
    DOCTEST_CHECK(ids_of(read_cohort({folder.root(), ""}, {}, problems)) == Ids{"a", "b"});
    DOCTEST_REQUIRE(problems.list().size() == 1);
    DOCTEST_CHECK(problems.list()[0].where == "M%FCller_0000.nii.gz");
    DOCTEST_CHECK(says(problems.list()[0].sentence, "imagesTr is not UTF-8"));
    const Cohort scored = folder.read();
    DOCTEST_CHECK(ids_of(scored) == Ids{"a", "b"});
    DOCTEST_REQUIRE(scored.warnings.size() == 1);
    DOCTEST_CHECK(says(scored.warnings[0], "M%FCller_0000.nii.gz is left out: the name is not UTF-8"));
  }

  DOCTEST_TEST_CASE("channels of one name are numbered, and those that nnU-Net normalises otherwise told") {
    const auto cohort_of = [](const std::string& names) {
      const CohortFolder folder(R"({"channel_names": )" + names + R"(, "labels": {"a": 1}})",
                                {"imagesTr/x_0000.nii.gz", "imagesTr/x_0001.nii.gz", "labelsTr/x.nii.gz"});
      Problems problems;
      return read_cohort({folder.root(), ""}, {}, problems);
    };
    const Cohort twice = cohort_of(R"({"0": "MRI", "1": "MRI"})");
    DOCTEST_CHECK(twice.sequences == Ids{"MRI", "MRI_2"});
    DOCTEST_CHECK(says(twice.subjects[0].images.at("MRI_2").file.string(), "x_0001"));
    DOCTEST_CHECK(twice.warnings.empty());
    const Cohort other = cohort_of(R"({"0": "CT", "1": "noNorm"})");
    DOCTEST_REQUIRE(other.warnings.size() == 2);
    DOCTEST_CHECK(says(other.warnings[0], "nnU-Net would normalise the channel 'CT' in a way of its own"));
  }

  DOCTEST_TEST_CASE("a person pattern that finds nobody is refused") {
    const CohortFolder folder(v2, v2_files);
    DOCTEST_CHECK(says(folder.message("^(a)"), "b: data.cohort.person_pattern '^(a)' finds no person"));
    DOCTEST_CHECK(says(folder.message("("), "is no regular expression"));
    DOCTEST_CHECK(says(folder.message("a"), "has no group"));
  }

  DOCTEST_TEST_CASE("values of the cases come from a table; what is missing is left out") {
    const CohortFolder folder(v2, v2_files);
    const auto read = [&](std::string_view table, Problems& problems) {
      write_atomically(folder.root() / "values.tsv", table);
      return read_cohort({folder.root(), "", "values.tsv"}, {}, problems);
    };
    Problems none;
    const Cohort cohort = read("case\tage\tsite\nb\t31\tX\na\tn/a\t\nstranger\t5\tY\n", none);
    DOCTEST_CHECK(none.empty());
    DOCTEST_CHECK(cohort.columns == Ids{"age", "site"});
    DOCTEST_CHECK(cohort.subjects[0].values.empty());
    DOCTEST_CHECK(cohort.subjects[1].values.at("age") == "31");
    DOCTEST_CHECK(cohort.subjects[1].site == "X");
    DOCTEST_CHECK(cohort.warnings.empty());
    DOCTEST_CHECK(says(read("id\tage\na\t3\n", none).warnings.at(0),
                       "values.tsv has no row for 1 cases, the first is b"));
    Problems twice;
    read("id\tage\na\t3\na\t4\nb\t5\n", twice);
    DOCTEST_REQUIRE(twice.list().size() == 1);
    DOCTEST_CHECK(twice.list()[0].where == "a");
    DOCTEST_CHECK(says(refusal_of([&] { read("id\tage\nx\t3\n", none); }),
                       "values.tsv: none of its ids is a case of the dataset, as a is"));
    DOCTEST_CHECK(folder.read().columns.empty());
  }

  DOCTEST_TEST_CASE("the hippocampi of the decathlon are 200 people with two labels") {
    const auto folder = hippocampi();
    if (!folder) return;
    const Cohort cohort = read_cohort({*folder, ""});
    DOCTEST_CHECK(cohort.subjects.size() == 200);
    DOCTEST_CHECK(cohort.sequences == Ids{"MRI"});
    DOCTEST_CHECK((cohort.labels == NamedIntegers{{"Anterior", 1}, {"Posterior", 2}}));
  }
}
