// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.libtorch.Device;
import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.program.Program;
import dev.quench.graph.Model;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/// Runs a network in the trainer's evaluation mode: FP32, running statistics, no dropout.
public final class Evaluator {
  private static final int BATCH = 200;

  private Evaluator() {}

  /// Evaluates a model on data with class labels.
  ///
  /// @param model not edited
  /// @throws dev.quench.graph.UnsupportedOperatorException if the trainer does not support a node
  /// @throws dev.quench.run.dataset.DataException if the data do not fit the model
  /// @throws IOException if the data cannot be read
  public static Evaluation evaluate(Model model, Dataset data, int threads) throws IOException {
    LibTorch.require();
    LibTorch.setThreads(threads);
    try (Program program = Program.compile(model.copy(), true)) {
      Samples samples = Samples.read(data, program.input().name(), OutputClasses.of(model));
      int[] order = new int[samples.size()];
      for (int i = 0; i < order.length; i++) {
        order[i] = i;
      }
      return evaluate(program, samples, order, Loss.CROSS_ENTROPY, Device.CPU);
    }
  }

  static Evaluation evaluate(
      Program program, Samples samples, int[] order, Loss loss, Device device) {
    List<Integer> predictions = new ArrayList<>(order.length);
    double lossSum = 0;
    int right = 0;
    try (BatchBuffer buffer = new BatchBuffer(samples, Math.min(BATCH, order.length), device)) {
      for (int from = 0; from < order.length; from += BATCH) {
        int count = Math.min(BATCH, order.length - from);
        buffer.fill(order, from, count);
        try (PointerScope _ = new PointerScope();
            NoGradGuard _ = new NoGradGuard()) {
          Tensor outputs =
              program.run(buffer.values(count), false, Compute.FP32).reshape(count, -1);
          lossSum += count * (double) loss.of(outputs, buffer.labels(count)).item_float();
          Tensor largest = outputs.argmax(new LongOptional(1), false);
          for (int i = 0; i < count; i++) {
            int prediction = (int) largest.narrow(0, i, 1).item_long();
            predictions.add(prediction);
            right += prediction == samples.label(order[from + i]) ? 1 : 0;
          }
        }
      }
    }
    return new Evaluation((double) right / order.length, lossSum / order.length, predictions);
  }
}
