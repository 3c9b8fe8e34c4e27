// SPDX-License-Identifier: Apache-2.0
#include "data/digests.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "image/volume.hpp"

namespace tazuna {

Digests::Digests(std::filesystem::path memory) : memory_(std::move(memory)) {}

Digests::~Digests() {
  try {
    save();
  } catch (const Error&) {  // a destructor cannot tell; the digests are computed anew next time
  }
}

std::string Digests::of(const std::filesystem::path& file) {
  const auto parts = files_of_image(file);
  if (parts == std::vector{file}) return of_file(file);
  std::string digests;
  for (const auto& part : parts) digests += of_file(part) + "\n";
  return sha256(digests);
}

std::string Digests::of_file(const std::filesystem::path& file) {
  const std::string identity = identity_of(file);
  if (auto known = memory_.find(identity)) return *std::move(known);
  std::string digest = sha256_of_file(file);
  ++files_read_;
  memory_.keep(identity, digest);
  return digest;
}

void Digests::save() {
  memory_.save();
}

}  // namespace tazuna
