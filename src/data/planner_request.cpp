// SPDX-License-Identifier: Apache-2.0
#include "data/planner_request.hpp"

#include <algorithm>

#include "core/problems.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

class Check {
 public:
  explicit Check(const PlanRequest& request) : request_(request) {}

  std::optional<int64_t> stages() {
    triple("input.spacing", request_.spacing, "millimetres above 0 along z, y, x");
    triple("train.patch", request_.patch, "voxels of at least 1");
    positive("train.batch", request_.batch);
    positive("network.stages", request_.stages);
    if (!request_.stages.is_auto()) agree("network.stages", request_.stages.get());
    list("network.widths", request_.widths, 0);
    list("network.blocks", request_.blocks, 0);
    list("network.decoder_blocks", request_.decoder_blocks, 1);
    triples("network.strides", request_.strides);
    triples("network.kernels", request_.kernels);
    if (!request_.strides.is_auto() && !request_.strides.get().empty() &&
        request_.strides.get().front() != Triple{1, 1, 1})
      problems_.add("network.strides", "the first stage keeps the resolution; its stride must be [1, 1, 1]");
    if (!(request_.memory_gb > 0)) problems_.add("train.memory_gb", "it must be above 0");
    if (request_.frames < 1)
      problems_.add("input.frames", cat("it must be at least 1, but is ", request_.frames));
    if (request_.frame_chunk < 1)
      problems_.add("input.temporal.frame_chunk",
                    cat("it must be at least 1, but is ", request_.frame_chunk));
    if (stages_ && *stages_ < 2)
      problems_.add(key_, "it tells of one stage; a network that halves its patch has at least two");
    problems_.throw_if_any();
    return stages_;
  }

 private:
  template <class T>
  void triple(const char* key, const Auto<std::vector<T>>& values, const char* demand) {
    if (values.is_auto()) return;
    const std::vector<T>& list = values.get();
    if (list.size() != 3 || !std::all_of(list.begin(), list.end(), [](T value) { return value > 0; }))
      problems_.add(key, cat("it must be three ", demand, ", but is [", join(list, ", "), "]"));
  }

  void positive(const char* key, const Auto<int64_t>& value) {
    if (!value.is_auto() && value.get() < 1)
      problems_.add(key, cat("it must be at least 1, but is ", value.get()));
  }

  void list(const char* key, const Auto<std::vector<int64_t>>& values, int64_t fewer) {
    if (values.is_auto()) return;
    const std::vector<int64_t>& list = values.get();
    if (!std::all_of(list.begin(), list.end(), [](int64_t value) { return value > 0; }))
      problems_.add(key, cat("each entry must be at least 1, but they are [", join(list, ", "), "]"));
    agree(key, static_cast<int64_t>(list.size()) + fewer);
  }

  void triples(const char* key, const Auto<std::vector<Triple>>& values) {
    if (values.is_auto()) return;
    for (const Triple& triple : values.get())
      if (*std::min_element(triple.begin(), triple.end()) < 1)
        problems_.add(key, cat("[", join(triple, ", "), "]: each entry must be at least 1"));
    agree(key, static_cast<int64_t>(values.get().size()));
  }

  /// Every list must tell of the same number of stages.
  void agree(const char* key, int64_t stages) {
    if (stages < 1) {
      problems_.add(key, "it tells of no stage; a network has at least one");
    } else if (!stages_) {
      stages_ = stages;
      key_ = key;
    } else if (*stages_ != stages) {
      problems_.add(key, cat("it tells of ", stages, " stages, but ", key_, " of ", *stages_,
                             "; make them agree, or leave one to 'auto'"));
    }
  }

  const PlanRequest& request_;
  std::optional<int64_t> stages_;
  const char* key_ = "";
  Problems problems_;
};

}  // namespace

std::optional<int64_t> check_request(const PlanRequest& request) {
  return Check(request).stages();
}

}  // namespace tazuna
