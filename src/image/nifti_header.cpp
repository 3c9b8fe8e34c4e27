// SPDX-License-Identifier: Apache-2.0
#include "image/nifti_header.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/nifti_layout.hpp"

namespace tazuna {
namespace {

struct Datatype {
  int code;
  int bits;
  const char* name;
  std::optional<Scalar> scalar;  ///< none: known to the standard, not read here
};

constexpr Datatype datatypes[] = {{2, 8, "uint8", Scalar::uint8},
                                  {4, 16, "int16", Scalar::int16},
                                  {8, 32, "int32", Scalar::int32},
                                  {16, 32, "float32", Scalar::float32},
                                  {64, 64, "float64", Scalar::float64},
                                  {256, 8, "int8", Scalar::int8},
                                  {512, 16, "uint16", Scalar::uint16},
                                  {768, 32, "uint32", Scalar::uint32},
                                  {1024, 64, "int64", Scalar::int64},
                                  {1280, 64, "uint64", Scalar::uint64},
                                  {1, 1, "binary (1 bit)", {}},
                                  {32, 64, "complex64", {}},
                                  {128, 24, "RGB", {}},
                                  {1536, 128, "float128", {}},
                                  {1792, 128, "complex128", {}},
                                  {2048, 256, "complex256", {}},
                                  {2304, 32, "RGBA", {}}};

int32_t leading_number(std::span<const std::byte> start, bool swapped) {
  return static_cast<int32_t>(NiftiNumbers(start, swapped).integer({"sizeof_hdr", 0, 4}));
}

/// Finds version and byte order by sizeof_hdr and checks the magic.
void read_version(std::span<const std::byte> start, NiftiHeader& header) {
  if (start.size() < 4) throw refused(cat("the file has ", start.size(), " bytes; a NIfTI header has 348"));
  const auto is_size = [&](int32_t size, bool swapped) { return leading_number(start, swapped) == size; };
  header.swapped = !is_size(348, false) && !is_size(540, false);
  header.version = is_size(540, header.swapped) ? 2 : 1;
  const NiftiLayout& layout = nifti_layout(header.version);
  if (leading_number(start, header.swapped) != static_cast<int32_t>(layout.bytes)) {
    throw refused(cat("sizeof_hdr is ", leading_number(start, false),
                      "; a NIfTI file begins with 348 (NIfTI-1) or 540 (NIfTI-2)"));
  }
  if (start.size() < layout.bytes + 4) {
    throw refused(
        cat("the file ends after ", start.size(), " bytes, inside its header of ", layout.bytes + 4));
  }
  const std::string_view magic(reinterpret_cast<const char*>(start.data() + layout.magic),
                               layout.magic_bytes);
  using std::string_view_literals::operator""sv;
  const auto single = header.version == 1 ? "n+1\0"sv : "n+2\0\r\n\x1a\n"sv;
  if (magic == single) return;
  if (magic.starts_with(header.version == 1 ? "ni1"sv : "ni2"sv)) {
    throw refused(
        "it is one half of a .hdr/.img pair; join them into one .nii.gz, for example with "
        "fslchfiletype NIFTI_GZ or nibabel");
  }
  throw refused(cat("magic is '", NiftiNumbers(start, false).text(layout.magic, layout.magic_bytes),
                    "'; a NIfTI-", header.version, " file says '", single.substr(0, 3),
                    "' (ANALYZE 7.5 is not read: it does not say left from right)"));
}

void read_shape(const NiftiNumbers& numbers, const NiftiLayout& layout, NiftiHeader& header) {
  const int64_t axes = numbers.integer(layout.dim);
  if (axes < 1 || axes > 7) throw refused(cat("dim[0] is ", axes, "; a NIfTI image has 1 to 7 axes"));
  std::array<int64_t, 8> dim{};
  dim.fill(1);
  for (int64_t axis = 1; axis <= axes; ++axis) {
    dim[axis] = numbers.integer(layout.dim, axis);
    if (dim[axis] < 1)
      throw refused(cat("dim[", axis, "] is ", dim[axis], "; each axis needs at least 1 voxel"));
    if (axis > 4 && dim[axis] > 1) {
      throw refused(
          cat("dim[", axis, "] is ", dim[axis],
              "; images of up to three axes and time series of four are read, not vectors or tensors"));
    }
  }
  header.size = {dim[3], dim[2], dim[1]};
  header.frames = dim[4];
}

void read_datatype(const NiftiNumbers& numbers, const NiftiLayout& layout, NiftiHeader& header) {
  const int64_t code = numbers.integer(layout.datatype), bits = numbers.integer(layout.bitpix);
  const auto* type = std::find_if(std::begin(datatypes), std::end(datatypes),
                                  [code](const Datatype& known) { return known.code == code; });
  if (type == std::end(datatypes)) throw refused(cat("datatype is ", code, ", which NIfTI does not define"));
  if (!type->scalar) {
    throw refused(
        cat("datatype is ", code, " (", type->name,
            "); voxels must be integers or floats of up to 64 bits: convert it, for example to float32"));
  }
  if (bits != type->bits) {
    throw refused(cat("bitpix is ", bits, ", but datatype ", code, " (", type->name, ") has ", type->bits));
  }
  header.type = *type->scalar;
}

/// The bytes of all voxels, refused where they cannot be counted.
void expect_countable(const NiftiHeader& header) {
  uint64_t bytes = size_of(header.type);
  for (const int64_t length : {header.size[0], header.size[1], header.size[2], header.frames}) {
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(length), &bytes) || bytes > uint64_t{1} << 62) {
      throw refused(cat("dim claims ", header.size[2], "x", header.size[1], "x", header.size[0], "x",
                        header.frames, " voxels, more than any memory holds"));
    }
  }
}

void read_data_offset(const NiftiNumbers& numbers, const NiftiLayout& layout, NiftiHeader& header) {
  const double least = static_cast<double>(layout.bytes + 4);
  const double said = numbers.real(layout.vox_offset), offset = said == 0 ? least : said;
  if (!(offset >= least) || offset > 1e15 || offset != std::trunc(offset)) {
    throw refused(cat("vox_offset is ", number_text(offset), "; the voxels of a NIfTI-", header.version,
                      " file begin at a whole byte from ", least, " on"));
  }
  header.data_offset = static_cast<uint64_t>(offset);
}

void read_scaling(const NiftiNumbers& numbers, const NiftiLayout& layout, NiftiHeader& header) {
  const double slope = numbers.real(layout.slope), inter = numbers.real(layout.inter);
  if (!std::isfinite(slope) || slope == 0) return;
  header.scaling = {slope, std::isfinite(inter) ? inter : 0};
}

constexpr std::string_view code_names[] = {"unknown", "scanner", "aligned", "talairach", "mni", "template"};

/// 0 for a code that NIfTI does not define, as in nibabel; the facts tell.
int64_t transform_code(const NiftiNumbers& numbers, const NiftiField& field, NiftiHeader& header) {
  const int64_t code = numbers.integer(field);
  if (code >= 0 && code < static_cast<int64_t>(std::size(code_names))) return code;
  header.facts[field.name] = cat(code, ", which NIfTI does not define: as 0");
  return 0;
}

/// Element of a transform; NaN and infinity are refused by the name of the field.
double finite(const NiftiNumbers& numbers, const NiftiField& field, size_t index, const std::string& name) {
  const double value = numbers.real(field, index);
  if (std::isfinite(value)) return value;
  throw refused(cat(name, " is ", number_text(value), "; the position of the voxels must be finite"));
}

/// Voxel sizes along x, y, z for a transform that reads them (the sform does not), as nibabel mends them: 1
/// where they say 0, else without their sign. The facts tell what was mended along axes of several voxels.
std::array<double, 3> voxel_sizes(const NiftiNumbers& numbers, const NiftiLayout& layout,
                                  NiftiHeader& header) {
  std::array<double, 3> sizes;
  for (size_t axis = 0; axis < 3; ++axis) {
    const std::string name = cat("pixdim[", axis + 1, "]");
    const double size = finite(numbers, layout.pixdim, axis + 1, name);
    sizes[axis] = size == 0 ? 1 : std::abs(size);
    if (size != sizes[axis] && header.size[2 - axis] > 1)
      header.facts[name] = cat(number_text(size), ", which is no size: as ", number_text(sizes[axis]));
  }
  return sizes;
}

Affine sform_affine(const NiftiNumbers& numbers, const NiftiLayout& layout) {
  Affine affine{};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 4; ++column) {
      affine[row][column] =
          finite(numbers, layout.srow, 4 * row + column, cat("srow_", "xyz"[row], "[", column, "]"));
    }
  }
  affine[3][3] = 1;
  return affine;
}

/// nifti1.h, method 2: rotation from a unit quaternion (a from b, c, d), qfac = -1 turns the third axis.
Affine qform_affine(const NiftiNumbers& numbers, const NiftiLayout& layout,
                    const std::array<double, 3>& sizes) {
  std::array<double, 3> vector;
  for (size_t i = 0; i < 3; ++i) vector[i] = finite(numbers, layout.quatern, i, cat("quatern_", "bcd"[i]));
  const auto [b, c, d] = vector;
  const double length = b * b + c * c + d * d;
  const double tolerance = 3 * static_cast<double>(std::numeric_limits<float>::epsilon());
  if (length > 1 + tolerance) {
    throw refused(cat("quatern_b, _c, _d have a squared length of ", number_text(length),
                      "; a rotation has at most 1"));
  }
  const double a = std::abs(1 - length) < tolerance ? 0 : std::sqrt(1 - length);
  const double s = 2 / (a * a + length);
  const double qfac = numbers.real(layout.pixdim) == -1 ? -1 : 1;
  const std::array<std::array<double, 3>, 3> rotation{
      {{1 - s * (c * c + d * d), s * (b * c - a * d), s * (b * d + a * c)},
       {s * (b * c + a * d), 1 - s * (b * b + d * d), s * (c * d - a * b)},
       {s * (b * d - a * c), s * (c * d + a * b), 1 - s * (b * b + c * c)}}};
  Affine affine{};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 3; ++column) {
      affine[row][column] = rotation[row][column] * sizes[column] * (column == 2 ? qfac : 1);
    }
    affine[row][3] = finite(numbers, layout.qoffset, row, cat("qoffset_", "xyz"[row]));
  }
  affine[3][3] = 1;
  return affine;
}

/// Without a transform: the centre of the grid at the origin, x towards the left, 1 mm along axes beyond
/// dim[0] (as nibabel).
Affine centred_affine(const NiftiHeader& header, std::array<double, 3> sizes, int64_t axes) {
  std::fill(sizes.begin() + std::min<int64_t>(axes, 3), sizes.end(), 1);
  Affine affine{};
  for (int axis = 0; axis < 3; ++axis) {
    const double step = axis == 0 ? -sizes[axis] : sizes[axis];
    affine[axis][axis] = step;
    affine[axis][3] = -step * static_cast<double>(header.size[2 - axis] - 1) / 2;
  }
  affine[3][3] = 1;
  return affine;
}

void read_affine(const NiftiNumbers& numbers, const NiftiLayout& layout, NiftiHeader& header) {
  std::string& source = header.facts["affine from"];
  const int64_t sform = transform_code(numbers, layout.sform_code, header);
  if (sform > 0) {  // then neither the quaternion nor pixdim is read
    header.affine = sform_affine(numbers, layout);
    expect_invertible(header.affine, "the sform");
    source = cat("sform (", code_names[sform], ")");
    return;
  }
  const int64_t qform = transform_code(numbers, layout.qform_code, header);
  const auto sizes = voxel_sizes(numbers, layout, header);
  if (qform > 0) {
    header.affine = qform_affine(numbers, layout, sizes);
    source = cat("qform (", code_names[qform], ")");
  } else {
    header.affine = centred_affine(header, sizes, numbers.integer(layout.dim));
    source = "pixdim, centred";
  }
}

/// The double nearest to the shortest decimal text of a float: 2.2 s instead of 2.2000000476837.
double shortest(float value) {
  char text[32];
  const auto written = std::to_chars(text, text + sizeof(text), value);
  double number = value;
  std::from_chars(text, written.ptr, number);
  return number;
}

/// Repetition time and units. xyzt_units: bits 0-2 space, bits 3-5 time; without a time unit seconds are
/// meant.
void read_units(const NiftiNumbers& numbers, const NiftiLayout& layout, NiftiHeader& header) {
  const int64_t units = numbers.integer(layout.units);
  constexpr std::string_view space[] = {"unknown", "m", "mm", "um"};
  const int64_t length = units & 7, time = units & 0x38;
  header.facts["units"] = length < 4 ? std::string(space[length]) : cat("undefined (", length, ")");
  if (header.frames == 1) return;
  const double step = numbers.real(layout.pixdim, 4);
  if (!std::isfinite(step) || step < 0) {
    header.facts["pixdim[4]"] = cat(number_text(step), ", which is no repetition time: unknown");
    return;
  }
  const double in_seconds = time == 16 ? 1e-3 : time == 24 ? 1e-6 : time == 0 || time == 8 ? 1 : 0;
  header.frame_seconds = (layout.pixdim.width == 4 ? shortest(static_cast<float>(step)) : step) * in_seconds;
}

}  // namespace

uint64_t NiftiHeader::data_bytes() const {
  return size_of(type) * static_cast<uint64_t>(size[0]) * static_cast<uint64_t>(size[1]) *
         static_cast<uint64_t>(size[2]) * static_cast<uint64_t>(frames);
}

bool looks_like_nifti(std::span<const std::byte> start) {
  if (start.size() < 4) return false;
  for (const bool swapped : {false, true}) {
    const int32_t size = leading_number(start, swapped);
    if (size == 348 || size == 540) return true;
  }
  return false;
}

NiftiHeader parse_nifti_header(std::span<const std::byte> start) {
  NiftiHeader header;
  read_version(start, header);
  const NiftiLayout& layout = nifti_layout(header.version);
  const NiftiNumbers numbers(start, header.swapped);
  read_shape(numbers, layout, header);
  read_datatype(numbers, layout, header);
  expect_countable(header);
  read_data_offset(numbers, layout, header);
  read_scaling(numbers, layout, header);
  read_affine(numbers, layout, header);
  read_units(numbers, layout, header);
  header.bytes.assign(start.begin(), start.begin() + layout.bytes);
  header.facts["intent"] = cat(numbers.integer(layout.intent));
  header.facts["description"] = numbers.text(layout.description, 80);
  return header;
}

uint64_t most_padding(const NiftiHeader& header) {
  constexpr uint64_t little = 64 << 10;
  return std::max(header.data_bytes() - 1, little);
}

void expect_nifti_length(NiftiHeader& header, uint64_t length) {
  const uint64_t demanded = header.file_bytes();
  if (length >= demanded && length - demanded <= most_padding(header)) {
    if (length > demanded) header.facts["padding"] = cat(length - demanded, " bytes behind the voxels");
    return;
  }
  throw refused(
      cat("the file holds ", length, " bytes, but its header demands ", demanded, " (", header.size[2], "x",
          header.size[1], "x", header.size[0], "x", header.frames, " voxels of ", name_of(header.type),
          " from byte ", header.data_offset, " on); ",
          length > demanded
              ? cat(length - demanded,
                    " bytes follow the voxels, as many again as they have or more: dim is wrong, or, if "
                    "it is right, load and save the file, for example with nibabel")
              : cat("it was cut or damaged, ", demanded - length, " bytes are missing")));
}

void check_nifti_extensions(const NiftiHeader& header, std::span<const std::byte> file) {
  size_t position = nifti_layout(header.version).bytes + 4;
  if (file[position - 4] == std::byte{0}) return;
  const NiftiNumbers numbers(file, header.swapped);
  while (position + 8 <= header.data_offset) {
    const int64_t length = numbers.integer({"esize", position, 4});
    if (length == 0) return;
    if (length < 8 || static_cast<uint64_t>(length) > header.data_offset - position) {
      throw refused(cat("the header extension at byte ", position, " claims ", length,
                        " bytes, but the voxels begin at ", header.data_offset));
    }
    position += static_cast<size_t>(length);
  }
}

}  // namespace tazuna
