// SPDX-License-Identifier: Apache-2.0
#include "train/distributed/place.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

constexpr uint16_t usual_port = 29500;  // torchrun's

enum class Launcher { torchrun, mpirun, srun };

/// How a launcher calls what a process needs to know.
struct Names {
  Launcher launcher;
  const char *rank, *count, *local_rank;
};
// mpirun comes before srun: under Slurm it starts its own daemons by srun, whose variables its processes
// inherit. Slurm's count is that of a job step: a batch script, which is one process, has a SLURM_PROCID and
// a SLURM_NTASKS as well.
constexpr Names launchers[] = {
    {Launcher::torchrun, "RANK", "WORLD_SIZE", "LOCAL_RANK"},
    {Launcher::mpirun, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"},
    {Launcher::srun, "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID"}};

Error unusable(const std::string& sentence) {
  return Error(sentence, Fault::usage);
}

int64_t number_in(const Variables& variables, const char* name, int64_t most) {
  const std::string text = variables(name).value_or("");
  int64_t number = -1;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number < 0 || number > most)
    throw unusable(
        cat("the environment variable ", name, " is '", text, "'; expected a number from 0 to ", most));
  return number;
}

bool is_set(const Variables& variables, const char* name) {
  return variables(name).has_value();
}

/// Nothing where this launcher did not start us.
std::optional<ProcessPlace> place_by(const Names& names, const Variables& variables) {
  const bool rank = is_set(variables, names.rank), count = is_set(variables, names.count);
  const bool ours = names.launcher == Launcher::torchrun;  // the others' names have other uses as well
  if (ours ? !rank && !count : !rank || !count) return std::nullopt;
  if (!rank || !count) {
    throw unusable(cat("the environment variable ", rank ? names.rank : names.count, " is set, but ",
                       rank ? names.count : names.rank,
                       " is not; a launcher of several processes sets both, and one process needs neither"));
  }
  ProcessPlace place;
  place.count = static_cast<int>(number_in(variables, names.count, 1 << 20));
  place.rank = static_cast<int>(number_in(variables, names.rank, 1 << 20));
  if (place.rank >= place.count)
    throw unusable(cat(names.rank, " is ", place.rank, ", but ", names.count, " is ", place.count));
  if (is_set(variables, names.local_rank))
    place.local_rank = static_cast<int>(number_in(variables, names.local_rank, 1 << 20));
  return place;
}

std::string address_by(const Names& names, const Variables& variables) {
  if (const auto given = variables("MASTER_ADDR")) return *given;
  const std::string here = "127.0.0.1";
  if (names.launcher == Launcher::mpirun && variables("OMPI_COMM_WORLD_LOCAL_SIZE") == variables(names.count))
    return here;
  if (names.launcher == Launcher::srun) {
    if (variables("SLURM_STEP_NUM_NODES") == "1") return here;
    for (const char* list : {"SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST"})
      if (const auto machines = variables(list)) return first_machine(*machines);
  }
  throw unusable(cat("the environment variable MASTER_ADDR is not set; with ", names.count,
                     " it must name the machine of rank 0"));
}

// Two jobs on one machine must not meet each other.
uint16_t port_by(const Names& names, const Variables& variables) {
  if (is_set(variables, "MASTER_PORT"))
    return static_cast<uint16_t>(number_in(variables, "MASTER_PORT", 65535));
  if (names.launcher != Launcher::srun || !is_set(variables, "SLURM_JOB_ID")) return usual_port;
  const int64_t job = number_in(variables, "SLURM_JOB_ID", INT64_MAX);
  const int64_t step =
      is_set(variables, "SLURM_STEP_ID") ? number_in(variables, "SLURM_STEP_ID", INT64_MAX) : 0;
  return static_cast<uint16_t>(20000 + (job % 1000 * 10 + step % 10));
}

}  // namespace

std::optional<std::string> environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value || *value == '\0') return std::nullopt;
  return value;
}

ProcessPlace place_among_processes(const Variables& variables) {
  for (const Names& names : launchers) {
    std::optional<ProcessPlace> place = place_by(names, variables);
    if (!place) continue;
    if (place->count <= 1) return {};
    place->address = address_by(names, variables);
    place->port = port_by(names, variables);
    place->bound = names.launcher == Launcher::srun;
    place->served = variables("TORCHELASTIC_USE_AGENT_STORE") == "True";
    place->attempt = variables("TORCHELASTIC_RESTART_COUNT").value_or("0");
    return *place;
  }
  return {};
}

std::string first_machine(const std::string& list) {
  std::string name;
  for (size_t at = 0; at < list.size() && list[at] != ','; ++at) {
    if (list[at] != '[') {
      name += list[at];
      continue;
    }
    const size_t end = list.find(']', at);
    const size_t stop = std::min(list.find_first_of(",-]", at), list.size());
    name += list.substr(at + 1, stop - at - 1);
    if (end == std::string::npos) break;
    at = end;
  }
  return name;
}

}  // namespace tazuna
