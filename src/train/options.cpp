// SPDX-License-Identifier: Apache-2.0
#include "train/options.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "kernels/machine.hpp"
#include "kernels/precision.hpp"

namespace tazuna {

namespace {

// A GPU leaves the cores to the loader, but for the thread that feeds it and one for the rest of the machine.
// On the CPU the network's own threads fill the cores that `threads` does not leave free; a step there takes
// so much longer than its preparation that one worker for eight cores starves none and steals little.
int64_t automatic_workers(const TrainOptions& options, at::Device device) {
  const int64_t cores = usable_cores();
  if (!device.is_cpu()) return std::clamp<int64_t>(cores - 2, 1, 16);
  const int64_t spare = options.threads > 0 ? cores - options.threads : 0;
  return std::clamp<int64_t>(std::max(spare, cores / 8), 1, 4);
}

// What happens while a network learns, and what is kept of it.
void describe_course(Fields& fields, TrainOptions& options) {
  fields.integer(
      "validate_every", options.validate_every, {0},
      "steps between validations on whole volumes; 0: only at the end; auto: a tenth of the steps");
  fields.duration("checkpoint", options.checkpoint,
                  "time between checkpoints; none: only at the end and at a signal");
  fields.flag("deterministic", options.deterministic,
              "same bytes on CUDA too; an operation without a deterministic form is an error");
  fields.choice("select", options.select, {"final", "inner"},
                "which weights are kept: those after the last step, or those that do best in a validation on "
                "some of the training persons, who then do not train");
  fields.number("inner_share", options.inner_share, {0.01, 0.5},
                "with `select: inner`, the share of a fold's training persons who choose the weights");
  fields.integer("patience", options.patience, {0},
                 "with `select: inner`, the run stops after so many validations in a row whose score is not "
                 "higher than the best before; 0: never. The schedule falls over all `steps`, so that a run "
                 "that stops has not learnt at the low learning rates of the end; and what is found late, as "
                 "small structures are, scores 0 until then");
  fields.integer("workers", options.workers, {0, 256},
                 "threads that prepare batches, without effect on results; auto: by cores and device");
  fields.integer("threads", options.threads, {0, 1024}, "threads of computation; 0: all cores");
}

}  // namespace

void describe(Fields& fields, TrainOptions& options) {
  fields.integer("steps", options.steps, {1}, "optimiser updates; auto: 50000");
  fields.integer("batch", options.batch, {1}, "patches a step; auto: from memory_gb");
  fields.values("patch", options.patch, {1},
                "voxels of a patch, z, y, x; auto: from the cohort's shapes and memory_gb");
  fields.integer("subjects", options.subjects, {1},
                 "whole views a step, for subject tasks; auto: as many as `batch`");
  fields.choice("precision", options.precision, {"bf16", "fp32"},
                "of convolutions; auto: bf16 where the device has it natively and gains by it");
  fields.number(
      "memory_gb", options.memory_gb, {1, 1024},
      "memory the patch and the batch are planned for; never probed, so that one file gives one network");
  fields.duration(
      "budget", options.budget,
      "time to train (validation not counted): ten steps of each phase are timed once and become `steps`");
  fields.integer("seed", options.seed, {0}, "of initial weights, sampling and augmentation");
  fields.path(
      "from", options.from,
      "a finished run, or a .safetensors file, whose weights the training begins with where names and "
      "shapes match; its training cases must not be held out here; empty: weights are drawn");
  fields.text("from_sha256", options.from_sha256,
              "SHA-256 of these weights; filled in, and checked where it is given");
  fields.values("freeze", options.freeze, {},
                "parts of the network that do not learn, by the beginning of their weights' names: encoder, "
                "encoder.stages.0, decoder");
  fields.integer("freeze_steps", options.freeze_steps, {0},
                 "steps after which the frozen parts learn too; 0: never");
  fields.number("layer_decay", options.layer_decay, {1e-3, 1},
                "the learning rate of a layer n steps back from the heads is multiplied by this to the power "
                "of n; 1: all learn alike");
  fields.one_of("optimiser", options.optimiser, "how gradients become updates");
  fields.one_of("schedule", options.schedule, "how the learning rate falls");
  fields.number("clip", options.clip, {0}, "most the global gradient norm may be; 0: no clipping");
  fields.flag("ema", options.ema, "final weights are an exponential moving average");
  fields.one_of("weighting", options.weighting, "how the losses of several tasks become one");
  fields.integer(
      "conflict_every", options.conflict_every, {0},
      "steps between looks at the angle between the tasks' gradients (cos_… in journal.csv); 0: never");
  fields.number(
      "subject_learning_rate", options.subject_learning_rate, {0, 100},
      "of the heads of subject tasks at the start of the schedule; they are updated by AdamW whatever the "
      "optimiser of the rest");
  fields.number("foreground", options.foreground, {0, 1},
                "share of a batch's patches that are centred on foreground");
  describe_course(fields, options);
}

void validate(const TrainOptions& options, Problems& problems) {
  if (!options.steps.is_auto() && options.budget > 0) {
    problems.add("budget", "the number of steps is given too; leave `steps` at auto or drop the budget");
  }
  if (!options.patch.is_auto() && options.patch.get().size() != 3) {
    problems.add("patch", cat("has ", options.patch.get().size(), " numbers; a patch has three: z, y, x"));
  }
  if (options.freeze_steps > 0 && options.freeze.empty())
    problems.add("freeze_steps", "nothing is frozen; name the parts in `freeze`");
  if (!options.from_sha256.empty() && options.from.empty())
    problems.add("from_sha256", "no weights are named to which it belongs; set `from`");
  if (options.select == "inner" && !options.validate_every.is_auto() && options.validate_every.get() == 0)
    problems.add("validate_every",
                 "select: inner chooses among validations, and 0 leaves none to choose from; give the steps "
                 "between them, or auto");
  if (options.patience > 0 && options.select != "inner")
    problems.add("patience", cat("is ", options.patience, ", but select: ", options.select,
                                 " scores nobody to stop by; set `select: inner`, or leave patience at 0"));
  std::visit([&problems](const auto& one) { validate(one, problems); }, options.optimiser);
}

void fill_autos(TrainOptions& options, at::Device device) {
  if (options.budget == 0) {
    options.steps.fill(50000);
    options.validate_every.fill((options.steps.get() + 9) / 10);
  }
  if (!options.batch.is_auto()) options.subjects.fill(options.batch.get());
  options.precision.fill(bf16_pays(device) ? "bf16" : "fp32");
  options.workers.fill(automatic_workers(options, device));
}

bool forced_foreground(int64_t index, int64_t batch, double share) {
  return index >= std::llrint(static_cast<double>(batch) * (1 - share));
}

}  // namespace tazuna
