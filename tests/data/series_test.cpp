// SPDX-License-Identifier: Apache-2.0
#include "data/series.hpp"

#include <ATen/ATen.h>

#include <limits>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/cohorts/catalog.hpp"
#include "image/resample.hpp"
#include "tests/data/series_file.hpp"
#include "tests/data/synthetic.hpp"
#include "tests/dataset.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

Preparation at_two_seconds(const std::string& scheme = "zscore") {
  Preparation preparation;
  preparation.sequences = {"bold"};
  preparation.spacing = {3, 2, 1};  // as series_file.hpp writes
  preparation.normalisation = {{scheme}};
  preparation.frame_seconds = 2;
  return preparation;
}

/// A case of one series on disk.
class Series {
 public:
  explicit Series(const Tensor& frames, double seconds = 2) {
    write_series(file(), frames, seconds);
    subject_->id = subject_->person = "sub-01";
    subject_->images["bold"].file = file();
  }
  std::filesystem::path file() const { return folder_.path() / "bold.nii"; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  Subject& subject() { return *subject_; }
  Sample prepared(const Preparation& preparation) const { return prepare(subject_, preparation, {"label"}); }
  std::string refusal(const Preparation& preparation) const {
    return refusal_of([&] { prepared(preparation); });
  }

 private:
  ScratchFolder folder_;
  std::shared_ptr<Subject> subject_ = std::make_shared<Subject>();
};

/// Frames that differ, positive inside a box with a hole, zero around.
Tensor brain_like(int64_t count) {
  const Tensor inside = smooth_image({6, 7, 8}, count) * 10 + 200;
  Tensor frames = at::zeros({count, 8, 10, 12});
  frames.narrow(1, 1, 6).narrow(2, 2, 7).narrow(3, 3, 8).copy_(inside);
  frames.select(1, 4).select(1, 5).narrow(1, 5, 2).zero_();
  return frames;
}

/// Frame t is t seconds bright when frames are `seconds` apart.
Tensor clock(int64_t count, double seconds) {
  return (at::arange(count, at::kFloat) * seconds + 1)
      .view({count, 1, 1, 1})
      .expand({count, 3, 4, 5})
      .contiguous();
}

struct TimeRow {
  double pixdim4;
  int unit;
  const char* sidecar;
  double seconds;  ///< 0: refused
  const char* refusal;
};

const TimeRow times[] = {
    {2, 8, "", 2, ""},
    {2000, 16, "", 2, ""},
    {2e6, 24, "", 2, ""},
    {0.72, 0, "", 0.72, ""},
    {0, 8, R"({"RepetitionTime": 1.5})", 1.5, ""},
    {2, 8, R"({"RepetitionTime": 2.001})", 2.001, ""},
    {2, 8, R"({"TaskName": "rest"})", 2, ""},
    {0, 8, "", 0, "no repetition time is known: the header's pixdim[4] tells none"},
    {-2, 8, "", 0, "no repetition time is known: the header's pixdim[4] tells none"},
    {-2, 8, R"({"RepetitionTime": 2})", 2, ""},
    {1, 8, R"({"RepetitionTime": 2.5})", 2.5, ""},
    {2000, 8, R"({"RepetitionTime": 2})", 2, ""},
    {2, 16, R"({"RepetitionTime": 2})", 2, ""},
    {2000, 8, "", 0, "its repetition time is 2000 s by its header; is it in milliseconds?"},
    {2, 8, R"({"RepetitionTime": 2000})", 0, "is 2000 s by its JSON file; is it in milliseconds?"},
};

}  // namespace

DOCTEST_TEST_SUITE("data/series") {
  DOCTEST_TEST_CASE("the repetition time is the sidecar's, else the header's, and one that can be") {
    const ScratchFolder folder;
    const auto file = folder.path() / "scan_bold.nii", sidecar = folder.path() / "scan_bold.json";
    for (const TimeRow& row : times) {
      DOCTEST_CAPTURE(row.pixdim4);
      DOCTEST_CAPTURE(row.sidecar);
      write_series(file, clock(3, 1), row.pixdim4, row.unit);
      std::filesystem::remove(sidecar);
      if (*row.sidecar) write_atomically(sidecar, std::string_view(row.sidecar));
      double seconds = 0;
      const std::string sentence = refusal_of([&] { seconds = repetition_time(file); });
      DOCTEST_CHECK(seconds == doctest::Approx(row.seconds));
      DOCTEST_CHECK_MESSAGE(says(sentence, row.refusal), sentence);
      DOCTEST_CHECK(sentence.empty() == (row.seconds > 0));
    }
  }

  DOCTEST_TEST_CASE(
      "one frame, values that are no numbers and other formats are refused with the file's name") {
    const Series one(clock(1, 1));
    DOCTEST_CHECK(
        says(one.refusal(at_two_seconds()), "bold.nii: it holds one frame, but a series has at least two"));
    Tensor frames = clock(3, 2);
    frames[2][1][2][3] = std::numeric_limits<float>::quiet_NaN();
    DOCTEST_CHECK(says(Series(frames).refusal(at_two_seconds()),
                       "the value at voxel (3, 2, 1) in (x, y, z) of frame 2 is nan"));
    Preparation as_zero = at_two_seconds("none");
    as_zero.zero_nonfinite = true;
    const Tensor expected = frames.nan_to_num(0);
    DOCTEST_CHECK(Series(frames).prepared(as_zero).image.voxels.equal(expected));
    Series picture(clock(3, 2));
    picture.subject().images["bold"].file = picture.folder() / "slice.png";
    write_labels(picture.folder() / "slice.png", at::ones({1, 4, 5}, at::kInt), Geometry{.size = {1, 4, 5}},
                 {});
    DOCTEST_CHECK(says(picture.refusal(at_two_seconds()), "a series is read from NIfTI alone"));
    picture.subject().images.clear();
    DOCTEST_CHECK(says(picture.refusal(at_two_seconds()), "sub-01: there is no sequence 'bold'"));
  }

  DOCTEST_TEST_CASE(
      "intensities have mean 0 and sd 1 over the brain of all frames, the background the lowest value") {
    const Tensor frames = brain_like(5);
    const Sample sample = Series(frames).prepared(at_two_seconds());
    DOCTEST_CHECK(sample.image.voxels.sizes() == at::IntArrayRef({5, 6, 7, 8}));
    DOCTEST_CHECK(sample.placement.crop == Box{{1, 2, 3}, {7, 9, 11}});
    const Tensor native = frames.narrow(1, 1, 6).narrow(2, 2, 7).narrow(3, 3, 8);
    const Tensor inside = native.ne(0), values = sample.image.voxels.masked_select(inside);
    DOCTEST_CHECK(values.mean().item<double>() == doctest::Approx(0).epsilon(1e-4));
    DOCTEST_CHECK(values.std(false).item<double>() == doctest::Approx(1).epsilon(1e-4));
    const Tensor outside = sample.image.voxels.masked_select(inside.logical_not());
    DOCTEST_CHECK(outside.numel() == 5 * 2);
    DOCTEST_CHECK(outside.eq(values.min()).all().item<bool>());
    DOCTEST_CHECK(sample.present.sizes() == at::IntArrayRef({1}));
    DOCTEST_CHECK(sample.frame_seconds == 2);
    DOCTEST_CHECK(at::equal(Series(frames).prepared(at_two_seconds("none")).image.voxels, native));
  }

  DOCTEST_TEST_CASE("a series of nothing but zeros stays so") {
    const Sample sample = Series(at::zeros({3, 2, 3, 4})).prepared(at_two_seconds());
    DOCTEST_CHECK(sample.image.voxels.eq(0).all().item<bool>());
    DOCTEST_CHECK(sample.image.voxels.sizes() == at::IntArrayRef({3, 2, 3, 4}));
  }

  DOCTEST_TEST_CASE("space is resampled as for channels, and a map goes the same way") {
    Series series(brain_like(4));
    Geometry grid = read_series(series.subject(), "bold").geometry;
    Tensor labels = at::zeros({8, 10, 12}, at::kInt);
    labels.narrow(0, 2, 4).fill_(1);
    series.subject().maps["label"].file = series.folder() / "label.nii";
    write_labels(series.folder() / "label.nii", labels, grid, {});
    Preparation preparation = at_two_seconds("none");
    const Tensor before = series.prepared(preparation).image.voxels;
    preparation.spacing = {2, 2, 2};
    const Sample sample = series.prepared(preparation);
    DOCTEST_CHECK(sample.image.voxels.sizes() == at::IntArrayRef({4, 9, 7, 4}));
    DOCTEST_CHECK(at::allclose(sample.image.voxels, resized_image(before, {9, 7, 4}, Interpolation::cubic)));
    DOCTEST_CHECK(sample.maps.at("label").voxels.sizes() == at::IntArrayRef({1, 9, 7, 4}));
    DOCTEST_CHECK(same_grid(sample.maps.at("label").geometry, sample.image.geometry));
  }

  DOCTEST_TEST_CASE("frames are skipped, and at least two must remain") {
    const Series series(clock(5, 2));
    Preparation preparation = at_two_seconds("none");
    preparation.skip_frames = 3;
    DOCTEST_CHECK(at::equal(series.prepared(preparation).image.voxels, clock(5, 2).narrow(0, 3, 2)));
    preparation.skip_frames = 4;
    DOCTEST_CHECK(
        says(series.refusal(preparation), "it has 5 frames, of which input.skip leaves out the first 4"));
  }

  DOCTEST_TEST_CASE("a repetition time within 5 % is kept, another refused or resampled") {
    Preparation preparation = at_two_seconds("none");
    DOCTEST_CHECK(Series(clock(5, 2.09), 2.09).prepared(preparation).frame_seconds == doctest::Approx(2.09));
    const Series fast(clock(9, 1.25), 1.25), slow(clock(5, 3), 3);
    DOCTEST_CHECK(says(fast.refusal(preparation), "its repetition time is 1.25 s, but the network's is 2 s"));
    preparation.resample_frames = true;
    for (const Series* series : {&fast, &slow}) {
      const Sample sample = series->prepared(preparation);
      DOCTEST_CHECK(sample.frame_seconds == 2);
      const int64_t count = series == &fast ? 6 : 7;  // within 10 s and 12 s
      DOCTEST_REQUIRE(sample.image.voxels.size(0) == count);
      DOCTEST_CHECK(at::allclose(sample.image.voxels, clock(count, 2)));
    }
    DOCTEST_CHECK(says(Series(clock(2, 0.5), 0.5).refusal(preparation), "less than two frames at 2 s"));
  }

  DOCTEST_TEST_CASE("every frame stands in one of the windows, which are as few as can be") {
    for (int64_t series = 2; series < 40; ++series) {
      for (const int64_t frames : {1, 2, 5, 20}) {
        for (const int64_t stride : {1, 2, 3}) {
          if (stride >= series) continue;
          const std::vector<int64_t> beginnings = window_beginnings(series, frames, stride);
          std::set<int64_t> seen;
          for (const int64_t first : beginnings) {
            const std::vector<int64_t> window = window_frames(series, frames, stride, first);
            DOCTEST_REQUIRE(static_cast<int64_t>(window.size()) == frames);
            for (size_t i = 0; i < window.size(); ++i) {
              DOCTEST_REQUIRE((window[i] >= 0 && window[i] < series));
              if (i > 0) DOCTEST_REQUIRE(std::abs(window[i] - window[i - 1]) <= stride);
              seen.insert(window[i]);
            }
          }
          DOCTEST_CHECK(static_cast<int64_t>(seen.size()) == series);
          DOCTEST_CHECK(std::is_sorted(beginnings.begin(), beginnings.end()));
          if (stride == 1)
            DOCTEST_CHECK(static_cast<int64_t>(beginnings.size()) == (series + frames - 1) / frames);
        }
      }
    }
    using Frames = std::vector<int64_t>;
    DOCTEST_CHECK(window_beginnings(100, 20, 1) == Frames{0, 20, 40, 60, 80});
    DOCTEST_CHECK(window_frames(3, 7, 1, 0) == Frames{0, 1, 2, 1, 0, 1, 2});
    DOCTEST_CHECK(says(refusal_of([] { window_frames(5, 20, 5, 0); }), "reach beyond a series of 5"));
  }

  DOCTEST_TEST_CASE("a window's frames stand as far apart as its stride says, mirrored or not") {
    const Sample sample = Series(clock(6, 2)).prepared(at_two_seconds("none"));
    const Sample window = with_frames(sample, window_frames(6, 4, 2, 1));
    DOCTEST_CHECK(at::equal(window.image.voxels, clock(6, 2).index_select(0, at::tensor({1, 3, 5, 3}))));
    DOCTEST_CHECK(window.frame_seconds == 4);
    DOCTEST_CHECK(with_frames(sample, {2}).frame_seconds == 2);
    DOCTEST_CHECK_THROWS_AS(with_frames(sample, {6}), Error);
  }

  DOCTEST_TEST_CASE("the series of ABIDE are read at their repetition time") {
    const auto folder = dataset("bids_abide");
    if (!folder) return;
    CohortRequest request;
    request.sequences = {"task-rest_bold"};
    Problems problems;
    const Cohort cohort = read_cohort(BidsOptions{.root = *folder}, request, problems);
    problems.throw_if_any();
    DOCTEST_REQUIRE(cohort.subjects.size() == 44);
    Preparation preparation = at_two_seconds();
    preparation.sequences = {"task-rest_bold"};
    preparation.spacing = {6, 6, 6};
    const Sample sample = prepare(std::make_shared<Subject>(cohort.subjects[0]), preparation, {});
    DOCTEST_CHECK(sample.image.voxels.size(0) == 100);
    DOCTEST_CHECK(sample.frame_seconds == 2);
    DOCTEST_CHECK(sample.image.voxels.isfinite().all().item<bool>());
  }
}
