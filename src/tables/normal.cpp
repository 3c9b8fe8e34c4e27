// SPDX-License-Identifier: Apache-2.0
#include "tables/normal.hpp"

#include <boost/math/distributions/normal.hpp>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

double normal_tail(double z) {
  return boost::math::cdf(boost::math::complement(boost::math::normal(), z));
}

double normal_quantile(double p) {
  if (!(p > 0 && p < 1)) throw Error(cat("a quantile needs a probability between 0 and 1, but got ", p));
  return boost::math::quantile(boost::math::normal(), p);
}

}  // namespace tazuna
