// SPDX-License-Identifier: Apache-2.0
#include "phantom/head.hpp"

#include <cmath>

#include "phantom/decoys.hpp"
#include "phantom/lesions.hpp"

namespace tazuna {
namespace {

constexpr double mirrored[] = {-1, 1};  // of left and right: the sign of world x

/// Adds bodies of the canonical head, each a little different from head to head.
class Anatomy {
 public:
  Anatomy(Head& head, Random random) : head_(head), random_(random) {}

  /// The centre where it came to lie.
  Point add(const Point& centre, const Point& semi_axes, Tissue tissue,
            std::optional<Structure> structure = {}) {
    BlobForm form = random_blob(semi_axes, 0.03, random_);
    form.semi_axes = std::exp(0.04 * bounded_normal(random_, 2)) * form.semi_axes;
    const Point place = centre + random_step(random_, 0.4);
    put(place, form, tissue, structure);
    return place;
  }
  void add_layer(const BlobForm& form, double grown, Tissue tissue, double folds = 0) {
    BlobForm layer = form;
    layer.semi_axes = layer.semi_axes + Point{grown, grown, grown};
    layer.folds = folds;
    put(brain_centre, layer, tissue, {});
  }
  /// The brain's surface, whose layers follow one another.
  BlobForm brain() {
    BlobForm form = random_blob(brain_axes, 0.012, random_);
    form.fold_phase = {random_.uniform(0, 6), random_.uniform(0, 6), random_.uniform(0, 6)};
    return form;
  }

 private:
  void put(const Point& centre, const BlobForm& form, Tissue tissue, std::optional<Structure> structure) {
    head_.bodies.push_back({make_blob(centre, form), true, tissue, structure});
  }
  Head& head_;
  Random random_;
};

/// Centres, left and right.
struct Nuclei {
  std::array<Point, 2> thalami, caudates;
};

Nuclei add_anatomy(Head& head, const Person& person, Random random) {
  Anatomy anatomy(head, random);
  const BlobForm brain = anatomy.brain();
  anatomy.add_layer(brain, 15, Tissue::scalp);
  anatomy.add_layer(brain, 10, Tissue::skull);
  anatomy.add_layer(brain, 3.5, Tissue::fluid);
  anatomy.add_layer(brain, 0, Tissue::grey, 0.02);
  anatomy.add_layer(brain, -7, Tissue::white, 0.07);
  anatomy.add({0, -26, -32}, {14, 12, 23}, Tissue::brainstem, Structure::brainstem);
  Nuclei nuclei;
  for (size_t i = 0; i < 2; ++i) {
    const double side = mirrored[i];
    nuclei.caudates[i] = anatomy.add({side * 13, 12, 15}, {4.5, 12, 6}, Tissue::deep_grey);
    anatomy.add({side * 26, 1, 3}, {5, 15, 9}, Tissue::deep_grey);
    anatomy.add({side * 21, -38, -32}, {8, 6, 5}, Tissue::fluid);
  }
  nuclei.thalami = {anatomy.add({-10, -10, 8}, thalamus_axes, Tissue::deep_grey, Structure::left_thalamus),
                    anatomy.add({10, -10, 8}, thalamus_axes, Tissue::deep_grey, Structure::right_thalamus)};
  const double wide = std::cbrt(person.ventricle_factor);
  const auto ventricle = [&](const Point& centre, const Point& axes) {
    anatomy.add(centre, wide * axes, Tissue::fluid, Structure::ventricles);
  };
  for (const double side : mirrored) ventricle({side * 8, -6, 24}, {5.5, 27, 6});
  ventricle({0, -9, 5}, {1.9, 11, 7});
  ventricle({0, -44, -30}, {7, 5.5, 8});
  return nuclei;
}

std::unique_ptr<Shape> pair_shape(const Point& centre, double mm3, const LabelForm* real, Random& random) {
  if (real) return make_label_shape(*real, centre, mm3);
  return make_blob(centre, with_volume(random_blob(pair_axes, pair_roughness, random), mm3));
}

/// The pair inside the thalami, and where it lies in the canonical head.
std::array<Point, 2> add_pair(Head& head, const std::array<Point, 2>& thalami, const Preset& preset,
                              const Person& person, const LabelPair* real, Random random) {
  std::array<Point, 2> places;
  for (size_t side = 0; side < 2; ++side) {
    places[side] = thalami[side] + Point{-mirrored[side] * 3, -6.5, 2.5} + random_step(random, 0.35);
    const LabelForm* form = real ? (side == 0 ? &real->left : &real->right) : nullptr;
    head.bodies.push_back({pair_shape(head.warp.world_of(places[side]),
                                      preset.pair_mm3 * person.pair_factor[side], form, random),
                           false, Tissue::pair, side == 0 ? Structure::left_pair : Structure::right_pair});
  }
  return places;
}

}  // namespace

Head make_head(const Preset& preset, const Person& person, const LabelPair* real, int64_t seed) {
  const auto stream = [&](const char* name) { return Random({seed, person.number, name}); };
  Head head;
  head.warp = Warp(stream("warp"));
  // Between the pair, so that left stays left: x < 0.
  Random anchor = stream("anchor");
  head.warp.anchor({0, -16.5, 10.5}, Point{0, -16.5, 10.5} + random_step(anchor, 0.5));
  const Nuclei nuclei = add_anatomy(head, person, stream("anatomy"));
  if (preset.pair_mm3 > 0) {
    const size_t anatomy = head.bodies.size();
    const auto pair = add_pair(head, nuclei.thalami, preset, person, real, stream("pair"));
    add_decoys(head, {anatomy, nuclei.caudates, pair}, preset, real, stream("decoys"));
  }
  if (preset.lesions) add_lesions(head, *preset.lesions, person.lesion_ml, stream("lesions"));
  return head;
}

}  // namespace tazuna
