// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

/// The parts of a step that a profile tells apart, as names of spans (kernels/span.hpp) on the thread that
/// takes the steps. What else a step does is its rest.
namespace tazuna::step_part {

inline constexpr std::string_view waiting = "waiting";    ///< for the loader
inline constexpr std::string_view moving = "moving";      ///< a batch, to the device
inline constexpr std::string_view forward = "forward";    ///< through the network
inline constexpr std::string_view loss = "loss";          ///< prices of the outputs
inline constexpr std::string_view backward = "backward";  ///< gradients
inline constexpr std::string_view exchange = "exchange";  ///< of gradients between processes
inline constexpr std::string_view update = "update";      ///< clipping, optimisers, weighting, averages
/// Scoring of whole volumes: counted each time in a run, and in no step's time.
inline constexpr std::string_view validation = "validation";

inline constexpr std::array all{waiting, moving, forward, loss, backward, exchange, update, validation};

}  // namespace tazuna::step_part
