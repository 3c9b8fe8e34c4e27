// SPDX-License-Identifier: Apache-2.0
#include "train/distributed/place.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// "RANK=0 WORLD_SIZE=2"
ProcessPlace place_in(const std::string& environment) {
  return place_among_processes([&environment](const std::string& name) -> std::optional<std::string> {
    for (const std::string& setting : split_text(environment, ' '))
      if (setting.starts_with(name + "=")) return setting.substr(name.size() + 1);
    return std::nullopt;
  });
}

}  // namespace

DOCTEST_TEST_SUITE("train/distributed/place") {
  DOCTEST_TEST_CASE("every launcher's variables name rank, count, machine and port") {
    const struct {
      const char *launcher, *environment, *expected;
    } rows[] = {
        {"torchrun", "RANK=3 WORLD_SIZE=4 LOCAL_RANK=1 MASTER_ADDR=n1 MASTER_PORT=1234", "3/4 1 n1:1234"},
        {"torchrun inside a job of Slurm's",
         "RANK=0 WORLD_SIZE=2 MASTER_ADDR=n1 SLURM_PROCID=7 SLURM_STEP_NUM_TASKS=9", "0/2 0 n1:29500"},
        {"srun on several machines",
         "SLURM_PROCID=5 SLURM_STEP_NUM_TASKS=8 SLURM_LOCALID=1 SLURM_JOB_ID=41007 SLURM_STEP_ID=2 "
         "SLURM_STEP_NUM_NODES=2 SLURM_STEP_NODELIST=gpu[07-08]",
         "5/8 1 gpu07:20072"},
        {"srun on one machine", "SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2 SLURM_JOB_ID=3 SLURM_STEP_NUM_NODES=1",
         "1/2 0 127.0.0.1:20030"},
        {"mpirun under Slurm, whose daemons srun started",
         "OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=3 OMPI_COMM_WORLD_LOCAL_RANK=2 "
         "OMPI_COMM_WORLD_LOCAL_SIZE=3 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1",
         "2/3 2 127.0.0.1:29500"},
    };
    for (const auto& row : rows) {
      DOCTEST_CAPTURE(row.launcher);
      const ProcessPlace place = place_in(row.environment);
      DOCTEST_CHECK(cat(place.rank, "/", place.count, " ", place.local_rank, " ", place.address, ":",
                        place.port) == row.expected);
    }
  }

  DOCTEST_TEST_CASE("a batch script, one task and an empty environment are one process") {
    for (const char* environment :
         {"", "SLURM_PROCID=0 SLURM_NTASKS=8", "SLURM_PROCID=0 SLURM_NTASKS=8 SLURM_STEP_NUM_TASKS=1",
          "RANK=0 WORLD_SIZE=1"})
      DOCTEST_CHECK(place_in(environment).count == 1);
  }

  DOCTEST_TEST_CASE("variables that do not fit together are refused by name") {
    const struct {
      const char *environment, *sentence;
    } rows[] = {
        {"RANK=0", "RANK is set, but WORLD_SIZE is not"},
        {"RANK=2 WORLD_SIZE=2 MASTER_ADDR=n1", "RANK is 2, but WORLD_SIZE is 2"},
        {"RANK=x WORLD_SIZE=2", "RANK is 'x'"},
        {"RANK=0 WORLD_SIZE=2", "MASTER_ADDR is not set"},
        {"RANK=0 WORLD_SIZE=2 MASTER_ADDR=n1 MASTER_PORT=70000", "MASTER_PORT is '70000'"},
    };
    for (const auto& row : rows)
      DOCTEST_CHECK_THROWS_WITH_AS(place_in(row.environment), doctest::Contains(row.sentence), Error);
  }

  DOCTEST_TEST_CASE("the first machine of Slurm's lists is found") {
    const std::pair<const char*, const char*> lists[] = {
        {"gpu07", "gpu07"},         {"gpu[07-09,12],login1", "gpu07"}, {"a1,a2", "a1"},
        {"gpu[3,5]-x,b", "gpu3-x"}, {"r[1-2]n[04-05]", "r1n04"},
    };
    for (const auto& [list, first] : lists) DOCTEST_CHECK(first_machine(list) == first);
  }
}
