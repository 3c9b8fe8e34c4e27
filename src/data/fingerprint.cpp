// SPDX-License-Identifier: Apache-2.0
#include "data/fingerprint.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <set>

#include "core/interrupt.hpp"
#include "core/progress.hpp"
#include "core/text.hpp"
#include "data/percentile.hpp"
#include "data/series.hpp"
#include "data/worker_threads.hpp"

namespace tazuna {
namespace {

/// Reads a case, unless it is known as it is.
CaseReading known_or_read(const Subject& subject, const FingerprintOptions& options, CasePrints& known) {
  const std::string key = print_key(subject, options);
  if (auto print = known.find(key)) {
    print->id = subject.id;
    return {.print = *std::move(print), .whole = true};
  }
  CaseReading reading = read_case(subject, options);
  if (reading.whole && !key.empty()) known.keep(key, reading.print);
  return reading;
}

/// Files in which there is nothing to see.
void warn_of_empty(const Subject& subject, const FingerprintOptions& options, const CasePrint& print,
                   Log& log) {
  for (const std::string& sequence : options.sequences)
    if (print.empty_images.contains(sequence))
      log.warn(cat(subject.id, ": ", sequence,
                   " is empty, all its voxels are 0: ", subject.images.at(sequence).file.string()));
  for (const std::string& map : options.maps)
    if (print.map_sha256.contains(map) && !print.labels.contains(map))
      log.warn(cat(subject.id, ": ", map,
                   " is empty, no structure is drawn in it: ", subject.maps.at(map).file.string()));
}

/// One image under two ids: a problem between two persons, worth a warning within one; so is one image as two
/// sequences of a case. Several slices of one image make cases of one person.
void note_duplicates(const std::vector<Subject>& subjects, const Fingerprint& fingerprint,
                     const FingerprintOptions& options, Log& log, Problems& problems) {
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
        if (options.slice_axis.empty())
          log.warn(cat(subject->id, ": ", sentence, " (both of person '", subject->person, "')"));
      } else if (options.one_part) {
        log.warn(cat(subject->id, ": ", sentence, ", but they are of two persons"));
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

Fingerprint take_fingerprint(const std::vector<Subject>& subjects, const FingerprintOptions& options,
                             int threads, CasePrints& known, Log& log, Problems& problems) {
  std::vector<CaseReading> readings(subjects.size());
  {
    Progress progress(log, "reading the cohort", "cases", static_cast<int64_t>(subjects.size()));
    std::atomic<size_t> next{0};
    const auto work = [&] {
      for (size_t index; !stop_asked() && (index = next++) < subjects.size();) {
        readings[index] = known_or_read(subjects[index], options, known);
        progress.advance();
      }
    };
    const WorkerThreads workers(std::max(threads, 1), work);
  }
  stop_if_asked();
  Fingerprint fingerprint;
  for (size_t index = 0; index < subjects.size(); ++index) {
    CaseReading& reading = readings[index];
    warn_of_empty(subjects[index], options, reading.print, log);
    for (const std::string& sentence : reading.problems) problems.add(subjects[index].id, sentence);
    if (reading.whole) fingerprint.cases.push_back(std::move(reading.print));
  }
  note_missing_maps(subjects, options.maps, problems);
  note_duplicates(subjects, fingerprint, options, log, problems);
  if (options.series && !options.resample_frames && !fingerprint.cases.empty())
    note_other_times(fingerprint, problems);
  return fingerprint;
}

}  // namespace tazuna
