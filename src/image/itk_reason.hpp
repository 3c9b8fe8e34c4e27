// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <itkMacro.h>

#include <string>

namespace tazuna {

/// ITK's sentence without its address and source line.
std::string itk_reason(const itk::ExceptionObject& error);

}  // namespace tazuna
