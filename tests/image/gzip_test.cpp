// SPDX-License-Identifier: Apache-2.0
#include "image/gzip.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/random.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// Bytes that compress to about a half.
Bytes sample(size_t size) {
  Random random({7, "gzip"});
  Bytes bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.below(16));
  return bytes;
}

Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Bytes decoded(const Bytes& stream, size_t size) {
  Bytes out(size);
  if (gunzip(stream, out) != size) throw Error("the stream has another length");
  return out;
}

/// A member of stored (uncompressed) blocks of at most 65535 bytes: `body` in the frame of a compressed one.
Bytes stored_member(const Bytes& body) {
  const Bytes like = gzip(body, 1);
  Bytes out(like.begin(), like.begin() + 10);
  for (size_t at = 0; at < body.size(); at += 65535) {
    const size_t length = std::min<size_t>(65535, body.size() - at);
    out.push_back(std::byte(at + length == body.size()));
    for (const size_t word : {length, ~length}) {
      out.push_back(std::byte(word & 255));
      out.push_back(std::byte(word >> 8 & 255));
    }
    out.insert(out.end(), body.begin() + at, body.begin() + at + length);
  }
  out.insert(out.end(), like.end() - 8, like.end());
  return out;
}

void flip(Bytes& bytes, size_t at) {
  bytes[at] ^= std::byte{0x10};
}

struct Damage {
  const char* name;
  std::function<void(Bytes&)> apply;
};
const std::vector<Damage> damages{
    {"nothing at all", [](Bytes& s) { s.clear(); }},
    {"one byte", [](Bytes& s) { s.resize(1); }},
    {"header only", [](Bytes& s) { s.resize(10); }},
    {"half of it", [](Bytes& s) { s.resize(s.size() / 2); }},
    {"the length is missing", [](Bytes& s) { s.resize(s.size() - 4); }},
    {"the last byte is missing", [](Bytes& s) { s.pop_back(); }},
    {"the CRC-32 is wrong", [](Bytes& s) { flip(s, s.size() - 8); }},
    {"the length is wrong", [](Bytes& s) { flip(s, s.size() - 4); }},
    {"a data byte is wrong", [](Bytes& s) { flip(s, s.size() / 2); }},
    {"the first data byte is wrong", [](Bytes& s) { flip(s, 10); }},
    {"the magic is wrong", [](Bytes& s) { flip(s, 1); }},
    {"the method is not deflate", [](Bytes& s) { s[2] = std::byte{7}; }},
    {"reserved flags are set", [](Bytes& s) { s[3] = std::byte{0xe0}; }},
    {"zeros and something follow",
     [](Bytes& s) {
       s.resize(s.size() + 100);
       s.push_back(std::byte{1});
     }},
    {"text follows", [](Bytes& s) { s.insert(s.end(), 20, std::byte{'x'}); }},
    {"half a member follows", [](Bytes& s) { s.insert(s.end(), s.begin(), s.begin() + s.size() / 2); }},
    {"a whole member too many follows", [](Bytes& s) { s = joined(s, s); }},
};

}  // namespace

DOCTEST_TEST_SUITE("image/gzip") {
  DOCTEST_TEST_CASE("what was compressed comes back, at every level and size") {
    for (const size_t size : {0, 1, 1000, 131071, 131072, 131073, 400000}) {
      for (const int level : {1, 6, 12}) {
        const Bytes body = sample(size);
        DOCTEST_CHECK((decoded(gzip(body, level), size) == body));
      }
    }
  }

  DOCTEST_TEST_CASE("members follow each other, empty ones too") {
    const Bytes a = sample(70000), b = sample(200000);
    const Bytes stream = joined(joined(gzip(a, 1), gzip({}, 1)), gzip(b, 6));
    DOCTEST_CHECK((decoded(stream, a.size() + b.size()) == joined(a, b)));
    DOCTEST_CHECK_FALSE(gzip_start(stream).complete);
    const Bytes short_stream = joined(gzip(sample(100), 1), gzip(sample(200), 1));
    const GzipStart start = gzip_start(short_stream);
    DOCTEST_CHECK(start.complete);
    DOCTEST_CHECK((start.bytes == joined(sample(100), sample(200))));
  }

  DOCTEST_TEST_CASE("the start of a long stream is its first 64 KiB or more, compressed or stored") {
    const Bytes body = sample(300000);
    for (const Bytes& stream : {gzip(body, 1), gzip(body, 12), stored_member(body)}) {
      DOCTEST_CHECK((decoded(stream, body.size()) == body));
      const GzipStart start = gzip_start(stream);
      DOCTEST_CHECK_FALSE(start.complete);
      DOCTEST_REQUIRE(start.bytes.size() >= 65536);
      DOCTEST_CHECK(std::equal(start.bytes.begin(), start.bytes.end(), body.begin()));
    }
  }

  DOCTEST_TEST_CASE("equal bytes compress to equal bytes, without a name or a time") {
    const Bytes stream = gzip(sample(5000), 4);
    DOCTEST_CHECK((stream == gzip(sample(5000), 4)));
    for (const size_t at : {3, 4, 5, 6, 7}) DOCTEST_CHECK((stream[at] == std::byte{0}));
  }

  DOCTEST_TEST_CASE("every damaged stream is refused") {
    DOCTEST_CHECK(damages.size() >= 10);
    for (const size_t size : {5000, 300000}) {
      for (const Damage& damage : damages) {
        DOCTEST_CAPTURE(damage.name);
        Bytes stream = gzip(sample(size), 6);
        damage.apply(stream);
        DOCTEST_CHECK_THROWS_AS(decoded(stream, size), Error);
      }
    }
  }

  DOCTEST_TEST_CASE("a stream of another length than demanded is refused") {
    const Bytes stream = gzip(sample(5000), 6);
    DOCTEST_CHECK_THROWS_AS(decoded(stream, 4999), Error);
    DOCTEST_CHECK_THROWS_AS(decoded(stream, 5001), Error);
    DOCTEST_CHECK_THROWS_AS(decoded(gzip(Bytes(20000000), 12), 5000), Error);
  }

  DOCTEST_TEST_CASE("zeros behind the last member are padding") {
    for (const size_t size : {5000, 300000}) {
      Bytes stream = gzip(sample(size), 6);
      const Bytes start = gzip_start(stream).bytes;
      stream.resize(stream.size() + 1000);
      DOCTEST_CHECK((decoded(stream, size) == sample(size)));
      DOCTEST_CHECK((gzip_start(stream).bytes == start));
    }
  }

  DOCTEST_TEST_CASE("room to spare is left as it is") {
    Bytes out(5100, std::byte{9});
    DOCTEST_CHECK(gunzip(gzip(sample(5000), 6), out).value() == 5000);
    DOCTEST_CHECK((Bytes(out.begin(), out.begin() + 5000) == sample(5000)));
    DOCTEST_CHECK(
        std::all_of(out.begin() + 5000, out.end(), [](std::byte byte) { return byte == std::byte{9}; }));
  }

  DOCTEST_TEST_CASE("zeros, deflate's best case, stay below the largest decoded size") {
    const Bytes stream = gzip(Bytes(20000000), 12);
    DOCTEST_CHECK(largest_decoded_size(stream.size()) >= 20000000);
  }
}

}  // namespace tazuna
