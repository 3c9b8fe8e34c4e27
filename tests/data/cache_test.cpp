// SPDX-License-Identifier: Apache-2.0
#include "data/cache.hpp"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <set>

#include "core/interrupt.hpp"
#include "data/cache_entry.hpp"
#include "tests/data/series_file.hpp"
#include "tests/data/synthetic.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;
namespace fs = std::filesystem;

namespace {

using Subjects = std::vector<std::shared_ptr<const Subject>>;

Preparation one_millimetre() {
  Preparation preparation;
  preparation.sequences = {"T1w"};
  preparation.normalisation.resize(1);
  return preparation;
}

Subjects write_cohort(const fs::path& folder, int64_t count) {
  Subjects subjects;
  for (int64_t i = 0; i < count; ++i) {
    const Tensor image = smooth_image({8, 9 + i, 10}) + 3;
    subjects.push_back(write_case(folder, cat("sub-0", i), image, labels_of(image - 3), {1, 1, 0.8}));
  }
  return subjects;
}

/// The cohort of write_cohort, for a process that finds it written.
Subjects cohort_in(const fs::path& folder, int64_t count) {
  Subjects subjects;
  for (int64_t i = 0; i < count; ++i) {
    auto subject = std::make_shared<Subject>();
    subject->id = cat("sub-0", i);
    subject->images["T1w"].file = folder / cat(subject->id, "_T1w.nii.gz");
    subject->maps["label"].file = folder / cat(subject->id, "_label.nii.gz");
    subjects.push_back(subject);
  }
  return subjects;
}

void expect_equal(const Sample& a, const Sample& b) {
  DOCTEST_CHECK(a.image.voxels.equal(b.image.voxels));
  DOCTEST_REQUIRE(a.maps.size() == b.maps.size());
  for (const auto& [selector, map] : a.maps) DOCTEST_CHECK(map.voxels.equal(b.maps.at(selector).voxels));
  DOCTEST_CHECK(a.present.equal(b.present));
  DOCTEST_CHECK(a.subject->id == b.subject->id);
  DOCTEST_CHECK(a.placement.crop == b.placement.crop);
  DOCTEST_CHECK(a.placement.axes == b.placement.axes);
  DOCTEST_CHECK((a.placement.header.bytes == b.placement.header.bytes));
  DOCTEST_CHECK((a.placement.header.facts == b.placement.header.facts));
  DOCTEST_CHECK(a.placement.native.origin == b.placement.native.origin);
  DOCTEST_CHECK(a.placement.working.spacing == b.placement.working.spacing);
  DOCTEST_CHECK(a.placement.working.direction == b.placement.working.direction);
}

std::vector<fs::path> files_ending(const fs::path& folder, const std::string& suffix) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().string().ends_with(suffix)) files.push_back(entry.path());
  }
  return files;
}

void flip_byte(const fs::path& file, int64_t from_end) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(-from_end, std::ios::end);
  const int byte = stream.get();
  stream.seekp(-from_end, std::ios::end);
  stream.put(static_cast<char>(byte ^ 4));
}

}  // namespace

DOCTEST_TEST_SUITE("data/cache") {
  DOCTEST_TEST_CASE(
      "a key is what it was before there were options that are not set, and what is set changes it") {
    Preparation preparation;
    preparation.sequences = {"T1w"};
    preparation.keep_volumes = false;
    const std::string key = entry_key(preparation, "a 0b\n");
    DOCTEST_CHECK(key == sha256("tazuna case 1\nsequences=3:T1w;\nspacing=1;1;1;\narrange=0;1;2;\nn4=0;\n"
                                "missing=0;\nslice_axis=0:;\nslice_column=0:;\nframe_seconds=0;\n"
                                "resample_frames=0;\nskip_frames=0;\ninputs:\na 0b\n"));
    preparation.zero_nonfinite = true;
    DOCTEST_CHECK(entry_key(preparation, "a 0b\n") != key);
    preparation.zero_nonfinite = false;
    preparation.keep_volumes = true;
    DOCTEST_CHECK(entry_key(preparation, "a 0b\n") != key);
  }

  DOCTEST_TEST_CASE("a cached sample is the prepared one, bit for bit, and its tensors outlive the cache") {
    const ScratchFolder folder;
    const Subjects subjects = write_cohort(folder.path(), 2);
    for (const auto& subject : subjects) {
      const Sample prepared = prepare(subject, one_millimetre(), {"label"});
      Sample cached;
      {
        Cache cache(folder.path() / "cache", one_millimetre(), {"label"});
        cached = cache.sample(subject);
      }
      expect_equal(cached, prepared);
    }
  }

  DOCTEST_TEST_CASE(
      "a second cache on the folder reads no image; a touched file is read, but not prepared again") {
    const ScratchFolder folder;
    const Subjects subjects = write_cohort(folder.path(), 3);
    Log log(Verbosity::quiet);
    const auto counts = [&] {
      Cache cache(folder.path() / "cache", one_millimetre(), {"label"});
      cache.fill(subjects, 2, log);
      for (const auto& subject : subjects) cache.sample(subject);
      return cache.counts();
    };
    const CacheCounts first = counts();
    DOCTEST_CHECK(first.prepared == 3);
    DOCTEST_CHECK(first.digested == 6);
    const CacheCounts second = counts();
    DOCTEST_CHECK(second.prepared == 0);
    DOCTEST_CHECK(second.digested == 0);
    DOCTEST_CHECK(second.opened == 3);
    const fs::path touched = subjects[1]->images.at("T1w").file;
    fs::last_write_time(touched, fs::last_write_time(touched) + std::chrono::seconds(5));
    const CacheCounts third = counts();
    DOCTEST_CHECK(third.prepared == 0);
    DOCTEST_CHECK(third.digested == 1);
  }

  DOCTEST_TEST_CASE(
      "when a stop is asked for no further case is prepared, and the next filling does the rest") {
    const ScratchFolder folder;
    const Subjects subjects = write_cohort(folder.path(), 3);
    Log log(Verbosity::quiet);
    Cache cache(folder.path() / "cache", one_millimetre(), {"label"});
    {
      const Interrupts interrupts;
      cache.sample(subjects[0]);
      std::raise(SIGINT);
      DOCTEST_CHECK_THROWS_AS(cache.fill(subjects, 2, log), Interrupted);
      DOCTEST_CHECK(cache.counts().prepared == 1);
    }
    cache.fill(subjects, 2, log);
    DOCTEST_CHECK(cache.counts().prepared == 3);
  }

  DOCTEST_TEST_CASE("other bytes, another preparation or other maps are other entries") {
    const ScratchFolder folder;
    const Subjects subjects = write_cohort(folder.path(), 1);
    const auto prepared = [&](const Preparation& preparation, const std::vector<std::string>& maps) {
      Cache cache(folder.path() / "cache", preparation, maps);
      cache.sample(subjects[0]);
      return cache.counts().prepared;
    };
    Preparation other = one_millimetre();
    other.spacing = {1, 1, 2};
    DOCTEST_CHECK(prepared(one_millimetre(), {"label"}) == 1);
    DOCTEST_CHECK(prepared(other, {"label"}) == 1);
    DOCTEST_CHECK(prepared(one_millimetre(), {}) == 1);
    DOCTEST_CHECK(prepared(one_millimetre(), {"label"}) == 0);
    const Tensor changed = smooth_image({8, 9, 10}) + 4;
    write_case(folder.path(), "sub-00", changed, labels_of(changed - 4), {1, 1, 0.8});
    DOCTEST_CHECK(prepared(one_millimetre(), {"label"}) == 1);
  }

  DOCTEST_TEST_CASE("two slices of one file are entries of their own") {
    const ScratchFolder folder;
    const Subjects subjects = write_cohort(folder.path(), 1);
    Preparation preparation = one_millimetre();
    preparation.slice_axis = "z";
    preparation.slice_column = "slice";
    Cache cache(folder.path() / "cache", preparation, {"label"});
    for (const char* slice : {"2", "5"}) {
      auto subject = std::make_shared<Subject>(*subjects[0]);
      subject->id = cat("slice ", slice);
      subject->values["slice"] = slice;
      expect_equal(cache.sample(subject), prepare(subject, preparation, {"label"}));
    }
    DOCTEST_CHECK(cache.counts().prepared == 2);
  }

  DOCTEST_TEST_CASE("the frames of a series come back with their time and their one sequence") {
    const ScratchFolder folder;
    Sample sample = synthetic_sample({4, 5, 6}, 7);
    sample.present = at::ones({1}, at::kBool);
    sample.frame_seconds = 2.25;
    write_entry(folder.path(), "key", sample);
    bool damaged = false;
    auto back = open_entry(folder.path(), "key", damaged);
    DOCTEST_REQUIRE(back.has_value());
    back->subject = sample.subject;
    expect_equal(*back, sample);
    DOCTEST_CHECK(back->frame_seconds == 2.25);
  }

  DOCTEST_TEST_CASE("another repetition time in the sidecar of a series is another entry") {
    const ScratchFolder folder;
    auto subject = std::make_shared<Subject>();
    subject->id = subject->person = "sub-01";
    subject->images["bold"].file = folder.path() / "bold.nii";
    write_series(subject->images["bold"].file, at::rand({5, 4, 5, 6}) + 1, /*pixdim4=*/0);
    Preparation preparation;
    preparation.sequences = {"bold"};
    preparation.spacing = {3, 2, 1};  // as series_file.hpp writes
    preparation.normalisation.resize(1);
    preparation.frame_seconds = 2;
    for (const auto& [seconds, prepared] : {std::pair{"2", 1}, {"2.04", 1}, {"2", 0}, {"2.0", 0}}) {
      DOCTEST_CAPTURE(seconds);
      write_atomically(folder.path() / "bold.json", cat("{\"RepetitionTime\": ", seconds, "}"));
      Cache cache(folder.path() / "cache", preparation, {});
      DOCTEST_CHECK(cache.sample(subject).frame_seconds == std::stod(seconds));
      DOCTEST_CHECK(cache.counts().prepared == prepared);
    }
  }

  DOCTEST_TEST_CASE("an entry with one flipped byte is made again") {
    const ScratchFolder folder;
    const Subjects subjects = write_cohort(folder.path(), 1);
    const fs::path entries = folder.path() / "cache";
    const Sample prepared = prepare(subjects[0], one_millimetre(), {"label"});
    Cache(entries, one_millimetre(), {"label"}).sample(subjects[0]);
    for (const std::string suffix : {".image.npy", ".map0.npy", ".json"}) {
      for (const int64_t from_end : {1, 40, 130}) {
        for (const fs::path& file : files_ending(entries, suffix)) {
          if (file.filename() != "digests.json") flip_byte(file, from_end);
        }
        Cache cache(entries, one_millimetre(), {"label"});
        expect_equal(cache.sample(subjects[0]), prepared);
        DOCTEST_CHECK(cache.counts().damaged == 1);
        DOCTEST_CHECK(cache.counts().prepared == 1);
      }
    }
    fs::resize_file(files_ending(entries, ".image.npy").at(0), 100);
    Cache cache(entries, one_millimetre(), {"label"});
    expect_equal(cache.sample(subjects[0]), prepared);
  }

  DOCTEST_TEST_CASE("fill tells everything that is wrong in one go and keeps what is right") {
    const ScratchFolder folder;
    Subjects subjects = write_cohort(folder.path(), 4);
    std::ofstream(subjects[1]->images.at("T1w").file) << "not an image";
    fs::remove(subjects[3]->maps.at("label").file);
    Log log(Verbosity::quiet);
    Cache cache(folder.path() / "cache", one_millimetre(), {"label"});
    const std::string sentence = refusal_of([&] { cache.fill(subjects, 2, log); });
    DOCTEST_CHECK(says(sentence, "sub-01: "));
    DOCTEST_CHECK(sentence.find("sub-03: ") > sentence.find("sub-01: "));
    DOCTEST_CHECK_FALSE(says(sentence, "sub-03: sub-03"));
    DOCTEST_CHECK_FALSE(says(sentence, "sub-00"));
    DOCTEST_CHECK(cache.counts().prepared == 2);
  }

  DOCTEST_TEST_CASE("one of several processes fills a folder" * doctest::skip()) {
    const char* given = std::getenv("TAZUNA_TEST_FOLDER");
    if (!given) return;  // begun by hand
    const fs::path folder = given;
    const Subjects subjects = cohort_in(folder, 8);
    Log log(Verbosity::quiet);
    Cache cache(folder / "cache", one_millimetre(), {"label"});
    cache.fill(subjects, 2, log);
    double sum = 0;
    for (const auto& subject : subjects) sum += cache.sample(subject).image.voxels.abs().sum().item<double>();
    std::printf("child %ld %.17g\n", static_cast<long>(cache.counts().prepared), sum);
  }

  DOCTEST_TEST_CASE("four processes that fill a folder at once agree and do the work once") {
    const ScratchFolder folder;
    write_cohort(folder.path(), 8);
    const std::string command =
        cat("TAZUNA_TEST_FOLDER='", folder.path().string(), "' OMP_NUM_THREADS=1 '",
            fs::read_symlink("/proc/self/exe").string(),
            "' --no-skip --test-suite=data/cache --test-case='one of several processes*'");
    std::vector<std::FILE*> children;
    for (int i = 0; i < 4; ++i) children.push_back(popen(command.c_str(), "r"));
    long prepared = 0;
    std::set<double> sums;
    for (std::FILE* child : children) {
      char line[512];
      long count = 0;
      double sum = 0;
      while (std::fgets(line, sizeof line, child)) {
        if (std::sscanf(line, "child %ld %lg", &count, &sum) == 2) prepared += count, sums.insert(sum);
      }
      DOCTEST_CHECK(pclose(child) == 0);
    }
    DOCTEST_CHECK(prepared == 8);
    DOCTEST_CHECK(sums.size() == 1);
  }
}
