// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.quench.xnor.cuda.BinaryKernel;
import dev.quench.xnor.cuda.CudaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// How fast the tensor cores multiply bits where memory plays no part, which no product can exceed:
/// a loop of `mma.m16n8k256` on registers (`limit.cu`), with AND and with XOR, for several numbers
/// of warps on a multiprocessor.
final class InstructionLimit {
  private static final int THREADS = 128;
  private static final int[] BLOCKS = {1, 2, 4};
  private static final int MULTIPLICATIONS = 16;
  private static final double OPERATIONS = 2.0 * 16 * 8 * 256;

  private InstructionLimit() {}

  /// The kernels `limitXor` and `limitAnd`; to be compiled behind those of [KernelSource].
  static String source() {
    try (InputStream stream =
        InstructionLimit.class.getResourceAsStream("/dev/quench/xnor/cuda/limit.cu")) {
      if (stream == null) {
        throw new IllegalStateException("these tests lack their resource limit.cu");
      }
      return "#line 1 \"limit.cu\"\n" + new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read resource limit.cu", e);
    }
  }

  /// @param iterations of the loop, an even number
  /// @return whether all was measured
  static boolean measure(
      Laboratory laboratory,
      int iterations,
      Contest.Effort effort,
      ArrayNode results,
      Runnable flush) {
    if (!laboratory.device().supports(BinaryKernel.TENSOR_CORES)) {
      throw new CudaException("these tensor cores cannot multiply bits; nothing to measure");
    }
    try (Scope scope = new Scope()) {
      Contest contest = new Contest(laboratory, "mma.m16n8k256 on registers", results, flush);
      for (String form : new String[] {"And", "Xor"}) {
        for (int perMultiprocessor : BLOCKS) {
          int blocks = perMultiprocessor * laboratory.multiprocessors();
          double operations =
              OPERATIONS * MULTIPLICATIONS * iterations * blocks * (THREADS / Integer.SIZE);
          contest.add(
              "%s.popc, %d warps a multiprocessor"
                  .formatted(form.toLowerCase(Locale.ROOT), perMultiprocessor * 4),
              operations,
              () -> prepare(laboratory.device(), scope, "limit" + form, blocks, iterations));
        }
      }
      contest.run(effort, 1);
      return !contest.hasFailed();
    }
  }

  /// Twice the iterations must count twice as much, so that no loop was optimized away.
  private static Runnable prepare(
      Device device, Scope scope, String kernel, int blocks, int iterations) {
    DeviceBuffer results = scope.own(device.allocate((long) Integer.BYTES * THREADS * blocks));
    Launch whole = scope.own(launch(device, kernel, blocks, results, iterations));
    int[] all = counts(device, whole, results);
    int[] half;
    try (Launch part = launch(device, kernel, blocks, results, iterations / 2)) {
      half = counts(device, part, results);
    }
    for (int i = 0; i < all.length; i++) {
      if (half[i] <= 0 || 2L * half[i] != all[i]) {
        throw new CudaException(
            "%s counts %d in half of the iterations and %d in all"
                .formatted(kernel, half[i], all[i]));
      }
    }
    return whole::run;
  }

  private static Launch launch(
      Device device, String kernel, int blocks, DeviceBuffer results, int iterations) {
    return device.prepare(
        kernel, blocks, 1, THREADS, new KernelArguments().add(results).add(iterations).slots());
  }

  private static int[] counts(Device device, Launch launch, DeviceBuffer results) {
    launch.run();
    int[] counts = new int[Math.toIntExact(results.bytes() / Integer.BYTES)];
    device.read(results, counts);
    return counts;
  }
}
