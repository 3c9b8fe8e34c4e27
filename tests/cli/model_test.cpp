// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/blobs.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

void flip_byte(const fs::path& file, size_t at) {
  std::string text = text_of(file);
  text.at(at) = static_cast<char>(~text[at]);
  write_text(file, text);
}

/// A way to spoil a finished run, and what must be said about it.
struct Harm {
  std::string name;
  void (*spoil)(const fs::path& run);
  std::vector<std::string> says;
};

const Harm harms[] = {
    {"another weight",
     [](const fs::path& run) {
       flip_byte(run / "model.safetensors", fs::file_size(run / "model.safetensors") - 9);
     },
     {"model.safetensors", "SHA-256", "do not belong together"}},
    {"weights cut off",
     [](const fs::path& run) { fs::resize_file(run / "model.safetensors", 1000); },
     {"model.safetensors", "SHA-256"}},
    {"no weights", [](const fs::path& run) { fs::remove(run / "model.safetensors"); }, {"model.safetensors"}},
    {"no model.json",
     [](const fs::path& run) { fs::remove(run / "model.json"); },
     {"model.json", "finished"}},
    {"a model.json that is cut off",
     [](const fs::path& run) { fs::resize_file(run / "model.json", 100); },
     {"model.json", "JSON"}},
    {"a model.json of a later program",
     [](const fs::path& run) { write_text(run / "model.json", R"({"format": 99})"); },
     {"model.json", "format 99"}},
    {"a model.json of another program",
     [](const fs::path& run) { write_text(run / "model.json", R"({"layers": []})"); },
     {"model.json", "format"}},
    {"a model.json with an unknown key",
     [](const fs::path& run) {
       std::string text = text_of(run / "model.json");
       text.replace(text.find("\"patch\""), 7, "\"petch\"");
       write_text(run / "model.json", text);
     },
     {"model.json", "petch", "did you mean 'patch'?"}},
    {"no run at all", [](const fs::path& run) { fs::remove_all(run); }, {"there is no such run folder"}},
};

DOCTEST_TEST_SUITE("cli/model") {
  DOCTEST_TEST_CASE("a model that cannot be trusted is refused before anything is written") {
    const BlobFolder folder;
    const fs::path good = trained_run(), bad = folder / "bad";
    for (const Harm& harm : harms) {
      DOCTEST_CAPTURE(harm.name);
      fs::remove_all(bad);
      fs::create_directory(bad);
      for (const std::string file : {"model.json", "model.safetensors"})
        fs::copy_file(good / file, bad / file);
      harm.spoil(bad);
      const Finished finished =
          run("predict " + bad.string() + " --input " + (folder.data() / "imagesTs").string() + " --out " +
              (folder / "out").string());
      expect(finished, 3, harm.says);
      DOCTEST_CHECK_FALSE(fs::exists(folder / "out"));
    }
  }

  DOCTEST_TEST_CASE("inputs that are none, and folders of others, are refused before anything is written") {
    const BlobFolder folder;
    const auto predict = [&](const fs::path& input, const std::string& out) {
      return run("predict " + trained_run().string() + " --input " + input.string() + " --out " +
                 (folder / out).string());
    };
    fs::create_directory(folder / "empty");
    expect(predict(folder / "empty", "out"), 3, {"empty: no image in this folder", ".nii.gz"});
    expect(predict(folder / "absent", "out"), 3, {"absent"});
    expect(predict(folder.config(), "out"), 3, {"blobs.yaml"});
    write_text(folder / "list.tsv", "case\tT2w\nx\ty.nii\n");
    expect(predict(folder / "list.tsv", "out"), 3, {"list.tsv", "no column 'T1w'"});
    write_text(folder / "list.tsv", "case\tT1w\nx\n");
    expect(predict(folder / "list.tsv", "out"), 3, {"list.tsv", "2"});
    DOCTEST_CHECK_FALSE(fs::exists(folder / "out"));

    write_text(folder / "foreign" / "thesis.tex", "text");
    const fs::path unseen = folder.data() / "imagesTs";
    expect(predict(unseen, "foreign"), 3, {"foreign is not empty (thesis.tex)", "tazuna predict"});
    DOCTEST_CHECK(lasting_files(folder / "foreign").size() == 1);
    expect(predict(unseen, "blobs"), 3, {"blobs is not empty"});
    expect(predict(unseen, "blobs.yaml"), 3, {"blobs.yaml is a file"});
  }

  DOCTEST_TEST_CASE("a case that is not there, or whose table names none, fails alone") {
    const BlobFolder folder;
    write_text(folder / "list.tsv", "case\tT1w\na\tblobs/imagesTs/case_06_0000.nii\nb\tnone.nii\nc\tn/a\n");
    const Finished finished = run("predict " + trained_run().string() + " --input " +
                                  (folder / "list.tsv").string() + " --out " + (folder / "out").string());
    expect(finished, 4, {"none.nii", "2 of 3 cases failed"});
    const std::string status = text_of(folder / "out" / "status.tsv");
    DOCTEST_CHECK(has(status, "a\tdone\t"));
    DOCTEST_CHECK(has(status, "b\tfailed\t"));
    DOCTEST_CHECK(has(status, "c\tfailed\t"));
  }
}

}  // namespace
}  // namespace tazuna::testing
