// SPDX-License-Identifier: Apache-2.0
// ATen's own generator starts from a seed of the clock. A test that draws with it would be another test each
// time; here each begins with the same numbers. TAZUNA_TEST_SEED=N tries others.
#include <ATen/ATen.h>

#include <cstdlib>

#include <doctest/doctest.h>

namespace {

class Seeded : public doctest::IReporter {
 public:
  explicit Seeded(const doctest::ContextOptions&) {}
  void test_case_start(const doctest::TestCaseData&) override { start(); }
  void test_case_reenter(const doctest::TestCaseData&) override { start(); }

  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

 private:
  static void start() {
    const char* seed = std::getenv("TAZUNA_TEST_SEED");
    at::manual_seed(seed ? std::strtoull(seed, nullptr, 10) : 1);
  }
};

}  // namespace

DOCTEST_REGISTER_LISTENER("seeded", 1, Seeded);
