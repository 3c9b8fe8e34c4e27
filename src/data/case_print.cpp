// SPDX-License-Identifier: Apache-2.0
#include "data/case_print.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/files.hpp"
#include "core/text.hpp"
#include "data/case_files.hpp"
#include "data/preparation.hpp"
#include "data/series.hpp"
#include "data/slice_cut.hpp"

namespace tazuna {
namespace {

class CaseReader {
 public:
  CaseReader(const Subject& subject, const FingerprintOptions& options)
      : subject_(subject), options_(options) {
    print().id = subject.id;
  }

  CaseReading read() {
    const auto has = [this](const std::string& name) { return subject_.images.contains(name); };
    const std::vector<std::string>& sequences = options_.sequences;
    if (options_.missing && !sequences.empty() && std::none_of(sequences.begin(), sequences.end(), has))
      reading_.problems.push_back(
          cat("there is none of the sequences ", join(sequences, ", "), "; a case needs at least one"));
    for (const std::string& sequence : sequences)
      if (!options_.missing || has(sequence)) attempt([&] { read_image_of(sequence); });
    for (const std::string& map : options_.maps)
      if (subject_.maps.contains(map)) attempt([&] { check_map(map); });
    if (reading_.problems.empty() && !channels_.empty()) attempt([&] { measure(); });
    return std::move(reading_);
  }

 private:
  CasePrint& print() { return reading_.print; }

  template <class Work>
  void attempt(const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      reading_.problems.emplace_back(error.what());
    } catch (const c10::Error& error) {
      reading_.problems.push_back(cat("the tensor library failed: ", error.what_without_backtrace()));
    } catch (const std::exception& error) {
      reading_.problems.push_back(cat("reading the case failed: ", error.what()));
    }
  }

  Volume volume_of(const std::string& sequence) {
    if (!options_.series) return reader_.read(subject_, sequence, options_.zero_nonfinite).volume;
    const FrameSeries series = read_series(subject_, sequence, options_.zero_nonfinite);
    print().frame_seconds = series.seconds;
    print().header_seconds = series.header_seconds;
    return {series.frames, series.geometry};
  }

  void read_image_of(const std::string& sequence) {
    const Volume volume = volume_of(sequence);
    if (channels_.empty()) {
      grid_ = volume.geometry;
      grid_name_ = sequence;
    } else {
      note_grid(sequence, volume.geometry);
    }
    channels_.push_back(volume.voxels);
    print().image_sha256[sequence] = digest_of(volume);
    const auto* value = volume.voxels.const_data_ptr<float>();
    if (std::all_of(value, value + volume.voxels.numel(), [](float v) { return v == 0; }))
      print().empty_images.insert(sequence);
  }

  void note_grid(const std::string& name, const Geometry& grid) {
    print().grids_apart = std::max(print().grids_apart, expect_one_grid(grid_name_, grid_, name, grid));
  }

  void check_map(const std::string& map) {
    const Volume volume = read_map(subject_, map).volume;
    if (!channels_.empty()) note_grid(map, volume.geometry);
    print().map_sha256[map] = digest_of(volume);
    struct Seen {
      int64_t first = 0, count = 0;
    };
    std::map<int32_t, Seen> seen;
    const auto* value = volume.voxels.const_data_ptr<int32_t>();
    for (int64_t position = 0; position < volume.voxels.numel(); ++position) {
      if (value[position] == 0) continue;
      Seen& label = seen[value[position]];
      if (label.count++ == 0) label.first = position;
    }
    for (const auto& [label, where] : seen) print().labels[map].insert(label);
    const auto allowed = options_.allowed_labels.find(map);
    if (allowed == options_.allowed_labels.end()) return;
    std::set<int64_t> known = allowed->second;
    known.insert(0);
    for (const auto& [label, where] : seen)
      if (!known.contains(label))
        reading_.problems.push_back(cat(subject_.maps.at(map).file.string(), ": the label ", label, " at ",
                                        voxel_text(where.first, volume.geometry), " (", where.count,
                                        where.count == 1 ? " voxel" : " voxels", ") is unknown; known are ",
                                        join(known, ", "),
                                        "; correct the map, or name it where the dataset names its labels"));
  }

  static std::string digest_of(const Volume& volume) {
    Sha256 digest;
    digest.add(std::as_bytes(std::span(volume.geometry.size)));
    digest.add({static_cast<const std::byte*>(volume.voxels.const_data_ptr()), volume.voxels.nbytes()});
    return digest.hex();
  }

  void measure() {
    Volume image{channels_.size() == 1 ? channels_.front() : at::cat(channels_), grid_};
    if (!options_.slice_axis.empty()) {
      const SlicePlane plane = slice_plane(subject_, grid_, options_.slice_axis, options_.slice_column);
      image = slice_of(image, plane.axis, plane.index);
    }
    const Box box = nonzero_box(image.voxels);
    const AxisOrder order = canonical_order(grid_);
    for (size_t axis = 0; axis < 3; ++axis) {
      print().cropped_size[axis] = box.size()[static_cast<size_t>(order.axis[axis])];
      print().spacing[axis] = grid_.spacing[static_cast<size_t>(order.axis[axis])];
      print().crop_share *=
          static_cast<double>(box.size()[axis]) / static_cast<double>(image.geometry.size[axis]);
    }
    reading_.whole = true;
  }

  const Subject& subject_;
  const FingerprintOptions& options_;
  SequenceReader reader_;
  Geometry grid_;
  std::string grid_name_;  // the sequence whose grid it is
  std::vector<Tensor> channels_;
  CaseReading reading_;
};

}  // namespace

CaseReading read_case(const Subject& subject, const FingerprintOptions& options) {
  return CaseReader(subject, options).read();
}

}  // namespace tazuna
