// SPDX-License-Identifier: Apache-2.0
#include "data/fingerprint.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <optional>

#include "core/files.hpp"
#include "core/progress.hpp"
#include "core/text.hpp"
#include "data/percentile.hpp"
#include "data/preparation.hpp"
#include "data/worker_threads.hpp"
#include "image/volume.hpp"

namespace tazuna {
namespace {

/// What one thread found out about one case.
struct CaseReading {
  std::optional<CasePrint> print;
  std::vector<std::string> problems, warnings;
};

/// "(x, y, z) = (12, 0, 7)" for a position in contiguous [.., D, H, W] voxels.
std::string voxel_text(int64_t position, const Geometry& geometry) {
  const auto [depth, height, width] = geometry.size;
  return cat("(x, y, z) = (", position % width, ", ", position / width % height, ", ",
             position / (width * height) % depth, ")");
}

std::string voxels_text(int64_t count) {
  return cat(count, count == 1 ? " voxel" : " voxels");
}

class CaseReader {
 public:
  CaseReader(const Subject& subject, const std::vector<int64_t>& allowed_labels)
      : subject_(subject), allowed_labels_(allowed_labels) {}

  CaseReading read(const std::vector<std::string>& sequences, const std::vector<std::string>& maps) {
    for (const std::string& sequence : sequences) attempt([&] { read_sequence(sequence); });
    for (const std::string& map : maps) attempt([&] { read_map(map); });
    if (reading_.problems.empty() && !channels_.empty()) attempt([&] { measure(); });
    return std::move(reading_);
  }

 private:
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

  const ImageRef& file_of(const std::map<std::string, ImageRef>& files, const std::string& name,
                          const char* what) {
    const auto found = files.find(name);
    if (found != files.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [known, reference] : files) names.push_back(known);
    throw refused(cat("there is no ", what, " '", name, "'; the case has ",
                      names.empty() ? "none" : join(names, ", ")));
  }

  void read_sequence(const std::string& sequence) {
    const std::string file = file_of(subject_.images, sequence, "sequence").file.string();
    const Volume volume = read_image(file).volume;
    if (volume.voxels.size(0) != 1)
      throw refused(cat(file, ": it holds ", volume.voxels.size(0),
                        " volumes, but a sequence is one; split the file into one 3D file a sequence"));
    if (!grid_) {
      grid_ = volume.geometry;
      grid_name_ = sequence;
    } else if (const std::string why = grid_difference(*grid_, volume.geometry); !why.empty()) {
      throw refused(cat(sequence, " does not lie on the grid of ", grid_name_, " (", why,
                        "); resample one onto the other: ", file));
    }
    const Tensor voxels = volume.voxels.contiguous();
    check_voxels(voxels, volume.geometry, file);
    channels_.push_back(voxels);
  }

  void check_voxels(const Tensor& voxels, const Geometry& geometry, const std::string& file) {
    const auto* value = voxels.const_data_ptr<float>();
    const auto bad = [](float v) { return !std::isfinite(v); };
    const float* end = value + voxels.numel();
    const float* first = std::find_if(value, end, bad);
    if (first != end)
      throw refused(cat(file, ": the value at voxel ", voxel_text(first - value, geometry), " is ", *first,
                        " (", voxels_text(std::count_if(first, end, bad)),
                        " like this); every voxel must be a finite number, replace them, for example by 0"));
    if (std::all_of(value, end, [](float v) { return v == 0; }))
      reading_.warnings.push_back(cat(file, ": the image is empty, all its voxels are 0"));
  }

  void read_map(const std::string& map) {
    const std::string file = file_of(subject_.maps, map, "label map").file.string();
    const Volume volume = read_labels(file).volume;
    if (grid_)
      if (const std::string why = grid_difference(*grid_, volume.geometry); !why.empty())
        throw refused(cat(map, " does not lie on the grid of ", grid_name_, " (", why,
                          "); resample the label map onto the image, nearest neighbour: ", file));
    const Tensor labels = volume.voxels.to(at::kInt).contiguous();
    struct Seen {
      int64_t first = 0, count = 0;
    };
    std::map<int32_t, Seen> seen;
    const auto* value = labels.const_data_ptr<int32_t>();
    for (int64_t position = 0; position < labels.numel(); ++position) {
      if (value[position] == 0) continue;
      Seen& label = seen[value[position]];
      if (label.count++ == 0) label.first = position;
    }
    if (seen.empty())
      reading_.warnings.push_back(cat(file, ": the label map is empty, no structure is drawn in it"));
    if (allowed_labels_.empty()) return;
    for (const auto& [label, where] : seen)
      if (std::find(allowed_labels_.begin(), allowed_labels_.end(), label) == allowed_labels_.end())
        reading_.problems.push_back(
            cat(file, ": the label ", label, " at voxel ", voxel_text(where.first, volume.geometry), " (",
                voxels_text(where.count), ") is unknown; known are 0, ", join(allowed_labels_, ", "),
                "; name it in the configuration or correct the map"));
  }

  void measure() {
    const Box box = nonzero_box(channels_.size() == 1 ? channels_.front() : at::cat(channels_));
    const AxisOrder order = canonical_order(*grid_);
    CasePrint print;
    print.id = subject_.id;
    for (size_t axis = 0; axis < 3; ++axis) {
      print.cropped_size[axis] = box.size()[static_cast<size_t>(order.axis[axis])];
      print.spacing[axis] = grid_->spacing[static_cast<size_t>(order.axis[axis])];
      print.crop_share *= static_cast<double>(box.size()[axis]) / static_cast<double>(grid_->size[axis]);
    }
    Sha256 digest;
    digest.add(std::as_bytes(std::span(grid_->size)));
    const Tensor& first = channels_.front();
    digest.add({static_cast<const std::byte*>(first.const_data_ptr()), first.nbytes()});
    print.image_sha256 = digest.hex();
    reading_.print = std::move(print);
  }

  const Subject& subject_;
  const std::vector<int64_t>& allowed_labels_;
  std::optional<Geometry> grid_;
  std::string grid_name_;
  std::vector<Tensor> channels_;
  CaseReading reading_;
};

/// One image under two ids: a problem between two persons, worth a warning within one.
void note_duplicates(const std::vector<Subject>& subjects, const Fingerprint& fingerprint, Log& log,
                     Problems& problems) {
  std::map<std::string, const Subject*> by_id, by_digest;
  for (const Subject& subject : subjects) by_id[subject.id] = &subject;
  for (const CasePrint& print : fingerprint.cases) {
    const Subject* subject = by_id.at(print.id);
    const auto [first, is_new] = by_digest.emplace(print.image_sha256, subject);
    if (is_new) continue;
    const std::string sentence = cat("its image is identical to that of '", first->second->id, "'");
    if (first->second->person == subject->person) {
      log.warn(cat(subject->id, ": ", sentence, " (both of person '", subject->person, "')"));
    } else {
      problems.add(subject->id, cat(sentence, ", but they are of two persons; remove one of the two cases"));
    }
  }
}

template <size_t axes, class Value>
std::array<double, axes> medians(const std::vector<CasePrint>& cases,
                                 std::array<Value, axes> CasePrint::*member) {
  std::array<double, axes> result;
  for (size_t axis = 0; axis < axes; ++axis) {
    std::vector<double> values;
    for (const CasePrint& print : cases) values.push_back(static_cast<double>((print.*member)[axis]));
    result[axis] = percentile(std::move(values), 50);
  }
  return result;
}

}  // namespace

std::array<int64_t, 3> Fingerprint::median_size() const {
  const auto exact = medians(cases, &CasePrint::cropped_size);
  return {std::llrint(exact[0]), std::llrint(exact[1]), std::llrint(exact[2])};
}

std::array<double, 3> Fingerprint::median_spacing() const {
  return medians(cases, &CasePrint::spacing);
}

double Fingerprint::median_crop_share() const {
  std::vector<double> shares;
  for (const CasePrint& print : cases) shares.push_back(print.crop_share);
  return percentile(std::move(shares), 50);
}

std::map<std::string, std::string> Fingerprint::image_digests() const {
  std::map<std::string, std::string> digests;
  for (const CasePrint& print : cases) digests[print.id] = print.image_sha256;
  return digests;
}

Fingerprint take_fingerprint(const std::vector<Subject>& subjects, const std::vector<std::string>& sequences,
                             const std::vector<std::string>& maps, const std::vector<int64_t>& allowed_labels,
                             int threads, Log& log, Problems& problems) {
  std::vector<CaseReading> readings(subjects.size());
  {
    Progress progress(log, "reading the cohort", "cases", static_cast<int64_t>(subjects.size()));
    std::atomic<size_t> next{0};
    const auto work = [&] {
      for (size_t index = next++; index < subjects.size(); index = next++) {
        readings[index] = CaseReader(subjects[index], allowed_labels).read(sequences, maps);
        progress.advance();
      }
    };
    const WorkerThreads workers(std::max(threads, 1), work);
  }
  Fingerprint fingerprint;
  for (size_t index = 0; index < subjects.size(); ++index) {
    for (const std::string& warning : readings[index].warnings)
      log.warn(cat(subjects[index].id, ": ", warning));
    for (const std::string& sentence : readings[index].problems) problems.add(subjects[index].id, sentence);
    if (readings[index].print) fingerprint.cases.push_back(std::move(*readings[index].print));
  }
  note_duplicates(subjects, fingerprint, log, problems);
  return fingerprint;
}

}  // namespace tazuna
