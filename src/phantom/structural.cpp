// SPDX-License-Identifier: Apache-2.0
#include "phantom/structural.hpp"

#include "phantom/head.hpp"
#include "phantom/scanner.hpp"

namespace tazuna {

StructuralPhantom make_structural(const PhantomOptions& options, const Preset& preset, const Person& person,
                                  const std::vector<LabelPair>& shapes) {
  const int64_t seed = options.seed;
  const LabelPair* real = nullptr;
  if (!shapes.empty()) {
    Random random({seed, person.number, "shape"});
    real = &shapes[static_cast<size_t>(random.below(static_cast<int64_t>(shapes.size())))];
  }
  const Head head = make_head(preset, person, real, seed);
  const Geometry grid =
      draw_grid(preset, options.spacing.value_or(preset.spacing), Random({seed, person.number, "grid"}));
  const Scanner scanner = draw_scanner(Random({seed, person.site, "site"}));
  StructuralPhantom phantom{paint(head, grid, preset.structures), {}};
  for (size_t i = 0; i < preset.sequences.size(); ++i) {
    const Sequence& sequence = preset.sequences[i];
    phantom.images.push_back(person.has[i] ? scan(phantom.painted, sequence, scanner, preset.pair_contrast,
                                                  Random({seed, person.number, "scan", sequence.name}))
                                           : Tensor());
  }
  return phantom;
}

}  // namespace tazuna
