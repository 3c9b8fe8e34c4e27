// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Before a function that loops over numbers: it is compiled for wider vectors as well, and the processor
/// chooses when the program starts.
///   TAZUNA_WIDE    never fuses a product and a sum into one rounding, so that results keep their bits;
///   TAZUNA_WIDEST  may, and takes the widest vectors there are: what differs between processors anyway.
#if defined(__x86_64__) && defined(__GNUC__)
#define TAZUNA_WIDE __attribute__((target_clones("avx2", "default")))
#define TAZUNA_WIDEST __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TAZUNA_WIDE
#define TAZUNA_WIDEST
#endif
