// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <itkImageIOBase.h>

#include <memory>
#include <optional>
#include <string>

#include "image/scalars.hpp"

namespace tazuna {

/// The voxel type behind ITK's; nothing for those that are not read.
std::optional<Scalar> scalar_of(itk::IOComponentEnum component);

/// The `bytes` of voxels of an image whose header was read and whose region is set; `room` >= bytes is lent
/// to readers that may write more. Refuses files that hold fewer: ITK takes some that were cut short and
/// leaves the rest of the memory as it was.
std::shared_ptr<std::byte[]> read_voxels(itk::ImageIOBase& io, size_t bytes, size_t room);

/// ITK's sentence without its address and source line.
std::string reason_of(const itk::ExceptionObject& error);

}  // namespace tazuna
