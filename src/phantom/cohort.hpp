// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "phantom/options.hpp"

namespace tazuna {

/// Writes a synthetic cohort into `out`, which must be new or empty. Structural heads and series are BIDS:
/// images, participants.tsv, truth.tsv (latent values and the ideal observer's probability), label maps in
/// derivatives/truth, for series also an atlas in derivatives/atlas. Slices are images/, masks/, samples.tsv
/// and truth.tsv. Equal options give equal bytes. dataset_description.json (samples.tsv) comes last, so that
/// an unfinished folder is no dataset. False if it was stopped by a signal. The caller has set tensor
/// operations to one thread: subjects run side by side.
bool write_phantom(const PhantomOptions& options, const std::filesystem::path& out, Log& log,
                   Interrupts& interrupts);

}  // namespace tazuna
