// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;

/// The measurements' rehearsal: kernels in emulation, reference products one value at a time. Its
/// times mean nothing.
final class EmulatedLaboratory implements Laboratory, ReferenceProducts {
  private final EmulatedDevice device;

  /// @param library see [EmulatedDevice#compile]
  EmulatedLaboratory(Path library) {
    this.device = EmulatedDevice.load(library, true);
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public int multiprocessors() {
    return 1;
  }

  @Override
  public ReferenceProducts reference() {
    return this;
  }

  @Override
  public double millis(Runnable work, int runs) {
    long start = System.nanoTime();
    for (int i = 0; i < runs; i++) {
      work.run();
    }
    return (System.nanoTime() - start) / 1e6 / runs;
  }

  @Override
  public Runnable graph(Runnable work) {
    return work;
  }

  @Override
  public Map<String, String> environment() {
    return Map.of("gpu", "emulated on the CPU");
  }

  private interface Term {
    float of(long left, long right);
  }

  private interface Target {
    void set(long index, float sum);
  }

  private static Runnable product(int rows, int columns, int depth, Term term, Target target) {
    return () -> {
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
          float sum = 0;
          for (int k = 0; k < depth; k++) {
            sum += term.of((long) row * depth + k, (long) column * depth + k);
          }
          target.set((long) row * columns + column, sum);
        }
      }
    };
  }

  @Override
  public Runnable fp32(
      DeviceBuffer left, DeviceBuffer right, DeviceBuffer sums, int rows, int columns, int depth) {
    MemorySegment a = device.of(left);
    MemorySegment b = device.of(right);
    MemorySegment c = device.of(sums);
    return product(
        rows,
        columns,
        depth,
        (i, j) -> a.getAtIndex(JAVA_FLOAT, i) * b.getAtIndex(JAVA_FLOAT, j),
        (index, sum) -> c.setAtIndex(JAVA_FLOAT, index, sum));
  }

  @Override
  public Runnable int8(
      DeviceBuffer left, DeviceBuffer right, DeviceBuffer sums, int rows, int columns, int depth) {
    MemorySegment a = device.of(left);
    MemorySegment b = device.of(right);
    MemorySegment c = device.of(sums);
    return product(
        rows,
        columns,
        depth,
        (i, j) -> a.get(JAVA_BYTE, i) * b.get(JAVA_BYTE, j),
        (index, sum) -> c.setAtIndex(JAVA_INT, index, (int) sum));
  }

  @Override
  public String version() {
    return "none";
  }

  @Override
  public void close() {
    device.close();
  }
}
