// SPDX-License-Identifier: Apache-2.0
#include "data/fingerprint.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <optional>
#include <set>

#include "core/files.hpp"
#include "core/interrupt.hpp"
#include "core/progress.hpp"
#include "core/text.hpp"
#include "data/case_files.hpp"
#include "data/percentile.hpp"
#include "data/preparation.hpp"
#include "data/series.hpp"
#include "data/slice_cut.hpp"
#include "data/worker_threads.hpp"

namespace tazuna {
namespace {

/// What one thread found out about one case.
struct CaseReading {
  std::optional<CasePrint> print;
  std::vector<std::string> problems, warnings;
};

class CaseReader {
 public:
  CaseReader(const Subject& subject, const LabelsOfMaps& allowed_labels, const FingerprintOptions& options)
      : subject_(subject), allowed_labels_(allowed_labels), options_(options) {}

  CaseReading read(const std::vector<std::string>& sequences, const std::vector<std::string>& maps) {
    const auto has = [this](const std::string& name) { return subject_.images.contains(name); };
    if (options_.missing && std::none_of(sequences.begin(), sequences.end(), has))
      reading_.problems.push_back(
          cat("there is none of the sequences ", join(sequences, ", "), "; a case needs at least one"));
    for (const std::string& sequence : sequences)
      if (!options_.missing || has(sequence)) attempt([&] { read_image_of(sequence); });
    for (const std::string& map : maps)
      if (subject_.maps.contains(map)) attempt([&] { check_map(map); });
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

  Volume volume_of(const std::string& sequence) {
    if (!options_.series) return reader_.read(subject_, sequence).volume;
    const FrameSeries series = read_series(subject_, sequence);
    frame_seconds_ = series.seconds;
    return {series.frames, series.geometry};
  }

  void read_image_of(const std::string& sequence) {
    const Volume volume = volume_of(sequence);
    if (channels_.empty()) {
      grid_ = volume.geometry;
      grid_name_ = sequence;
    } else {
      expect_one_grid(grid_name_, grid_, sequence, volume.geometry);
    }
    channels_.push_back(volume.voxels);
    image_sha256_[sequence] = digest_of(volume);
    const auto* value = volume.voxels.const_data_ptr<float>();
    if (std::all_of(value, value + volume.voxels.numel(), [](float v) { return v == 0; })) {
      empty_images_.insert(sequence);
      reading_.warnings.push_back(
          cat(sequence, " is empty, all its voxels are 0: ", file_name(subject_.images, sequence)));
    }
  }

  void check_map(const std::string& map) {
    const Volume volume = read_map(subject_, map).volume;
    if (!channels_.empty()) expect_one_grid(grid_name_, grid_, map, volume.geometry);
    map_sha256_[map] = digest_of(volume);
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
    for (const auto& [label, where] : seen) labels_[map].insert(label);
    const std::string file = file_name(subject_.maps, map);
    if (seen.empty()) reading_.warnings.push_back(cat(map, " is empty, no structure is drawn in it: ", file));
    const auto allowed = allowed_labels_.find(map);
    if (allowed == allowed_labels_.end()) return;
    std::set<int64_t> known = allowed->second;
    known.insert(0);
    for (const auto& [label, where] : seen)
      if (!known.contains(label))
        reading_.problems.push_back(
            cat(file, ": the label ", label, " at ", voxel_text(where.first, volume.geometry), " (",
                where.count, where.count == 1 ? " voxel" : " voxels", ") is unknown; known are ",
                join(known, ", "), "; name it in the configuration or correct the map"));
  }

  static std::string digest_of(const Volume& volume) {
    Sha256 digest;
    digest.add(std::as_bytes(std::span(volume.geometry.size)));
    digest.add({static_cast<const std::byte*>(volume.voxels.const_data_ptr()), volume.voxels.nbytes()});
    return digest.hex();
  }

  static std::string file_name(const std::map<std::string, ImageRef>& files, const std::string& name) {
    return files.at(name).file.string();
  }

  void measure() {
    Volume image{channels_.size() == 1 ? channels_.front() : at::cat(channels_), grid_};
    if (!options_.slice_axis.empty()) {
      const SlicePlane plane = slice_plane(subject_, grid_, options_.slice_axis, options_.slice_column);
      image = slice_of(image, plane.axis, plane.index);
    }
    const Box box = nonzero_box(image.voxels);
    const AxisOrder order = canonical_order(grid_);
    CasePrint print;
    print.id = subject_.id;
    print.frame_seconds = frame_seconds_;
    for (size_t axis = 0; axis < 3; ++axis) {
      print.cropped_size[axis] = box.size()[static_cast<size_t>(order.axis[axis])];
      print.spacing[axis] = grid_.spacing[static_cast<size_t>(order.axis[axis])];
      print.crop_share *=
          static_cast<double>(box.size()[axis]) / static_cast<double>(image.geometry.size[axis]);
    }
    print.image_sha256 = std::move(image_sha256_);
    print.map_sha256 = std::move(map_sha256_);
    print.labels = std::move(labels_);
    print.empty_images = std::move(empty_images_);
    reading_.print = std::move(print);
  }

  const Subject& subject_;
  const LabelsOfMaps& allowed_labels_;
  const FingerprintOptions& options_;
  SequenceReader reader_;
  Geometry grid_;
  std::string grid_name_;  // the sequence whose grid it is
  std::vector<Tensor> channels_;
  double frame_seconds_ = 0;
  std::map<std::string, std::string> image_sha256_, map_sha256_;
  std::map<std::string, std::set<int64_t>> labels_;
  std::set<std::string> empty_images_;
  CaseReading reading_;
};

/// One image under two ids: a problem between two persons, worth a warning within one; so is one image as two
/// sequences of a case. Several slices of one image make cases of one person.
void note_duplicates(const std::vector<Subject>& subjects, const Fingerprint& fingerprint, bool slices,
                     Log& log, Problems& problems) {
  struct Owner {
    const Subject* subject;
    std::string sequence;
  };
  std::map<std::string, const Subject*> by_id;
  std::map<std::string, Owner> by_digest;
  for (const Subject& subject : subjects) by_id[subject.id] = &subject;
  for (const CasePrint& print : fingerprint.cases) {
    const Subject* subject = by_id.at(print.id);
    std::set<const Subject*> told;
    for (const auto& [sequence, digest] : print.image_sha256) {
      if (print.empty_images.contains(sequence)) continue;
      const auto [first, is_new] = by_digest.emplace(digest, Owner{subject, sequence});
      const Subject* owner = first->second.subject;
      if (is_new || !told.insert(owner).second) continue;
      const std::string image = print.image_sha256.size() > 1 ? sequence : "image";
      const std::string sentence = cat("its ", image, " is identical to that of '", owner->id, "'");
      if (owner == subject) {
        log.warn(
            cat(subject->id, ": ", first->second.sequence, " and ", sequence, " are the identical image"));
      } else if (owner->person == subject->person) {
        if (!slices) log.warn(cat(subject->id, ": ", sentence, " (both of person '", subject->person, "')"));
      } else {
        problems.add(subject->id,
                     cat(sentence, ", but they are of two persons; remove one of the two cases"));
      }
    }
  }
}

/// A case may lack a map, a cohort may not: that is a mistyped selector.
void note_missing_maps(const std::vector<Subject>& subjects, const std::vector<std::string>& maps,
                       Problems& problems) {
  std::set<std::string> known;
  for (const Subject& subject : subjects)
    for (const auto& [selector, file] : subject.maps) known.insert(selector);
  for (const std::string& map : maps)
    if (!known.contains(map))
      problems.add(map, cat("no case has this label map; the cohort has ",
                            known.empty() ? "none" : join(known, ", ")));
}

/// Leaves out the series that are not of the cohort's repetition time.
void note_other_times(Fingerprint& fingerprint, Problems& problems) {
  const double wanted = fingerprint.median_frame_seconds();
  std::erase_if(fingerprint.cases, [&](const CasePrint& print) {
    if (std::abs(print.frame_seconds - wanted) <= repetition_tolerance * wanted) return false;
    problems.add(print.id, cat("its repetition time is ", number_text(print.frame_seconds),
                               " s, but the cohort's median is ", number_text(wanted),
                               " s (more than 5 % apart); set input.resample: true to bring it there, or "
                               "leave the case out"));
    return true;
  });
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

double Fingerprint::median_frame_seconds() const {
  if (cases.empty()) throw Error("no case has a repetition time");
  std::vector<double> times;
  for (const CasePrint& print : cases) times.push_back(print.frame_seconds);
  std::sort(times.begin(), times.end());
  return times[(times.size() - 1) / 2];
}

std::map<std::string, std::vector<std::string>> Fingerprint::image_digests() const {
  std::map<std::string, std::vector<std::string>> digests;
  for (const CasePrint& print : cases)
    for (const auto& [sequence, digest] : print.image_sha256)
      if (!print.empty_images.contains(sequence)) digests[print.id].push_back(digest);
  return digests;
}

Fingerprint take_fingerprint(const std::vector<Subject>& subjects, const std::vector<std::string>& sequences,
                             const std::vector<std::string>& maps, const LabelsOfMaps& allowed_labels,
                             int threads, Log& log, Problems& problems, const FingerprintOptions& options) {
  std::vector<CaseReading> readings(subjects.size());
  {
    Progress progress(log, "reading the cohort", "cases", static_cast<int64_t>(subjects.size()));
    std::atomic<size_t> next{0};
    const auto work = [&] {
      for (size_t index; !stop_asked() && (index = next++) < subjects.size();) {
        readings[index] = CaseReader(subjects[index], allowed_labels, options).read(sequences, maps);
        progress.advance();
      }
    };
    const WorkerThreads workers(std::max(threads, 1), work);
  }
  stop_if_asked();
  Fingerprint fingerprint;
  for (size_t index = 0; index < subjects.size(); ++index) {
    for (const std::string& warning : readings[index].warnings)
      log.warn(cat(subjects[index].id, ": ", warning));
    for (const std::string& sentence : readings[index].problems) problems.add(subjects[index].id, sentence);
    if (readings[index].print) fingerprint.cases.push_back(std::move(*readings[index].print));
  }
  note_missing_maps(subjects, maps, problems);
  note_duplicates(subjects, fingerprint, !options.slice_axis.empty(), log, problems);
  if (options.series && !options.resample_frames && !fingerprint.cases.empty())
    note_other_times(fingerprint, problems);
  return fingerprint;
}

}  // namespace tazuna
