// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda;

/// How a product of bits is computed. All give the same integers.
public enum BinaryKernel {
  /// XOR and population count of 32-bit words; every GPU can.
  POPCOUNT,
  /// `mma.m16n8k256` on bits; from compute capability 8.0 on. Uses AND in place of XOR from 9.0 on,
  /// where only that is an instruction of the hardware.
  TENSOR_CORES
}
