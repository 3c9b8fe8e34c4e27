// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Before a function that loops over numbers: it is compiled for wider vectors as well, and the processor
/// chooses when the program starts. Never with fused multiply-add, so that results keep their bits.
#if defined(__x86_64__) && defined(__GNUC__)
#define TAZUNA_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define TAZUNA_WIDE
#endif
