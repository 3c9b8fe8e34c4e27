// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"
#include "core/random.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("core/sha256") {
  DOCTEST_TEST_CASE("the examples of FIPS 180-4 and the padding's edges have their known digests") {
    struct Row {
      std::string text, digest;
    };
    // The first three and the million letters: NIST's examples; the edges: coreutils' sha256sum.
    const Row rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {std::string(55, 'a'), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
        {std::string(56, 'a'), "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
        {std::string(64, 'a'), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
        {std::string(1000000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (const Row& row : rows) DOCTEST_CHECK(sha256(row.text) == row.digest);
  }

  DOCTEST_TEST_CASE("the digest does not depend on how the bytes are cut") {
    Random random({"cuts"});
    Bytes bytes(5000);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.below(256));
    for (int repeat = 0; repeat < 50; ++repeat) {
      Sha256 hash;
      for (size_t at = 0; at < bytes.size();) {
        const size_t piece = std::min(bytes.size() - at, static_cast<size_t>(random.below(200)));
        hash.add(std::span(bytes).subspan(at, piece));
        at += piece;
      }
      DOCTEST_REQUIRE(hash.hex() == sha256(bytes));
    }
  }
}

}  // namespace
}  // namespace tazuna
