// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.gpu.report.StepPart;
import dev.quench.trt.execute.LiveObjects;
import java.util.Map;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.SizeTPointer;

/// Memory and native objects in use after a garbage collection.
///
/// @param gpuBytes used on the GPU by all processes
/// @param hostBytes resident memory of this process
/// @param objects native objects of this library that are not freed
record Memory(long gpuBytes, long hostBytes, long objects) {
  /// @throws IllegalStateException if CUDA does not report it
  static Memory now() {
    System.gc();
    try (SizeTPointer free = new SizeTPointer(1);
        SizeTPointer total = new SizeTPointer(1)) {
      int code = cudart.cudaMemGetInfo(free, total);
      if (code != 0) {
        throw new IllegalStateException("cudaMemGetInfo failed with error " + code);
      }
      return new Memory(
          total.get() - free.get(), Pointer.physicalBytes(), LiveObjects.now().total());
    }
  }

  /// @param when a phrase, such as `after build 5`
  Memory into(StepPart part, String when) {
    part.add(
        "memory",
        Map.of("when", when, "gpuBytes", gpuBytes, "hostBytes", hostBytes, "objects", objects));
    return this;
  }
}
