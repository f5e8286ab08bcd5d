// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.importance;

import dev.quench.QuenchException;
import dev.quench.compress.prune.select.WeightGradients;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.Parameter;
import dev.quench.compress.train.program.Program;
import dev.quench.compress.train.run.BatchBuffer;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.OutputClasses;
import dev.quench.compress.train.run.Samples;
import dev.quench.graph.Model;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/// The gradients of the cross-entropy of a network on labelled samples, by libtorch: running
/// statistics, no dropout, nothing trained. For one thread at a time.
public final class LossGradients implements WeightGradients {
  private static final int BATCH = 64;

  private final Model model;
  private final Samples samples;
  private final int threads;

  private LossGradients(Model model, Samples samples, int threads) {
    this.model = model;
    this.samples = samples;
    this.threads = threads;
  }

  /// Reads the samples into memory.
  ///
  /// @param model one input `[N, …]`, first output `[N, classes]`; not edited
  /// @throws PruningException if the trainer does not support the network, libtorch is not
  ///   available, or the data have no class labels; with the reason
  /// @throws IOException if the data cannot be read
  public static LossGradients of(Model model, Dataset data, int threads) throws IOException {
    try (Program program = compile(model)) {
      String input = program.input().name();
      return new LossGradients(model, Samples.read(data, input, OutputClasses.of(model)), threads);
    } catch (QuenchException e) {
      throw refused(e);
    }
  }

  private static Program compile(Model model) {
    LibTorch.require();
    return Program.compile(model.copy(), true);
  }

  private static PruningException refused(QuenchException reason) {
    return new PruningException(
        "taylor needs gradients of a loss on labels, and there are none: %s; rank by activation or l1"
            .formatted(reason.getMessage()));
  }

  @Override
  public void forEachBatch(Consumer<Map<String, float[]>> visit) {
    LibTorch.setThreads(threads);
    int[] order = IntStream.range(0, samples.size()).toArray();
    try (Program program = compile(model);
        BatchBuffer buffer = new BatchBuffer(samples, Math.min(BATCH, order.length))) {
      for (int from = 0; from < order.length; from += BATCH) {
        int count = Math.min(BATCH, order.length - from);
        buffer.fill(order, from, count);
        visit.accept(products(program, buffer, count));
      }
    }
  }

  private static Map<String, float[]> products(Program program, BatchBuffer buffer, int count) {
    try (PointerScope _ = new PointerScope()) {
      program.parameters().gradients().zero_();
      Tensor outputs = program.run(buffer.values(count), false, Compute.FP32).reshape(count, -1);
      Loss.CROSS_ENTROPY.of(outputs, buffer.labels(count)).backward();
      float[] flat =
          NativeFloats.toArray(program.parameters().values().mul(program.parameters().gradients()));
      Map<String, float[]> products = new HashMap<>();
      int at = 0;
      for (Parameter parameter : program.parameters().all()) {
        if (parameter.role() != Parameter.Role.STATISTIC) {
          int end = at + Math.toIntExact(parameter.elements());
          products.put(parameter.value().name(), Arrays.copyOfRange(flat, at, end));
          at = end;
        }
      }
      return products;
    }
  }
}
