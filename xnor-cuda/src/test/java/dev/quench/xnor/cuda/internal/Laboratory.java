// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import java.util.Map;

/// What a measurement takes beside the kernels: a GPU, or in a rehearsal something that stands for
/// one.
interface Laboratory extends Stopwatch, AutoCloseable {
  Device device();

  int multiprocessors();

  /// NVIDIA's products, to compare with.
  ///
  /// @throws dev.quench.xnor.cuda.CudaException where there is no cuBLAS
  ReferenceProducts reference();

  /// What `work` enqueues, as one launch that costs the host next to nothing.
  Runnable graph(Runnable work);

  /// What was measured with: names of the hardware, versions of the software.
  Map<String, String> environment();

  @Override
  void close();
}
