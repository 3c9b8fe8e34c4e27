// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tazuna {

/// The value of a variable of the environment; nothing where it is not set or empty.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;
std::optional<std::string> environment_variable(const std::string& name);

/// Where this process stands among those that train one network.
struct ProcessPlace {
  int rank = 0, count = 1;  ///< of all processes
  int local_rank = 0;       ///< among those on this machine
  std::string address;      ///< of the machine that serves the store in which the processes meet
  uint16_t port = 0;
  bool bound = false;   ///< the launcher gives each process cores of its own (srun)
  bool served = false;  ///< the store is the launcher's (torchrun), so that rank 0 serves none
  std::string attempt;  ///< how often the launcher has begun again
};

/// What the launcher says: RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT (torchrun), else
/// OMPI_COMM_WORLD_* (mpirun), else SLURM_* of a job step (srun); the address is then the step's first
/// machine and the port a function of the job, unless MASTER_ADDR and MASTER_PORT say otherwise. Alone
/// without any. An Error (usage) where the variables do not fit together.
ProcessPlace place_among_processes(const Variables& variables = environment_variable);

/// The first machine of a list in Slurm's spelling: "gpu07" of "gpu[07-09,12],login1".
std::string first_machine(const std::string& list);

}  // namespace tazuna
