// SPDX-License-Identifier: Apache-2.0
#include "infer/inputs.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "image/volume.hpp"
#include "infer/folders.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

std::vector<InputCase> inputs_of(const std::vector<fs::path>& inputs, const InputRequest& request) {
  Log log(Verbosity::quiet);
  return find_inputs(inputs, request, log);
}

/// "id: sequence=file …[ !problem]" for each case; what is asked only looks at names.
std::vector<std::string> found(const std::vector<fs::path>& inputs,
                               const std::vector<std::string>& sequences) {
  std::vector<std::string> texts;
  for (const InputCase& one : inputs_of(inputs, {.sequences = sequences})) {
    std::string text = one.subject->id + ":";
    for (const auto& [sequence, image] : one.subject->images)
      text += cat(" ", sequence, "=", image.file.filename().string());
    texts.push_back(one.problem.empty() ? text : text + " !" + one.problem);
  }
  return texts;
}

std::string refusal_of_inputs(const std::vector<fs::path>& inputs) {
  return refusal_of([&] { inputs_of(inputs, {.sequences = {"T1w"}}); });
}

class Folder : public ScratchFolder {
 public:
  Folder(const std::vector<std::string>& names) {
    for (const std::string& name : names) write_atomically(path() / name, std::string_view("x"));
  }
};

DOCTEST_TEST_SUITE("infer/inputs") {
  DOCTEST_TEST_CASE("a folder with one file a case gives a case a file, other files are passed over") {
    const Folder folder({"b.nii.gz", "a_001.nii", "._a.nii.gz", "notes.txt"});
    DOCTEST_CHECK(found({folder.path()}, {"T1w"}) ==
                  std::vector<std::string>{"a_001: T1w=a_001.nii", "b: T1w=b.nii.gz"});
  }

  DOCTEST_TEST_CASE("channel suffixes are sequences in order") {
    const Folder folder({"a_0000.nii.gz", "a_0001.nii.gz", "b_0001.nii.gz", "b_0000.nii.gz"});
    DOCTEST_CHECK(found({folder.path()}, {"T1w", "FLAIR"}) ==
                  std::vector<std::string>{"a: FLAIR=a_0001.nii.gz T1w=a_0000.nii.gz",
                                           "b: FLAIR=b_0001.nii.gz T1w=b_0000.nii.gz"});
  }

  DOCTEST_TEST_CASE("a file with a volume for each sequence holds them all") {
    const Folder folder({"b_0000.nii.gz", "b_0001.nii.gz"});
    write_image(folder.path() / "a.nii.gz", at::ones({2, 3, 4, 5}), {.size = {3, 4, 5}}, {});
    for (const bool missing : {false, true}) {
      const auto cases = inputs_of({folder.path()}, {.sequences = {"T1w", "FLAIR"}, .missing = missing});
      DOCTEST_REQUIRE(cases.size() == 2);
      DOCTEST_CHECK(cases[0].problem == "");
      DOCTEST_CHECK(cases[0].subject->images.at("T1w").part() == " 0/2");
      DOCTEST_CHECK(cases[0].subject->images.at("FLAIR").part() == " 1/2");
      DOCTEST_CHECK(cases[1].subject->images.at("FLAIR").part() == "");
    }
  }

  DOCTEST_TEST_CASE("with one sequence only _0000 is a suffix") {
    const Folder folder({"a_0000.nii.gz", "ixi_0012.nii.gz"});
    DOCTEST_CHECK(found({folder.path()}, {"T1w"}) ==
                  std::vector<std::string>{"a: T1w=a_0000.nii.gz", "ixi_0012: T1w=ixi_0012.nii.gz"});
  }

  DOCTEST_TEST_CASE("a missing and a surplus channel are problems of their cases alone") {
    const Folder folder({"a_0000.nii.gz", "b_0000.nii.gz", "b_0001.nii.gz", "c_0000.nii.gz", "c_0001.nii.gz",
                         "c_0002.nii.gz"});
    const auto cases = inputs_of({folder.path()}, {.sequences = {"T1w", "FLAIR"}});
    DOCTEST_REQUIRE(cases.size() == 3);
    DOCTEST_CHECK(says(cases[0].problem, "a: channel _0001 (FLAIR) is missing"));
    DOCTEST_CHECK(cases[1].problem.empty());
    DOCTEST_CHECK(
        says(cases[2].problem, "c: c_0002.nii.gz is channel 2, but the model takes 2 (T1w, FLAIR)"));
  }

  DOCTEST_TEST_CASE("where sequences may be missing, a case needs one whose name says which it is") {
    const Folder folder({"a_0000.nii.gz", "b_0001.nii.gz", "c.nii.gz", "d_0002.nii.gz"});
    const auto cases = inputs_of({folder.path()}, {.sequences = {"T1w", "FLAIR"}, .missing = true});
    DOCTEST_REQUIRE(cases.size() == 4);
    for (const size_t usable : {0, 1})
      DOCTEST_CHECK_MESSAGE(cases[usable].problem.empty(), cases[usable].problem);
    DOCTEST_CHECK(cases[1].subject->images.contains("FLAIR"));
    DOCTEST_CHECK_FALSE(cases[1].subject->images.contains("T1w"));
    DOCTEST_CHECK(
        says(cases[2].problem, "c: c.nii.gz does not say which of T1w, FLAIR it is; name it c_0000"));
    DOCTEST_CHECK(says(cases[3].problem, "d: d_0002.nii.gz is channel 2"));
    const Folder dataset(
        {"sub-1/anat/sub-1_T1w.nii.gz", "sub-2/anat/sub-2_FLAIR.nii.gz", "sub-3/anat/sub-3_PDw.nii.gz"});
    const auto people = inputs_of({dataset.path()}, {.sequences = {"T1w", "FLAIR"}, .missing = true});
    DOCTEST_REQUIRE(people.size() == 3);
    DOCTEST_CHECK(people[0].problem.empty());
    DOCTEST_CHECK(people[1].problem.empty());
    DOCTEST_CHECK_MESSAGE(says(people[2].problem, "it has no T1w and no FLAIR"), people[2].problem);
  }

  DOCTEST_TEST_CASE("values come from participants.tsv where the model reads columns, and from a table's") {
    const Folder folder({"sub-1/anat/sub-1_T1w.nii.gz", "sub-2/anat/sub-2_T1w.nii.gz"});
    write_atomically(folder.path() / "participants.tsv",
                     std::string_view("participant_id\tweight\nsub-1\t61\nsub-2\tn/a\n"));
    const auto cases = inputs_of({folder.path()}, {.sequences = {"T1w"}, .columns = {"weight"}});
    DOCTEST_REQUIRE(cases.size() == 2);
    DOCTEST_CHECK(cases[0].subject->values.at("weight") == "61");
    DOCTEST_CHECK_FALSE(cases[1].subject->values.contains("weight"));
    write_atomically(folder.path() / "t.tsv",
                     std::string_view("case\tT1w\tweight\nx\tsub-1/anat/sub-1_T1w.nii.gz\t70\n"));
    DOCTEST_CHECK(inputs_of({folder.path() / "t.tsv"}, {.sequences = {"T1w"}, .columns = {"weight"}})[0]
                      .subject->values.at("weight") == "70");
  }

  DOCTEST_TEST_CASE("a table names files relative to itself, persons and sessions") {
    const Folder folder({"x/a.nii", "x/b.nii"});
    write_atomically(
        folder.path() / "cases.tsv",
        std::string_view("case\tperson\tsession\tT1w\nlate\tp1\t2\tx/b.nii\nearly\tp1\t1\tn/a\n"));
    const auto cases = inputs_of({folder.path() / "cases.tsv"}, {.sequences = {"T1w"}});
    DOCTEST_REQUIRE(cases.size() == 2);
    DOCTEST_CHECK_MESSAGE(says(cases[0].problem, "early: "), cases[0].problem);
    DOCTEST_CHECK_MESSAGE(says(cases[0].problem, "cases.tsv:3 has no T1w"), cases[0].problem);
    DOCTEST_CHECK(cases[1].subject->person == "p1");
    DOCTEST_CHECK(cases[1].subject->session == "2");
    DOCTEST_CHECK(fs::exists(cases[1].subject->images.at("T1w").file));
  }

  DOCTEST_TEST_CASE("the model's column of persons names them where a case has a value in it") {
    const Folder folder({"a.nii", "b.nii", "sub-1/anat/sub-1_T1w.nii", "sub-2/anat/sub-2_T1w.nii"});
    write_atomically(folder.path() / "t.tsv",
                     std::string_view("case\tT1w\tblock\tsubject\na\ta.nii\tm1\ts\nb\tb.nii\tn/a\ts\n"));
    write_atomically(folder.path() / "participants.tsv",
                     std::string_view("participant_id\tfamily\nsub-1\tf\nsub-2\tf\n"));
    const auto persons = [&](const fs::path& input, const std::string& column) {
      std::vector<std::string> names;
      for (const InputCase& one : inputs_of({input}, {.sequences = {"T1w"}, .person = column}))
        names.push_back(one.subject->person);
      return names;
    };
    using Names = std::vector<std::string>;
    DOCTEST_CHECK(persons(folder.path() / "t.tsv", "block") == Names{"m1", "s"});
    DOCTEST_CHECK(persons(folder.path() / "t.tsv", "") == Names{"s", "s"});
    DOCTEST_CHECK(persons(folder.path() / "t.tsv", "mouse") == Names{"s", "s"});
    DOCTEST_CHECK(persons(folder.path(), "family") == Names{"f", "f"});
    DOCTEST_CHECK(persons(folder.path(), "") == Names{"sub-1", "sub-2"});
  }

  DOCTEST_TEST_CASE("a folder of sub-* is a BIDS dataset; what is wrong with a case is its own problem") {
    const Folder folder({"sub-01/anat/sub-01_T1w.nii.gz", "sub-02/ses-1/anat/sub-02_ses-1_T1w.nii.gz",
                         "sub-02/ses-2/anat/sub-02_ses-2_FLAIR.nii.gz", "sub-03/anat/sub-03_run-1_T1w.nii.gz",
                         "sub-03/anat/sub-03_run-2_T1w.nii.gz"});
    write_atomically(folder.path() / "participants.tsv", std::string_view("nothing that images need"));
    const auto cases = inputs_of({folder.path()}, {.sequences = {"T1w"}});
    DOCTEST_REQUIRE(cases.size() == 4);
    DOCTEST_CHECK(cases[0].problem.empty());
    DOCTEST_CHECK(cases[1].subject->id == "sub-02_ses-1");
    DOCTEST_CHECK(cases[1].subject->person == "sub-02");
    DOCTEST_CHECK(cases[1].subject->session == "ses-1");
    DOCTEST_CHECK_MESSAGE(says(cases[2].problem, "sub-02_ses-2: it has no T1w in "), cases[2].problem);
    DOCTEST_CHECK_MESSAGE(says(cases[3].problem, "sub-03: several files are 'T1w'"), cases[3].problem);
    const auto filtered = inputs_of({folder.path()}, {.sequences = {"T1w"}, .filter = {"run-2"}});
    DOCTEST_CHECK(filtered[3].problem.empty());
    DOCTEST_CHECK(filtered[3].subject->images.at("T1w").file.filename() == "sub-03_run-2_T1w.nii.gz");
  }

  DOCTEST_TEST_CASE("files of other entities are chosen by flags, which the sentences name") {
    const Folder folder({"sub-1/anat/sub-1_acq-mprage_T1w.nii.gz", "sub-2/anat/sub-2_run-1_T1w.nii.gz",
                         "sub-2/anat/sub-2_run-2_T1w.nii.gz"});
    const auto plain = inputs_of({folder.path()}, {.sequences = {"T1w"}});
    DOCTEST_REQUIRE(plain.size() == 2);
    DOCTEST_CHECK_MESSAGE(says(plain[0].problem, "by --sequence T1w=SELECTOR"), plain[0].problem);
    DOCTEST_CHECK_MESSAGE(says(plain[1].problem, "choose one by --filter, for example --filter run-1"),
                          plain[1].problem);
    const auto chosen =
        inputs_of({folder.path()},
                  {.sequences = {"T1w"}, .filter = {"run-2"}, .selectors = {{"T1w", "acq-mprage_T1w"}}});
    DOCTEST_CHECK(chosen[0].problem == "");
    DOCTEST_CHECK(chosen[0].subject->images.at("T1w").file.filename() == "sub-1_acq-mprage_T1w.nii.gz");
    write_atomically(folder.path() / "t.tsv",
                     std::string_view("case\tmprage\nx\tsub-1/anat/sub-1_acq-mprage_T1w.nii.gz\n"));
    const InputRequest by_column{.sequences = {"T1w"}, .selectors = {{"T1w", "mprage"}}};
    DOCTEST_CHECK(inputs_of({folder.path() / "t.tsv"}, by_column)[0].subject->images.contains("T1w"));
    DOCTEST_CHECK(says(refusal_of_inputs({folder.path() / "t.tsv"}), "--sequence T1w=COLUMN names another"));
    const Folder files({"a.nii"});
    DOCTEST_CHECK(says(refusal_of([&] { inputs_of({files.path()}, by_column); }),
                       "--sequence T1w=mprage: the input is neither a BIDS dataset nor a table"));
    const InputRequest by_run{.sequences = {"T1w"}, .filter = {"run-1"}, .filter_asked = true};
    DOCTEST_CHECK(says(refusal_of([&] { inputs_of({files.path()}, by_run); }),
                       "--filter run-1: no input is a BIDS dataset"));
  }

  DOCTEST_TEST_CASE("what a dataset warns of is told") {
    const Folder folder({"sub-1/anat/sub-1_T1w.nii.gz"});
    Log log(Verbosity::quiet);
    log.attach(folder.path() / "log.txt");
    find_inputs({folder.path()}, {.sequences = {"T1w"}}, log);
    DOCTEST_CHECK(says(read_text(folder.path() / "log.txt"), "there is no dataset_description.json"));
  }

  DOCTEST_TEST_CASE("a table without a column for a sequence is one whose cases all lack it") {
    const Folder folder({"a.nii"});
    write_atomically(folder.path() / "t.tsv", std::string_view("case\tT1w\nx\ta.nii\ny\tNA\n"));
    const auto cases = inputs_of({folder.path() / "t.tsv"}, {.sequences = {"T1w", "FLAIR"}, .missing = true});
    DOCTEST_REQUIRE(cases.size() == 2);
    DOCTEST_CHECK(cases[0].problem == "");
    DOCTEST_CHECK_MESSAGE(says(cases[1].problem, "has no T1w and no FLAIR"), cases[1].problem);
    DOCTEST_CHECK(
        says(refusal_of([&] {
               inputs_of({folder.path() / "t.tsv"}, {.sequences = {"T1", "FLAIR"}, .missing = true});
             }),
             "no column 'T1'"));
  }

  DOCTEST_TEST_CASE(
      "a name that is no UTF-8 is a problem of its case alone, a table that is not is refused") {
    const Folder folder({"M\xfcller.nii", "b.nii"});
    const auto cases = inputs_of({folder.path()}, {.sequences = {"T1w"}});
    DOCTEST_REQUIRE(cases.size() == 2);
    DOCTEST_CHECK(cases[0].subject->id == "M%FCller");
    DOCTEST_CHECK_MESSAGE(says(cases[0].problem, "M%FCller: its name is no UTF-8"), cases[0].problem);
    DOCTEST_CHECK(cases[1].problem == "");
    write_atomically(folder.path() / "t.tsv",
                     std::string_view("case\tT1w\tsite\tnote\nx\tb.nii\tK\xf6ln\t\ny\tb.nii\tBonn\t\xfc\n"));
    DOCTEST_CHECK(says(refusal_of([&] { inputs_of({folder.path() / "t.tsv"}, {.sequences = {"T1w"}}); }),
                       "t.tsv:2 is not UTF-8; save it as UTF-8"));
  }

  DOCTEST_TEST_CASE("a folder of DICOM files is one image, alone and beside others") {
    const Folder folder({"scan/1.dcm", "scan/2.dcm", "b.nii", "notes/readme.txt"});
    DOCTEST_CHECK(found({folder.path() / "scan"}, {"T1w"}) == std::vector<std::string>{"scan: T1w=scan"});
    DOCTEST_CHECK(found({folder.path()}, {"T1w"}) ==
                  std::vector<std::string>{"b: T1w=b.nii", "scan: T1w=scan"});
  }

  DOCTEST_TEST_CASE("images that cannot be read are cases that fail alone, other links are passed over") {
    const Folder folder({"a.nii", ".hidden/b.nii"});
    fs::create_symlink("circle.nii", folder.path() / "circle.nii");
    fs::create_symlink("nowhere", folder.path() / "gone.nii.gz");
    fs::create_symlink("circle", folder.path() / "circle");
    DOCTEST_CHECK(found({folder.path()}, {"T1w"}) == std::vector<std::string>{"a: T1w=a.nii",
                                                                              "circle: T1w=circle.nii",
                                                                              "gone: T1w=gone.nii.gz"});
    DOCTEST_CHECK(says(refusal_of_inputs({folder.path() / "circle"}), "circle: it cannot be read ("));
  }

  DOCTEST_TEST_CASE("a folder that may not be read is passed over with a warning, as input it is refused") {
    const Folder folder({"a.nii", "lost+found/x.nii"});
    const fs::path closed = folder.path() / "lost+found", told = folder.path() / "log.txt";
    fs::permissions(closed, fs::perms::none);
    if (unreadable(closed).empty()) {
      DOCTEST_MESSAGE("permissions do not bind this user; nothing is tested");
    } else {
      Log log(Verbosity::quiet);
      log.attach(told);
      DOCTEST_CHECK(find_inputs({folder.path()}, {.sequences = {"T1w"}}, log).size() == 1);
      DOCTEST_CHECK(says(read_text(told), "lost+found: this folder is passed over, since it cannot be read"));
      DOCTEST_CHECK(says(refusal_of_inputs({closed}), "lost+found: it cannot be read ("));
    }
    fs::permissions(closed, fs::perms::owner_all);
  }

  DOCTEST_TEST_CASE("files, folders and tables may be mixed, and the order does not depend on theirs") {
    const Folder folder({"one/b.nii", "two/a.nii", "c.nii"});
    const std::vector<std::string> names{"a: T1w=a.nii", "b: T1w=b.nii", "c: T1w=c.nii"};
    DOCTEST_CHECK(found({folder.path() / "c.nii", folder.path() / "one", folder.path() / "two"}, {"T1w"}) ==
                  names);
    DOCTEST_CHECK(found({folder.path() / "two", folder.path() / "one", folder.path() / "c.nii"}, {"T1w"}) ==
                  names);
  }

  DOCTEST_TEST_CASE("what cannot be a cohort is refused by a sentence") {
    const Folder folder({"a.nii", "a.nii.gz", "notes.txt", "empty/notes.txt", "other/b.nii", "more/b.nii"});
    DOCTEST_CHECK(says(refusal_of_inputs({folder.path()}), "the case 'a' is given twice"));
    DOCTEST_CHECK(
        says(refusal_of_inputs({folder.path() / "other", folder.path() / "more"}), "'b' is given twice"));
    DOCTEST_CHECK(says(refusal_of_inputs({folder.path() / "empty"}), "no image in this folder"));
    DOCTEST_CHECK(says(refusal_of_inputs({folder.path() / "gone"}), "no such file or folder"));
    DOCTEST_CHECK(says(refusal_of_inputs({folder.path() / "notes.txt"}), "neither an image nor"));
    write_atomically(folder.path() / "t.tsv", std::string_view("id\tT1\na\ta.nii\n"));
    DOCTEST_CHECK(says(refusal_of_inputs({folder.path() / "t.tsv"}), "no column 'T1w'"));
    write_atomically(folder.path() / "u.tsv", std::string_view("case\tT1w\n../a\ta.nii\n"));
    DOCTEST_CHECK(says(refusal_of_inputs({folder.path() / "u.tsv"}), "cannot name a case"));
  }
}

}  // namespace
}  // namespace tazuna
