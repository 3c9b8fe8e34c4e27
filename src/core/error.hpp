// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace tazuna {

/// What kind of failure an Error is; the value is the program's exit code.
enum class Fault : int {
  failed = 1,   ///< something went wrong while working
  usage = 2,    ///< the command line was wrong
  refused = 3,  ///< a configuration, a dataset or a file of it cannot be used
  cases = 4,    ///< finished, but some cases failed
};

/// The one error type: a sentence that names the thing, the value and the demand. Whoever knows more adds
/// context in front with within(): "sub-07: /data/t1.nii.gz: dim[0] is 9; a NIfTI image has 1 to 7 axes".
class Error : public std::exception {
 public:
  explicit Error(std::string sentence, Fault fault = Fault::failed)
      : sentence_(std::move(sentence)), fault_(fault) {}
  /// Puts "what: " in front of the sentence, unless it stands there already: who opens a file names it, and
  /// so does who reads it.
  Error& within(const std::string& what) {
    const std::string context = what + ": ";
    if (!sentence_.starts_with(context)) sentence_.insert(0, context);
    return *this;
  }
  const char* what() const noexcept override { return sentence_.c_str(); }
  Fault fault() const noexcept { return fault_; }

 private:
  std::string sentence_;
  Fault fault_;
};

/// An Error about bad input (exit code 3).
inline Error refused(std::string sentence) {
  return Error(std::move(sentence), Fault::refused);
}

/// Runs `work`; an Error that leaves it carries `context` in front.
template <class Work>
decltype(auto) within(const std::string& context, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (Error& error) {
    error.within(context);
    throw;
  }
}

}  // namespace tazuna
