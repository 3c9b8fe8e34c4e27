# ITK behind image/ only: readers for everything that is not NIfTI.
find_package(ITK QUIET REQUIRED COMPONENTS ITKCommon ITKIOImageBase ITKIOPNG ITKIONRRD ITKIOMeta)
