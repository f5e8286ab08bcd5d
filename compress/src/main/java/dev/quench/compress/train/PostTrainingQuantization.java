// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.Program;
import dev.quench.compress.train.program.ProgramOptions;
import dev.quench.compress.train.quantize.CodebookTraining;
import dev.quench.compress.train.quantize.QuantizationNodes;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/// Finds the ranges of a prepared network without training: batches pass forward through the float
/// network in evaluation mode, and only observers change.
public final class PostTrainingQuantization {
  private PostTrainingQuantization() {}

  /// Calibrates a copy of the model.
  ///
  /// @param model in the form of
  ///   [QuantizedTraining][dev.quench.compress.train.quantize.QuantizedTraining]
  /// @param data without augmentation; labels are not read
  /// @param batches number of batches at most
  /// @param batchSize samples per batch
  /// @param threads per operation
  /// @return the model with known ranges, still in its training form
  /// @throws DataException if the data lack the model's input or hold NaN or infinity
  /// @throws IOException if the data cannot be read
  public static Model calibrate(Model model, Dataset data, int batches, int batchSize, int threads)
      throws IOException {
    if (batches < 1 || batchSize < 1) {
      throw new IllegalArgumentException(
          "got %d batches of %d samples to calibrate on, expected 1 or more of each"
              .formatted(batches, batchSize));
    }
    LibTorch.require();
    LibTorch.setThreads(threads);
    Model calibrated = model.copy();
    CodebookTraining codebooks = CodebookTraining.begin(calibrated);
    ProgramOptions options =
        ProgramOptions.PLAIN.withLogits(true).withTaps(quantizedBesides(calibrated.graph()));
    try (Program program = Program.compile(calibrated, options);
        Stream<Batch> stream = data.batches(batchSize)) {
      Iterator<Batch> iterator = stream.iterator();
      for (int i = 0; i < batches && iterator.hasNext(); i++) {
        Tensor input = iterator.next().inputs().get(program.input().name());
        if (input == null || !input.isFinite()) {
          throw new DataException(
              "%s: batch %d has no finite values for input '%s'"
                  .formatted(data.description(), i + 1, program.input().name()));
        }
        calibrate(program, input);
      }
      program.parameters().store();
      codebooks.end();
    }
    return calibrated;
  }

  /// The outputs with quantizers that the first output does not need. The others may hold operators
  /// that the trainer does not support, such as ArgMax.
  private static List<String> quantizedBesides(Graph graph) {
    Set<Node> reached = QuantizationNodes.before(graph.outputs().getFirst());
    return graph.outputs().stream()
        .skip(1)
        .filter(output -> !reached.containsAll(QuantizationNodes.before(output)))
        .map(Value::name)
        .toList();
  }

  private static void calibrate(Program program, Tensor input) {
    float[] values = input.toFloats();
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      org.bytedeco.pytorch.Tensor batch = org.bytedeco.pytorch.global.torch.zeros(values.length);
      MemorySegment.copy(
          values, 0, NativeFloats.memory(batch), ValueLayout.JAVA_FLOAT, 0, values.length);
      program.calibrate(batch.view(input.shape().sizes()));
    }
  }
}
