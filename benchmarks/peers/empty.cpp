// SPDX-License-Identifier: Apache-2.0
// Linked to libtorch_cpu and doing nothing: what any program with LibTorch pays before its first line.
int main() {
  return 0;
}
