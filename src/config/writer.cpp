// SPDX-License-Identifier: Apache-2.0
#include "config/writer.hpp"

#include "config/slots.hpp"
#include "config/tree.hpp"
#include "core/error.hpp"

namespace tazuna {
namespace {

/// Builds a tree of all options.
class Writer : public Fields {
 public:
  explicit Writer(ConfigNode& into) : into_(&into) {}

  void value(const FieldInfo& info, Slot slot) override { into_->append(info.name, node_of(info, slot)); }
  void enter(const FieldInfo& info, const std::function<void(Fields&)>& inside) override {
    into_->append(info.name, within(std::string(info.name), [&] { return map_of(inside); }));
  }
  void alternative(const FieldInfo& info, const OneOf& set) override {
    if (!info.name.empty()) {
      enter(info, [&](Fields& fields) { fields.alternative({"", info.meaning}, set); });
      return;
    }
    into_->append("kind", ConfigNode::scalar(std::string(set.kinds.at(set.active)), ConfigNode::Style::text));
    set.inside(*this);
  }
  void sequence(const FieldInfo& info, const List& set) override {
    ConfigNode list = ConfigNode::list();
    within(std::string(info.name), [&] {
      for (size_t i = 0; i < set.size; ++i) {
        list.items.push_back(map_of([&](Fields& fields) { set.inside(fields, i); }));
      }
    });
    into_->append(info.name, std::move(list));
  }

 private:
  static ConfigNode map_of(const std::function<void(Fields&)>& inside) {
    ConfigNode map = ConfigNode::map();
    Writer writer(map);
    inside(writer);
    return map;
  }

  ConfigNode* into_;
};

ConfigNode tree_of(const Describe& describe_options) {
  ConfigNode root = ConfigNode::map();
  Writer writer(root);
  describe_options(writer);
  return root;
}

}  // namespace

std::string write_yaml(const Describe& describe_options) {
  return yaml_text(tree_of(describe_options));
}

std::string write_json(const Describe& describe_options) {
  return json_text(tree_of(describe_options));
}

}  // namespace tazuna
