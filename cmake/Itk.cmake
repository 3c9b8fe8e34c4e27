# ITK behind image/ only: readers for NRRD and MetaImage, N4, and the libjpeg it was built with.
# Debian's ITK loads GDCM's targets, which complain at length of programs that are not installed.
set(CMAKE_MESSAGE_LOG_LEVEL NOTICE)
find_package(ITK QUIET REQUIRED COMPONENTS ITKCommon ITKIOImageBase ITKIONRRD ITKIOMeta ITKJPEG
             ITKBiasCorrection)
unset(CMAKE_MESSAGE_LOG_LEVEL)
