// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import java.util.function.UnaryOperator;

/// Keeps the serialized timing cache of this TensorRT, GPU and CUDA. Several builds, also of
/// several processes, may use one at a time.
public interface TimingStore {
  /// The stored bytes; empty without any.
  byte[] read();

  /// Replaces the stored bytes, unless the new ones are equal or cannot be stored.
  ///
  /// @param merge gets what is stored now, which another build may have changed meanwhile, and
  ///   gives what is to be stored; called once, alone
  void update(UnaryOperator<byte[]> merge);
}
