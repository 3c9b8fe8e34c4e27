// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <any>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/fields.hpp"
#include "data/sample.hpp"
#include "tasks/task.hpp"

namespace tazuna {

/// A person of one case, sub-01, sub-02, … by number.
inline Subject person_with(int number, std::map<std::string, std::string> values) {
  Subject subject;
  subject.id = (number < 10 ? "sub-0" : "sub-") + std::to_string(number);
  subject.person = subject.id;
  subject.values = std::move(values);
  return subject;
}

/// People who differ in one column, numbered from 1; "" leaves it out.
inline std::vector<Subject> people_with(const std::string& column, const std::vector<std::string>& values) {
  std::vector<Subject> people;
  for (const std::string& value : values) {
    people.push_back(person_with(static_cast<int>(people.size()) + 1, {}));
    if (!value.empty()) people.back().values[column] = value;
  }
  return people;
}

/// Samples of words alone.
inline std::vector<Sample> samples_of(const std::vector<Subject>& people) {
  std::vector<Sample> samples;
  for (const Subject& subject : people)
    samples.emplace_back().subject = std::make_shared<const Subject>(subject);
  return samples;
}

/// What fit() has to say, one sentence a line.
inline std::string problems_of(Task& task, const std::vector<Subject>& training) {
  Problems problems;
  task.fit(training, problems);
  std::string text;
  for (const Problem& problem : problems.list()) text += problem.where + ": " + problem.sentence + "\n";
  return text;
}

/// Keeps the values of described options and puts them back.
class Memory : public Fields {
 public:
  void keep(Task& task) { visit(task, false); }
  void restore(Task& task) { visit(task, true); }

  void value(const FieldInfo& info, Slot slot) override {
    const std::string key = path_ + std::string(info.name);
    std::visit(
        [&]<class T>(T* place) {
          if (restores_) {
            *place = std::any_cast<T>(kept_.at(key));
          } else {
            kept_[key] = *place;
          }
        },
        slot);
  }
  void enter(const FieldInfo& info, const std::function<void(Fields&)>& inside) override {
    below(std::string(info.name), inside);
  }
  void alternative(const FieldInfo&, const OneOf& set) override { set.inside(*this); }
  void sequence(const FieldInfo& info, const List& set) override {
    const std::string name(info.name), key = path_ + name + ".size";
    if (restores_) {
      set.resize(std::any_cast<size_t>(kept_.at(key)));
    } else {
      kept_[key] = set.size;
    }
    const size_t size = std::any_cast<size_t>(kept_.at(key));
    for (size_t i = 0; i < size; ++i)
      below(name + "." + std::to_string(i), [&](Fields& fields) { set.inside(fields, i); });
  }

 private:
  void visit(Task& task, bool restores) {
    restores_ = restores;
    task.constants(*this);
  }
  void below(const std::string& name, const std::function<void(Fields&)>& inside) {
    const std::string before = path_;
    path_ += name + ".";
    inside(*this);
    path_ = before;
  }

  std::map<std::string, std::any> kept_;
  std::string path_;
  bool restores_ = false;
};

/// The same task as `options` make, with the constants of `fitted` through Memory.
template <class Options>
std::unique_ptr<Task> restored(const Options& options, Task& fitted) {
  Memory memory;
  memory.keep(fitted);
  std::unique_ptr<Task> task = make_task(options);
  memory.restore(*task);
  return task;
}

}  // namespace tazuna
