// SPDX-License-Identifier: Apache-2.0
#include "data/percentile.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/random.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("data/percentile") {
  DOCTEST_TEST_CASE("the median of an even count lies halfway between the middle two") {
    DOCTEST_CHECK(percentile({4, 1, 3, 2}, 50) == 2.5);
    DOCTEST_CHECK(percentile({7}, 10) == 7);
    DOCTEST_CHECK_THROWS_AS(percentile({}, 50), Error);
  }

  DOCTEST_TEST_CASE("percentiles equal NumPy's to the last bit") {
    const ScratchFolder folder;
    nlohmann::json requests = nlohmann::json::array();
    Random random{"percentile"};
    for (int64_t count = 1; count <= 60; ++count) {
      std::vector<double> values(static_cast<size_t>(count));
      for (double& value : values) value = random.uniform(0.1, 6);
      for (const double percent : {0.0, 10.0, 50.0, 100.0})
        requests.push_back({{"values", values}, {"percent", percent}});
    }
    std::ofstream(folder.path() / "in.json") << requests;
    if (!run_python("data/golden/percentile.py", {folder.path() / "in.json", folder.path() / "out.json"}))
      return;
    std::ifstream answer(folder.path() / "out.json");
    const auto expected = nlohmann::json::parse(answer);
    for (size_t i = 0; i < requests.size(); ++i)
      DOCTEST_CHECK(percentile(requests[i]["values"], requests[i]["percent"]) == expected[i].get<double>());
  }
}
