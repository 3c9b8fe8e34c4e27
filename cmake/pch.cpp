// SPDX-License-Identifier: Apache-2.0
// Carries the shared precompiled header.
