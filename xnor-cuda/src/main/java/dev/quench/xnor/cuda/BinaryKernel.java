// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda;

/// The kernels for products of bits. All compute the same integers.
public enum BinaryKernel {
  /// XOR and population count of 32-bit words; runs on every GPU.
  POPCOUNT,
  /// `mma.m16n8k256` on bits; needs compute capability 8.0. From 9.0 on it uses AND instead of XOR,
  /// because the hardware no longer executes the XOR form.
  TENSOR_CORES
}
